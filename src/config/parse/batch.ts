import { z } from 'zod'
import { compareInstants } from '../instant.js'
import { cron, duration, instant, readFields, sqlSource } from './fields.js'
import { type GroupFields, shape } from './group-fields.js'
import type { Report } from './report.js'

const day = 86_400

/** The options of a group that is computed by SQL, window by window. */
export function readBatch(raw: Record<string, unknown>, path: string, report: Report): GroupFields {
  const own = { sql: sqlSource, maxRejected: z.int().min(0) }
  return readComputed({ raw, own, what: 'a batch group', path, report })
}

/** The options of every group that is computed, and its own. */
export function readComputed(options: {
  readonly raw: Record<string, unknown>
  readonly own: Readonly<Record<string, z.ZodType>>
  readonly what: string
  readonly path: string
  readonly report: Report
}): GroupFields {
  const { raw, own, what, path, report } = options
  const computed = { ...shape, every: duration, lookback: duration, start: instant, end: instant, schedule: cron }
  const fields = readFields({ raw, shape: { ...own, ...computed }, path, what, report })
  const { name, sourceType: _, entity: __, features: ___, tags = [], status = 'active', every = day, ...rest } = fields
  const { start, end, partition = 'month' } = rest
  if (start !== undefined && end !== undefined && compareInstants(start, end) >= 0)
    report(`${path}.end`, `${end} is not after start, ${start}`)
  return { ...rest, name: String(name), sourceType: 'batch', tags, status, every, partition }
}

/** One SELECT for the group, or one for every feature. */
export function checkBatch(raw: Record<string, unknown>, path: string, report: Report): void {
  const all = Object.entries((raw.features ?? {}) as Record<string, { sql?: unknown } | undefined>)
  const own = all.filter(([, feature]) => feature?.sql !== undefined)
  if (raw.sql === undefined && own.length === 0) {
    report(`${path}.sql`, 'is missing', "Write sql: sql`SELECT …` or sql: sqlFile('features/name.sql')")
  } else if (raw.sql === undefined) {
    for (const [name, feature] of all) {
      if (feature?.sql === undefined)
        report(`${path}.features.${name}.sql`, 'is missing, and other features have theirs')
    }
  } else {
    for (const [name] of own) {
      report(`${path}.features.${name}.sql`, 'the group has its sql already', 'Keep one of the two.')
    }
  }
}
