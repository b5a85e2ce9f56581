/** The part of Standard Schema 1 that fstore asks for; zod, valibot, arktype and others implement it. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** A payload as its schema reads it, or what is wrong with it. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** What a schema says is wrong with a payload. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What is given to a schema, and what it makes of that. */
export type SchemaInput<S> = S extends StandardSchema<infer I, any> ? I : never
/** What a schema makes of a payload. */
export type SchemaOutput<S> = S extends StandardSchema<any, infer O> ? O : never

export function isSchema(value: unknown): value is StandardSchema {
  // Those of arktype are functions.
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const standard = (value as { '~standard'?: { version?: unknown; validate?: unknown } })['~standard']
  return standard?.version === 1 && typeof standard.validate === 'function'
}
