/** Of commands that change the store: a plan, and what happens while it is carried out. */
import { z } from 'zod'
import {
  amount,
  document,
  error,
  event,
  fingerprint,
  flag,
  instant,
  list,
  named,
  number,
  object,
  span,
  text,
  words,
} from './document.js'

const change = object({ added: words, removed: words, changed: words, group: words })

const step = z.discriminatedUnion('kind', [
  object({ kind: z.literal('migrate'), migrations: words }),
  object({
    kind: z.literal('register'),
    group: text,
    change: z.enum(['new', 'changed', 'restored', 'described']),
    version: amount,
    fingerprint,
    summary: text,
    diff: change.optional(),
  }),
  object({
    kind: z.literal('materialize'),
    group: text,
    tenant: text,
    fingerprint,
    type: z.enum(['full', 'incremental']),
    start: instant,
    end: instant,
    every: amount.meta({ description: 'seconds' }),
    windows: amount,
    spans: list(span),
    again: list(span).optional(),
  }),
  object({ kind: z.literal('project'), group: text, version: amount, tenants: words }),
  object({ kind: z.literal('promote'), group: text, from: fingerprint.nullable(), to: fingerprint, version: amount }),
  object({ kind: z.literal('archive'), groups: words }),
])

const plan = object({
  project: text,
  tenant: text,
  now: instant,
  versions: named(amount),
  steps: list(step),
  warnings: words.optional(),
})

const featureChange = object({ feature: text, before: text.nullable(), after: text.nullable() })

export const groupChange = {
  features: list(featureChange),
  sql: list(object({ feature: text.nullable(), lines: words })),
}

export const planned = {
  plan,
  changes: flag,
  migrations: words,
  groups: list(
    object({
      group: text,
      kind: z.enum(['added', 'changed', 'affected', 'restored', 'described', 'due', 'removed']),
      impact: z.enum(['additive', 'breaking']).nullable(),
      reasons: words,
      version: amount.nullable(),
      liveVersion: amount.nullable(),
      promoted: flag,
      waitsFor: words.optional(),
      notes: words.optional(),
      ...groupChange,
      backfill: object({
        tenant: text,
        type: z.enum(['full', 'incremental']),
        every: amount,
        windows: amount,
        spans: list(span),
        again: list(span).optional(),
        rows: amount.nullable(),
      }).nullable(),
    }),
  ),
  destroys: words,
  compiled: list(object({ group: text, selects: list(object({ feature: text.nullable(), sql: text })) })).optional(),
}

const written = { processed: amount, written: amount, superseded: amount, rejected: amount }

/** What happens of a build, by its name. */
const buildEvents = {
  tenant: { tenant: text, done: amount, total: amount },
  plan: { plan },
  step: { step },
  promoted: { group: text, version: amount, from: fingerprint.nullable() },
  'not-promoted': { group: text, version: amount, why: text },
  failed: { group: text, error },
  blocked: { group: text, by: words },
  note: { message: text },
  warning: { group: text, message: text },
  waiting: { group: text, tenant: text, holder: text },
  window: {
    group: text,
    tenant: text,
    start: instant,
    end: instant,
    done: amount,
    total: amount,
    rows: amount,
    ...written,
    elapsedMs: number,
    rate: number,
    remainingMs: number.nullable(),
  },
  sync: { group: text, tenant: text, rows: amount },
  reset: { why: z.enum(['asked', 'restored', 'unfinished']), rows: amount },
  'online-failed': { error },
}

function lines(events: Readonly<Record<string, z.ZodRawShape>>) {
  return Object.entries(events).map(([name, shape]) => event(name, shape))
}

const groupResult = object({
  group: text,
  version: amount,
  status: z.enum(['built', 'unchanged', 'failed', 'blocked', 'cancelled']),
  promoted: flag,
  notPromoted: text.optional(),
  sent: amount.optional(),
  error: error.optional(),
  windows: amount,
  ...written,
})

const result = {
  status: z.enum(['done', 'failed', 'cancelled']),
  upToDate: flag,
  groups: list(groupResult),
  durationMs: number,
}

const buildResult = {
  ...result,
  archived: words,
  onlineError: error.optional(),
  tenants: list(object({ tenant: text, ...result })).optional(),
}

const built = event('result', buildResult)

export const build = z.union([...lines(buildEvents), built, document({ plan })])
export const materialize = z.union([...lines(buildEvents), built])
export const replay = z.union([
  ...lines(buildEvents),
  event('result', { ...buildResult, group: text, before: amount, after: amount }),
])

const { sync: sent, reset } = buildEvents

export const sync = z.union([
  ...lines({ sync: sent, reset }),
  event('result', {
    status: z.enum(['done', 'cancelled']),
    groups: list(object({ group: text, version: amount, tenant: text, rows: amount, whole: flag, durationMs: number })),
    reset: reset.why.nullable(),
    published: words,
    withdrawn: words,
    durationMs: number,
  }),
])

const at = { at: instant }
const run = { ...at, run: text }

export const schedule = z.union([
  event('scheduling', { ...at, groups: list(object({ group: text, schedule: text, builds: words })) }),
  event('started', { ...at, group: text, tick: instant, attempt: amount }),
  event('finished', {
    ...at,
    group: text,
    tick: instant,
    status: z.enum(['completed', 'failed', 'cancelled', 'lost']),
    tenants: amount,
    windows: amount,
    written: amount,
    durationMs: number,
    error: text.optional(),
  }),
  event('busy', { ...at, group: text, tick: instant, holder: text }),
  event('superseded', { ...at, group: text }),
  event('outage', { ...at, error }),
  event('recovered', { ...at, afterMs: number }),
  ...Object.entries(buildEvents).map(([name, shape]) => event(name, { ...shape, ...run })),
  event('result', { status: z.enum(['done', 'failed', 'stopped']), completed: amount, failed: amount }),
])

const rejectedLine = { line: amount, reasons: words }
const online = z.enum(['redis', 'latest', 'pending'])
const ended = z.enum(['done', 'cancelled'])
const pushed = { lines: amount, written: amount, unchanged: amount, rejected: amount }
const ingested = { lines: amount, applied: amount, duplicates: amount, rejected: amount }

export const push = z.union([
  ...lines({ rejected: rejectedLine, batch: { line: amount, online, ...pushed } }),
  event('result', { group: text, status: ended, ...pushed }),
])

export const ingest = z.union([
  ...lines({ rejected: rejectedLine, batch: { line: amount, online, ...ingested } }),
  event('result', { status: ended, ...ingested }),
])

export const migrate = z.union([
  document({
    applied: list(object({ version: amount, name: text })),
  }),
  document({
    migrations: list(
      object({
        version: amount,
        name: text,
        appliedAt: instant.nullable(),
        state: z.enum(['applied', 'pending', 'edited', 'newer']),
      }),
    ),
  }),
  document({ sql: text }),
])

const rolledBack = {
  group: text,
  done: flag,
  version: amount,
  fingerprint,
  epoch: amount,
  from: object({ version: amount, fingerprint }),
  reasons: words,
  features: list(featureChange),
  behind: list(object({ tenant: text, spans: list(span) })),
  readers: words,
  declared: amount.nullable(),
  undo: amount,
  online: z
    .discriminatedUnion('state', [
      object({ state: z.literal('redis'), rows: amount }),
      object({ state: z.literal('latest') }),
      object({ state: z.literal('behind'), why: text }),
    ])
    .optional(),
}

export const rollback = z.union([document(rolledBack), document({ ...rolledBack, undoCommand: text })])

const removal = z.discriminatedUnion('kind', [
  object({ kind: z.literal('version'), group: text, version: amount, fingerprint, rows: amount, values: amount }),
  object({ kind: z.literal('expired'), group: text, version: amount, tenant: text, rows: amount }),
  object({
    kind: z.literal('history'),
    group: text,
    version: amount,
    partition: text.nullable(),
    tenant: text.nullable(),
    rows: amount,
  }),
  object({ kind: z.literal('events'), group: text, version: amount, tenant: text, rows: amount }),
  object({ kind: z.literal('staging'), table: text }),
  object({ kind: z.literal('redis'), keys: amount, fields: amount }),
])

export const cleanup = document({
  dryRun: flag,
  removed: list(removal),
  skipped: list(object({ kind: text, name: text, why: text, fix: text })),
})

export const erase = document({
  dryRun: flag,
  tenant: text,
  entity: text.nullable(),
  keys: named(text).nullable(),
  places: list(
    object({
      place: z.enum(['history', 'latest', 'rejected', 'registry', 'staging', 'redis']),
      name: text,
      rows: amount,
      left: amount,
    }),
  ),
  unproven: words,
  rows: amount,
  left: amount,
})

const tenant = {
  tenant: text,
  displayName: text.nullable(),
  status: z.enum(['active', 'suspended']),
  createdAt: instant,
}

export const tenants = z.union([document({ tenants: list(object(tenant)) }), document(tenant)])
