/** What is due, for every active tenant: for whoever has only a clock and HTTP. */
import { z } from 'zod'
import { FstoreError } from '../../errors.js'
import type { BuildResult } from '../../plan/execute.js'
import type { AnyStore } from '../../store.js'
import { bodyOf, type ErrorBody, HttpFailure } from '../failure.js'
import { type Call, json, type Reply, type Route, route } from '../route.js'
import { error } from '../schemas.js'

const body = z.strictObject({
  groups: z.array(z.string().min(1)).min(1).optional().meta({ description: 'Names, tag:x; all when absent.' }),
  start: z.string().optional().meta({ description: 'Only windows from here on: 2026-01-31, 2026-01-31T06:00:00Z.' }),
  end: z.string().optional(),
  tenants: z.array(z.string().min(1)).min(1).optional().meta({ description: 'All that are active when absent.' }),
})

type Body = z.infer<typeof body>

const counts = { windows: z.number(), written: z.number(), superseded: z.number(), rejected: z.number() }

const answer = z.object({
  status: z.enum(['done', 'failed', 'cancelled']),
  results: z.array(
    z.object({
      tenant: z.string(),
      status: z.enum(['done', 'failed', 'cancelled']),
      upToDate: z.boolean().optional(),
      durationMs: z.number().optional(),
      groups: z
        .array(
          z.object({
            group: z.string(),
            version: z.number(),
            status: z.string(),
            promoted: z.boolean(),
            ...counts,
            error: error.shape.error.optional(),
          }),
        )
        .optional(),
      error: error.shape.error.optional(),
    }),
  ),
})

type Outcome = z.infer<typeof answer>['results'][number]

/** Both ways in of one server: one run at a time. */
export function materializeRoutes(): Route[] {
  let running = false
  const one = async (call: Call<Body>): Promise<Reply> => {
    if (running) throw busy('This server is at it already.')
    running = true
    try {
      return await materialize(call)
    } finally {
      running = false
    }
  }
  const common = {
    path: '/v1/materialize',
    scope: 'admin',
    about: 'tenants',
    answer,
    isLong: true,
    alsoAnswers: [500, 503],
  } as const
  return [
    route({ ...common, method: 'POST', summary: 'Computes all that is due', body, run: one }),
    route({
      ...common,
      method: 'GET',
      summary: 'The same for schedulers that can only GET; it always wants a token',
      run: (call) => {
        if (call.bearer.isAnyone)
          throw new HttpFailure('FORBIDDEN', 'Whoever has no token cannot start this by GET.', {
            fix: 'Use POST, or start the server with a token (CRON_SECRET for schedulers).',
          })
        return one({ ...call, body: {} })
      },
    }),
  ]
}

async function materialize({ body, bearer, tenant: named, server }: Call<Body>): Promise<Reply> {
  const { tenants, stopping } = server
  const asked = body.tenants ?? (named === undefined ? await tenants.roster.active() : [named])
  const foreign = asked.find((tenant) => bearer.tenant !== undefined && tenant !== bearer.tenant)
  if (foreign !== undefined)
    throw new HttpFailure('FORBIDDEN', `The token ${bearer.name} is good for one tenant, and "${foreign}" is not it.`, {
      fix: 'Leave that tenant out, or ask with a token of its own.',
    })
  const results: Outcome[] = []
  for (const tenant of asked) {
    if (stopping.aborted) break
    const result = await tenants.use(tenant, (store) => build(store, body, stopping))
    server.metrics.built(result.status)
    results.push(result)
  }
  const status = stopping.aborted ? 'cancelled' : results.some((one) => one.status === 'failed') ? 'failed' : 'done'
  return {
    ...json({ status, results }, { done: 200, failed: 500, cancelled: 503 }[status]),
    told: { tenants: results.length },
  }
}

async function build(store: AnyStore, { groups, start, end }: Body, signal: AbortSignal): Promise<Outcome> {
  const { tenant } = store
  try {
    await requireIdle(store)
    const result = await store.build({ select: groups, start, end, online: true, signal })
    return outcomeOf(tenant, result)
  } catch (error) {
    // One tenant's own fault does not keep the others from theirs.
    if (!(error instanceof FstoreError) || !['SQL_FAILED', 'PROMOTION_BLOCKED'].includes(error.code)) throw error
    return { tenant, status: 'failed', error: mutable(bodyOf(error)) }
  }
}

/** @throws HttpFailure BUSY where another process builds the same */
async function requireIdle(store: AnyStore): Promise<void> {
  const running = await store.jobs({ status: 'running' }).catch((error: unknown) => {
    if (error instanceof FstoreError && error.code === 'NOT_MIGRATED') return []
    throw error
  })
  const [job] = running.filter(({ dead }) => !dead)
  if (job !== undefined) throw busy(`Process ${job.pid} on ${job.host} builds ${job.group} of ${store.tenant}.`)
}

function busy(why: string): HttpFailure {
  return new HttpFailure('BUSY', 'Another run is under way.', { why, fix: 'Ask again when it is done.' })
}

function outcomeOf(tenant: string, { status, upToDate, durationMs, groups, onlineError }: BuildResult): Outcome {
  return {
    tenant,
    status,
    upToDate,
    durationMs,
    groups: groups.map(({ group, version, status, promoted, windows, written, superseded, rejected, error }) => ({
      ...{ group, version, status, promoted, windows, written, superseded, rejected },
      ...(error !== undefined && { error: mutable(bodyOf(error)) }),
    })),
    ...(onlineError !== undefined && { error: mutable(bodyOf(onlineError)) }),
  }
}

function mutable({ problems, ...rest }: ErrorBody): NonNullable<Outcome['error']> {
  return { ...rest, ...(problems !== undefined && { problems: [...problems] }) }
}
