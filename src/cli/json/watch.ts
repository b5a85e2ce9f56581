/** Of commands that watch over the store. */
import { z } from 'zod'
import { replay } from './build.js'
import {
  amount,
  anything,
  document,
  fingerprint,
  flag,
  instant,
  list,
  named,
  number,
  object,
  text,
  words,
} from './document.js'

const job = {
  id: amount,
  tenant: text,
  group: text,
  version: amount,
  fingerprint,
  type: z.enum(['full', 'incremental']),
  start: instant,
  end: instant,
  status: z.enum(['running', 'completed', 'failed', 'cancelled']),
  dead: flag,
  windowsTotal: amount,
  windowsDone: amount,
  progress: number,
  rowsProcessed: amount,
  rowsWritten: amount,
  rowsSuperseded: amount,
  rowsRejected: amount,
  error: text.nullable(),
  startedAt: instant,
  completedAt: instant.nullable(),
  heartbeatAt: instant,
  host: text.nullable(),
  pid: amount.nullable(),
  durationMs: number,
}

export const jobs = document({ jobs: list(object(job)) })

const scheduledRun = object({
  group: text,
  tick: instant,
  status: job.status,
  dead: flag,
  attempts: amount,
  error: text.nullable(),
  startedAt: instant,
  finishedAt: instant.nullable(),
  retryAt: instant.nullable(),
  host: text,
  pid: amount,
})

export const status = document({
  project: text,
  tenant: text,
  database: object({ kind: z.enum(['pglite', 'postgres']), version: text, now: instant, place: text }),
  redis: object({
    reachable: flag,
    why: text.nullable(),
    lagSeconds: number.nullable(),
    unsent: words,
  }).optional(),
  migrations: object({ applied: amount, pending: words }),
  tenants: object({ active: amount, suspended: amount }),
  groups: list(
    object({
      group: text,
      entity: text,
      liveVersion: amount.nullable(),
      rows: amount.nullable(),
      entities: amount.nullable(),
      newest: instant.nullable(),
      coveredUntil: instant.nullable(),
      ageSeconds: number.nullable(),
      ttlSeconds: amount.nullable(),
      schedule: text.nullable(),
      nextTick: instant.nullable(),
      scheduledRun: scheduledRun.nullable(),
      freshness: z.enum(['fresh', 'complete', 'due', 'overdue', 'expired', 'not built']),
      due: amount.nullable(),
      waitsFor: object({ version: amount, tenants: words }).optional(),
      lastRun: object(job).nullable(),
    }),
  ),
  problem: text.optional(),
})

export const rejected = z.union([
  document({
    group: text.nullable(),
    tenant: text,
    total: amount,
    windows: amount,
    reasons: list(object({ group: text, reason: text, rows: amount })),
    rows: list(
      object({
        id: amount,
        group: text,
        version: amount,
        windowStart: instant,
        windowEnd: instant,
        reasons: words,
        content: named(anything),
        createdAt: instant,
      }),
    ),
  }),
  replay,
])

const statistic = z.union([number, text])

const featureStatistics = object({
  feature: text,
  dataType: text,
  rows: amount,
  nulls: amount,
  nan: amount,
  infinite: amount,
  mean: number.nullable(),
  stddev: number.nullable(),
  min: statistic.nullable(),
  max: statistic.nullable(),
  quantiles: list(z.tuple([number, statistic])),
  distinct: number.nullable(),
  top: list(object({ value: statistic, count: amount })),
  histogram: object({ low: statistic, high: statistic, counts: list(amount) }).nullable(),
  bins: z
    .discriminatedUnion('kind', [
      object({ kind: z.literal('edges'), edges: list(statistic), counts: list(amount) }),
      object({ kind: z.literal('values'), values: list(statistic), counts: list(amount) }),
    ])
    .nullable(),
})

const run = {
  computedAt: instant,
  jobId: amount.nullable(),
  start: instant.nullable(),
  end: instant.nullable(),
  rows: amount,
  sampleRows: amount,
}

export const inspect = document({
  group: text,
  version: amount,
  tenant: text,
  feature: text.nullable(),
  source: z.enum(['runs', 'latest']),
  runs: list(object({ ...run, during: text.nullable(), baseline: flag, features: list(featureStatistics) })),
})

const threshold = z.union([number, z.literal(false)])
const shares = list(number).nullable()

export const drift = z.union([
  document({
    tenant: text,
    findings: amount,
    groups: list(
      object({
        group: text,
        version: amount.nullable(),
        baselineVersion: amount.nullable(),
        status: z.enum(['compared', 'single run', 'no baseline', 'no rows', 'not built']),
        baseline: object(run).nullable(),
        current: object(run).nullable(),
        features: list(
          object({
            feature: text,
            psi: number.nullable(),
            psiChance: number.nullable(),
            nullShareBefore: number,
            nullShareNow: number,
            sharesBefore: shares,
            sharesNow: shares,
            thresholds: object({ psi: threshold, nullShare: threshold }),
            findings: list(z.enum(['psi', 'nullShare'])),
          }),
        ),
      }),
    ),
  }),
  document({ tenant: text, baselines: list(object({ group: text, ...run })) }),
])

const mismatches = { missing: amount, extra: amount, stale: amount, different: amount }

export const verify = document({
  tenant: text,
  ok: flag,
  all: flag,
  groups: list(
    object({
      group: text,
      version: amount,
      entities: amount,
      latest: object(mismatches),
      redis: object({ ...mismatches, behind: amount, rows: amount }).nullable(),
      unpublished: flag,
    }),
  ),
  examples: list(
    object({
      group: text,
      place: z.enum(['latest', 'redis']),
      kind: z.enum(['missing', 'extra', 'stale', 'different', 'behind']),
      key: words,
    }),
  ),
})

export const doctor = document({
  checks: list(
    object({
      area: z.enum(['machine', 'config', 'database', 'redis']),
      name: text,
      state: z.enum(['ok', 'warning', 'failed']),
      message: text,
      fix: text.optional(),
    }),
  ),
})

const record = object({
  schemaVersion: z.literal(1),
  id: text,
  command: text,
  arguments: words,
  state: z.enum(['running', 'done', 'findings', 'failed', 'interrupted', 'died']),
  exitCode: number.nullable(),
  startedAt: instant,
  endedAt: instant.nullable(),
  durationMs: number.nullable(),
  version: text,
  node: text,
  project: text,
  profile: text,
  tenant: text,
  database: text,
  redis: text.nullable(),
  process: named(anything),
  groups: list(
    object({
      group: text,
      tenant: text.optional(),
      version: amount.optional(),
      status: text,
      windows: amount.optional(),
      rows: amount.optional(),
      rejected: amount.optional(),
    }),
  ),
  totals: named(number),
  errors: list(object({ code: text, message: text, group: text.optional(), tenant: text.optional() })),
})

export const runs = z.union([document({ runs: list(record) }), document({ run: record })])
