/** Parts of bodies and answers that several routes share. */
import { z } from 'zod'
import { HttpFailure } from './failure.js'

/** Looked at by what reads keys, which says more of it than a schema could. */
export const key = z.unknown().meta({
  description: "An object with the entity's keys; for an entity of one key, also its bare value.",
  anyOf: [{ type: 'string' }, { type: 'integer' }, { type: 'object' }],
})

export const names = z.array(z.string().min(1).max(512)).min(1).max(2_000)

export const maxAge = z
  .templateLiteral([z.number().nonnegative(), z.enum(['s', 'm', 'h', 'd', 'w'])], {
    error: 'is not a duration, such as 0s, 30s or 5m',
  })
  .meta({ description: 'Tiers that may hold older values are passed over: 0s, 30s, 5m.' })

export const request = z
  .record(z.string(), z.unknown())
  .meta({ description: 'What on-demand features need of the request.' })

/** Numbers beyond 2^53, NaN and the infinities come as text. */
export const value = z.unknown().meta({ description: 'Integers of type bigint, NaN and the infinities are text.' })

export const status = z.enum(['PRESENT', 'NULL_VALUE', 'NOT_FOUND', 'EXPIRED'])

export const source = z.enum(['memory', 'redis', 'latest', 'on_demand', 'history']).nullable()

export const metadata = z.object({
  skipped: z.array(z.object({ tier: z.string(), why: z.string() })).meta({ description: 'Tiers that failed.' }),
})

export const error = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      why: z.string().optional(),
      fix: z.string().optional(),
      problems: z.array(z.object({ path: z.string(), message: z.string(), fix: z.string().optional() })).optional(),
    }),
  })
  .meta({ id: 'Error', description: 'What happened, why, and how to mend it.' })

/** @throws HttpFailure BODY_INVALID with every mistake */
export function parseBody<Body>(schema: z.ZodType<Body>, body: unknown): Body {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.') || 'body', message }))
  const [first] = problems
  throw new HttpFailure('BODY_INVALID', `The body is not what the route takes: ${first?.path}: ${first?.message}.`, {
    fix: 'GET /openapi.json says what it takes.',
    ...(problems.length > 1 && { problems: problems.slice(0, 20) }),
  })
}
