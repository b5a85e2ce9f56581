/** What JSON documents of several commands have in common. Schemas are for documentation and tests: no command loads them. */
import { z } from 'zod'

/** Only what is named: a field that is not is a change of the schema. */
export const object = z.strictObject

export const list = z.array
export const text = z.string()
export const amount = z.int().nonnegative()
export const number = z.number()
export const flag = z.boolean()
export const anything = z.unknown()
export const words = list(text)
export const named = <T extends z.ZodType>(value: T) => z.record(text, value)

/** ISO 8601, UTC; to the microsecond where it has one. */
export const instant = z
  .string()
  .regex(/^-?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
  .meta({ description: 'ISO 8601, UTC' })
export const fingerprint = z.string().regex(/^[0-9a-f]{12}$/)
export const span = z.tuple([instant, instant])

export const place = object({
  file: text,
  line: amount.optional(),
  column: amount.optional(),
  text: text.optional(),
})

export const error = object({
  code: z.string().regex(/^[A-Z_]+$/),
  message: text,
  where: place.optional(),
  why: text.optional(),
  fix: text.optional(),
  problems: list(object({ path: text, message: text, fix: text.optional() })).optional(),
})

export const failure = document({ error })

/** One document, the whole of what a command prints. */
export function document<Shape extends z.ZodRawShape>(shape: Shape) {
  return object({ schemaVersion: z.literal(1), ...shape })
}

/** One line of many. */
export function event<Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) {
  return document({ event: z.literal(name), ...shape })
}
