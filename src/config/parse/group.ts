import { z } from 'zod'
import { formatDuration } from '../duration.js'
import { compareInstants } from '../instant.js'
import type { EntitySpec, FeatureSpec, GroupSpec } from '../project.js'
import { parseEntity } from './entity.js'
import { parseFeature } from './feature.js'
import { cron, duration, instant, metadata, readFields, sqlSource } from './fields.js'
import type { Report } from './report.js'

const shape = {
  ...metadata,
  name: z.unknown(),
  sourceType: z.unknown(),
  entity: z.unknown(),
  features: z.unknown(),
  sql: sqlSource,
  ttl: duration,
  every: duration,
  start: instant,
  end: instant,
  schedule: cron,
  retention: duration,
  partition: z.enum(['month', 'year', 'none']),
  maxRejected: z.int().min(0),
}

const day = 86_400

/** Reads one group, or reports what is wrong with it. */
export function parseGroup(raw: Record<string, unknown>, path: string, report: Report): GroupSpec | undefined {
  const fields = readFields({ raw, shape, path, what: 'a batch group', report })
  const { name, sourceType, entity: _, features: __, tags = [], status = 'active', every = day, ...rest } = fields
  const partition = rest.partition ?? 'month'
  const entity = parseEntity(raw.entity, `${path}.entity`, report)
  const features = parseFeatures({ raw: raw.features, path, entity, report })
  checkSpans(rest, path, report)
  checkSql({ raw, features: raw.features, path, report })
  if (!entity) return undefined
  return { ...rest, name: String(name), sourceType: 'batch', entity, features, tags, status, every, partition }
}

function parseFeatures(options: {
  raw: unknown
  path: string
  entity: EntitySpec | undefined
  report: Report
}): FeatureSpec[] {
  const { raw, path, entity, report } = options
  const entries = typeof raw === 'object' && raw !== null ? Object.entries(raw) : []
  if (entries.length === 0) report(`${path}.features`, 'a group needs a feature', 'Write features: { age: int64() }')
  return entries.flatMap(([name, feature]) => {
    const at = `${path}.features.${name}`
    if (entity?.keys.some((key) => key.name === name)) {
      report(at, `"${name}" is already a key of the entity "${entity.name}"`, 'Give the feature another name.')
    }
    return parseFeature({ name, raw: feature, path: at, report }) ?? []
  })
}

type Spans = Pick<Partial<GroupSpec>, 'start' | 'end' | 'ttl' | 'retention'>

function checkSpans({ start, end, ttl, retention }: Spans, path: string, report: Report): void {
  if (start !== undefined && end !== undefined && compareInstants(start, end) >= 0) {
    report(`${path}.end`, `${end} is not after start, ${start}`)
  }
  if (ttl !== undefined && retention !== undefined && retention < ttl) {
    const message = `history is kept for ${formatDuration(retention)}, and values live for ${formatDuration(ttl)} (ttl)`
    report(`${path}.retention`, message, 'Keep history at least as long as ttl.')
  }
}

/** One SELECT for the group, or one for every feature. */
function checkSql(options: { raw: Record<string, unknown>; features: unknown; path: string; report: Report }): void {
  const { raw, features, path, report } = options
  const all = Object.entries((features ?? {}) as Record<string, { sql?: unknown } | undefined>)
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
