/** Of commands that read values. */
import { z } from 'zod'
import {
  amount,
  anything,
  document,
  error,
  flag,
  instant,
  list,
  named,
  number,
  object,
  text,
  words,
} from './document.js'

const tier = z.enum(['memory', 'redis', 'latest', 'on_demand', 'history'])

const features = named(
  object({
    value: anything,
    status: z.enum(['PRESENT', 'NULL_VALUE', 'NOT_FOUND', 'EXPIRED']),
    eventTimestamp: instant.nullable(),
    source: tier.nullable(),
  }),
)

const reading = {
  keys: named(text),
  features,
  latencyMs: number,
  metadata: object({ skipped: list(object({ tier, why: text })) }),
  /** What could not be computed; the other features were read. */
  errors: list(error).optional(),
}

/** A line for each entity. */
export const get = z.union([document({ entity: text, ...reading }), document({ service: text, ...reading })])

export const search = document({
  feature: text,
  entity: text,
  rows: list(object({ key: named(anything), similarity: number, eventTimestamp: instant, values: named(anything) })),
})

export const history = document({
  feature: text,
  entity: text,
  keys: named(text),
  rows: list(
    object({ value: anything, eventTimestamp: instant, createdAt: instant, supersededAt: instant.nullable() }),
  ),
  more: flag,
})

export const previewed = {
  group: text,
  start: instant,
  end: instant,
  columns: words,
  rows: list(object({ values: named(anything), reasons: words.nullable() })),
  total: amount,
  rejected: amount,
  unusedColumns: words,
}

export const preview = document(previewed)

export const sql = z.union([
  document({ rows: list(named(anything)), count: amount }),
  document({ statements: amount, loaded: list(object({ table: text, rows: amount })) }),
])

const exported = {
  rows: amount,
  columns: words,
  groups: list(
    object({
      group: text,
      alias: text,
      version: amount,
      matched: amount,
      tooOld: amount,
      noHistory: amount,
      hidden: amount,
      nearest: number.nullable(),
    }),
  ),
  connections: amount,
}

export const pitExport = z.union([
  document({ output: text, ...exported, bytes: amount, checksum: text }),
  document({
    rows: amount,
    connections: amount,
    groups: list(
      object({
        alias: text,
        group: text,
        version: amount,
        partitions: object({ probed: amount, all: amount }).nullable(),
        plan: words,
      }),
    ),
  }),
])

export const exportTraining = z.union([
  document({
    dataset: text,
    ...exported,
    missing: named(amount),
    imputed: named(number),
    output: text,
    manifest: text,
    sha256: text,
  }),
  document({ output: text, examples: amount, skipped: amount }),
  document({ file: text, untouched: flag, reproduced: flag, why: text.optional() }),
])

export const listening = document({
  event: z.literal('listening'),
  url: text,
  host: text,
  port: amount,
  project: text,
  tenant: text,
})
