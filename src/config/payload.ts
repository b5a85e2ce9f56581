/** A schema of flat payloads, for those who have no schema library. */
import { FstoreError } from '../errors.js'
import type { StandardSchema } from './standard-schema.js'

type FieldType = 'string' | 'number' | 'boolean'

/** By name, what a field is; with a `?` it may be null or absent. */
export type PayloadFields = Readonly<Record<string, FieldType | `${FieldType}?`>>

interface Types {
  string: string
  number: number
  boolean: boolean
}

type Required<F> = { readonly [N in keyof F as F[N] extends FieldType ? N : never]: Types[F[N] & FieldType] }
type Optional<F> = {
  readonly [N in keyof F as F[N] extends `${FieldType}?` ? N : never]?: F[N] extends `${infer T extends FieldType}?`
    ? Types[T] | null | undefined
    : never
}
/** The value of a payload that `payload()` describes. */
export type Payload<F extends PayloadFields> = Required<F> & Optional<F>

/**
 * `payload({ user_id: 'string?', rating: 'number' })`; what it does not name may be there, too.
 *
 * @throws FstoreError CONFIG_INVALID
 */
export function payload<const F extends PayloadFields>(fields: F): StandardSchema<Payload<F>> {
  for (const [name, field] of Object.entries(fields))
    if (!Object.hasOwn(words, String(field).replace(/\?$/, '')))
      throw new FstoreError('CONFIG_INVALID', `payload() has the field "${name}" of the type "${field}".`, {
        fix: 'Types are string, number and boolean, each with a ? where it may be null or absent.',
      })
  const validate = (value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return { issues: [{ message: 'is no object' }] }
    const issues = Object.entries(fields).flatMap(([name, field]) => {
      const message = problemOf(field, (value as Record<string, unknown>)[name])
      return message === undefined ? [] : [{ message, path: [name] }]
    })
    return issues.length > 0 ? { issues } : { value: value as Payload<F> }
  }
  return { '~standard': { version: 1, vendor: 'featurestore', validate } }
}

const words = { string: 'text', number: 'a finite number', boolean: 'true or false' }

function problemOf(field: FieldType | `${FieldType}?`, value: unknown): string | undefined {
  const type = field.replace('?', '') as FieldType
  if (value === null || value === undefined) return field.endsWith('?') ? undefined : 'is missing'
  const fits = typeof value === type && (typeof value !== 'number' || Number.isFinite(value))
  return fits ? undefined : `is not ${words[type]}`
}
