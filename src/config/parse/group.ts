import { formatDuration } from '../duration.js'
import type { EntitySpec, FeatureSpec, GroupSpec } from '../project.js'
import { checkBatch, readBatch } from './batch.js'
import { parseEntity } from './entity.js'
import { parseFeature } from './feature.js'
import type { GroupFields } from './group-fields.js'
import type { Report } from './report.js'
import { readRolling } from './rolling.js'
import { checkStream, readStream } from './stream.js'

/** Reads one group, or reports what is wrong with it. */
export function parseGroup(raw: Record<string, unknown>, path: string, report: Report): GroupSpec | undefined {
  const [read, check] = parserOf(raw)
  const fields = read(raw, path, report)
  const entity = parseEntity(raw.entity, `${path}.entity`, report)
  const features = parseFeatures({ raw, path, entity, report })
  checkRetention(fields, path, report)
  check(raw, path, report)
  return entity && { ...fields, entity, features }
}

function parserOf({ sourceType, rolling }: Record<string, unknown>) {
  if (sourceType === 'stream') return [readStream, checkStream] as const
  return rolling === undefined ? ([readBatch, checkBatch] as const) : ([readRolling, () => {}] as const)
}

function parseFeatures(options: {
  raw: Record<string, unknown>
  path: string
  entity: EntitySpec | undefined
  report: Report
}): FeatureSpec[] {
  const { path, entity, report } = options
  const { features: raw, rolling } = options.raw
  const entries = typeof raw === 'object' && raw !== null ? Object.entries(raw) : []
  // What a rolling group lacks is a measure or a window, and that is told.
  if (entries.length === 0 && rolling === undefined)
    report(`${path}.features`, 'a group needs a feature', 'Write features: { age: int64() }')
  return entries.flatMap(([name, feature]) => {
    const at = `${path}.features.${name}`
    if (entity?.keys.some((key) => key.name === name)) {
      report(at, `"${name}" is already a key of the entity "${entity.name}"`, 'Give the feature another name.')
    }
    return parseFeature({ name, raw: feature, path: at, report }) ?? []
  })
}

function checkRetention({ ttl, retention }: GroupFields, path: string, report: Report): void {
  if (ttl === undefined || retention === undefined || retention >= ttl) return
  const message = `history is kept for ${formatDuration(retention)}, and values live for ${formatDuration(ttl)} (ttl)`
  report(`${path}.retention`, message, 'Keep history at least as long as ttl.')
}
