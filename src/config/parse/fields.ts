import { z } from 'zod'
import { FstoreError } from '../../errors.js'
import { didYouMean } from '../did-you-mean.js'
import { parseDuration } from '../duration.js'
import { parseInstant } from '../instant.js'
import { isKind } from '../marker.js'
import type { SqlSource } from '../project.js'
import { cronProblem } from './cron.js'
import { describeIssue, type Report, show } from './report.js'

type Shape = Readonly<Record<string, z.ZodType>>
type Output<S extends Shape> = { [K in keyof S]?: z.output<S[K]> }

/**
 * Reads an object's options one by one, so that one mistake hides no other: what is wrong is reported and left out.
 * Unset is the same as absent.
 */
export function readFields<S extends Shape>(options: {
  readonly raw: Readonly<Record<string, unknown>>
  readonly shape: S
  readonly path: string
  /** Such as `a group`: what the options belong to. */
  readonly what: string
  readonly report: Report
}): Output<S> {
  const { raw, shape, path, what, report } = options
  const output: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(raw)) {
    const at = path === '' ? name : `${path}.${name}`
    if (!Object.hasOwn(shape, name)) report(at, `${what} has no option "${name}"`, didYouMean(name, Object.keys(shape)))
    else if (value !== undefined) readField({ name, value, at })
  }
  return output as Output<S>

  function readField({ name, value, at }: { name: string; value: unknown; at: string }): void {
    const result = shape[name]?.safeParse(value, { reportInput: true })
    if (result?.success) output[name] = result.data
    for (const issue of result?.error?.issues ?? []) {
      const { message, fix } = describeIssue(issue)
      report(at + issue.path.map((step) => `[${String(step)}]`).join(''), message, fix)
    }
  }
}

/** A field whose value `read` turns into what the project keeps, or into a complaint. */
export function field<T>(read: (value: unknown) => { value: T } | { message: string; fix?: string }) {
  return z.unknown().transform((input, context): T => {
    const result = read(input)
    if ('value' in result) return result.value
    context.addIssue({ code: 'custom', message: result.message, params: { fix: result.fix } })
    return z.NEVER
  })
}

/** What PostgreSQL can keep. */
export const text = z.string().refine((value) => !/[\0\p{Surrogate}]/u.test(value), {
  message: 'holds a zero byte, or half of a character',
})

/** Seconds, at least one. */
export const duration = field((value) => {
  const seconds = typeof value === 'string' ? parseDuration(value) : undefined
  if (seconds === undefined) {
    return { message: `${show(value)} is not a duration`, fix: 'Write a number and a unit, such as 30m, 12h or 7d.' }
  }
  return seconds > 0 ? { value: seconds } : { message: `${show(value)} is less than a second` }
})

/** A canonical instant. */
export const instant = field((value) => {
  try {
    if (value instanceof Date && !Number.isNaN(value.getTime())) return { value: parseInstant(value.toISOString()) }
    if (typeof value === 'string') return { value: parseInstant(value) }
  } catch (error) {
    if (error instanceof FstoreError)
      return { message: error.message.replace(/\.$/, ''), ...(error.fix && { fix: error.fix }) }
    throw error
  }
  return { message: `${show(value)} is not a timestamp`, fix: 'Write it as text, such as 2026-03-01T08:00:00Z.' }
})

export const cron = field((value) => {
  const problem = typeof value === 'string' ? cronProblem(value) : 'is not text'
  if (typeof value === 'string' && problem === undefined) return { value: value.trim().split(/\s+/).join(' ') }
  return { message: `${show(value)} ${problem}`, fix: 'Write five fields, such as 0 3 * * * for 3:00 every night.' }
})

export const sqlSource = field<SqlSource>((value) => {
  if (!isKind(value, 'sql')) {
    return { message: `${show(value)} is not SQL`, fix: "Write sql`SELECT …` or sqlFile('features/name.sql')" }
  }
  const source = 'file' in value ? { file: value.file } : { text: value.text }
  const written = source.file ?? source.text
  if (typeof written !== 'string' || written.trim() === '') return { message: 'is empty' }
  return { value: source as SqlSource }
})

/** What a group and a feature share. */
export const metadata = {
  displayName: text,
  description: text,
  tags: z.array(text),
  owner: text,
  status: z.enum(['active', 'deprecated', 'archived']),
}
