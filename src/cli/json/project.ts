/** Of commands that tell of what is declared. */
import { z } from 'zod'
import { groupChange, planned } from './build.js'
import {
  amount,
  anything,
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
  place,
  span,
  text,
  words,
} from './document.js'
import { previewed } from './read.js'

const metadata = {
  displayName: text.optional(),
  description: text.optional(),
  owner: text.optional(),
  tags: words,
  status: z.enum(['active', 'deprecated', 'archived']),
}

const sqlSource = z.union([object({ text }), object({ file: text })])
const key = object({ name: text, type: z.enum(['string', 'int64', 'uuid']) })

const feature = {
  ...metadata,
  name: text,
  dataType: z.enum(['int64', 'float64', 'string', 'bool', 'timestamp', 'array', 'embedding']),
  as: z.enum(['bigint', 'string']).optional(),
  element: z.enum(['int64', 'float64', 'string', 'bool']).optional(),
  dimension: amount.optional(),
  metric: z.enum(['l2', 'ip']).optional(),
  rules: object({
    notNull: flag.optional(),
    min: z.union([number, text]).optional(),
    max: z.union([number, text]).optional(),
    pattern: text.optional(),
    allowedValues: list(z.union([text, number, flag])).optional(),
  }),
  sql: sqlSource.optional(),
  aggregation: text.optional(),
  window: amount.optional(),
  drift: anything.optional(),
}

const group = object({
  name: text,
  entity: text,
  version: amount.nullable(),
  fingerprint: fingerprint.nullable(),
  every: text.nullable(),
  ttl: text.nullable(),
  features: words,
  tags: words,
  status: metadata.status,
  onDemand: z.literal(true).optional(),
  request: words.optional(),
  events: words.optional(),
  description: text.optional(),
  owner: text.optional(),
  schedule: text.optional(),
  start: instant.optional(),
  end: instant.optional(),
})

const entity = object({ name: text, keys: list(key), description: text.optional(), groups: words })

const service = object({
  name: text,
  description: text.optional(),
  keys: list(key),
  features: words,
  picks: list(object({ group: text, alias: text, features: words, on: named(text) })),
})

const dataset = object({
  name: text,
  description: text.optional(),
  service: text,
  spine: sqlSource,
  labels: list(object(feature)),
  split: object({ by: z.enum(['time', 'entity']), train: number, validation: number, test: number }).optional(),
  sample: amount.optional(),
  stratify: text.optional(),
  seed: number,
  fineTuning: object({ system: text.optional(), user: text.optional(), assistant: text.optional() }).optional(),
})

export const listed = z.union([
  document({ groups: list(group), warning: text.optional() }),
  document({ features: list(object({ ...feature, entity: text })) }),
  document({ entities: list(entity) }),
  document({ services: list(service) }),
  document({ datasets: list(dataset) }),
])

const validated = {
  groups: amount,
  datasets: amount,
  errors: amount,
  warnings: amount,
  findings: list(
    object({
      severity: z.enum(['error', 'warning', 'note']),
      code: text,
      group: text.nullable(),
      dataset: text.nullable(),
      message: text,
      where: place.optional(),
      why: text.optional(),
      fix: text.optional(),
    }),
  ),
}

export const validate = document(validated)

export const plan = document(planned)

/** After each save. */
export const dev = z.union([event('validation', validated), event('preview', previewed), event('plan', planned)])

export const versions = document({
  group: text,
  tenant: text,
  versions: list(
    object({
      version: amount,
      fingerprint,
      live: flag,
      changeSummary: text,
      createdAt: instant,
      promotedAt: instant.nullable(),
      stored: flag,
      covered: list(span),
    }),
  ),
})

const compared = object({ version: amount.nullable(), fingerprint, live: flag, declared: flag.nullable() })

export const diff = document({
  group: text,
  before: compared,
  after: compared,
  same: flag,
  change: object({ kind: z.enum(['additive', 'breaking']), reasons: words, affected: flag, ...groupChange }),
})

const rows = list(named(anything))
const fixture = object({
  group: text,
  description: text.optional(),
  start: instant.optional(),
  at: text,
  tenant: text.optional(),
  tables: named(object({ columns: named(text), rows })),
  expect: rows,
})

export const test = z.union([
  document({
    passed: amount,
    failed: amount,
    fixtures: list(
      z.union([
        object({
          file: text,
          group: text,
          compared: amount,
          differences: list(object({ key: text, feature: text, expected: anything, found: anything })),
          rejected: words,
        }),
        object({ file: text, error }),
      ]),
    ),
  }),
  document({ file: text, fixture }),
])

/** Of a template, or of a table of one's own. */
export const init = z.union([
  document({
    directory: text,
    template: text,
    files: words,
    loaded: list(object({ table: text, rows: amount })),
    skipped: text.optional(),
    next: words,
  }),
  document({
    directory: text,
    group: text,
    entity: text,
    from: text,
    key: words,
    time: text,
    tenantColumn: text.optional(),
    files: words,
    grants: words,
    error: error.optional(),
    warnings: list(object({ message: text, fix: text })),
    command: text,
    sql: text,
    next: words,
  }),
])
