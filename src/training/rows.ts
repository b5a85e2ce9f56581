/** The rows of a point-in-time join as objects, streamed: memory holds a few of them, whatever their number. */
import type { DatasetSpec } from '../config/project.js'
import { jsonLines } from '../db/json-lines.js'
import { FstoreError } from '../errors.js'
import { featureOf } from '../registry/catalog.js'
import type { FeatureSnapshot } from '../registry/definition.js'
import { instantOf, integerOf, unpack } from '../registry/value.js'
import type { ExportReport, ExportRequest } from './export.js'
import { exportStream } from './export-stream.js'
import { joinKeys } from './spine.js'

/** One row of the spine, with the features as of its instant. */
export interface PointInTimeRow {
  /** The spine's own columns, `event_timestamp` as ISO 8601 text in UTC. */
  readonly spine: Readonly<Record<string, unknown>>
  /** By `alias.feature`; null where nothing was known. */
  readonly features: Readonly<Record<string, unknown>>
}

/** @throws FstoreError what `exportPointInTime` throws */
export async function* pointInTimeRows(
  request: Omit<ExportRequest, 'names' | 'format'>,
): AsyncGenerator<PointInTimeRow, ExportReport> {
  const features = new Map(
    request.picks.flatMap(({ alias, version, features }) =>
      features.map((name) => [`${alias}.${name}`, featureOf(version, name)] as const),
    ),
  )
  const integers = new Set([...joinKeys(request.picks)].flatMap(([name, type]) => (type === 'int64' ? [name] : [])))
  const rows = jsonLines<Record<string, unknown>, ExportReport>(
    exportStream({ ...request, names: 'dotted', format: 'jsonl' }),
  )
  try {
    for (;;) {
      const next = await rows.next()
      if (next.done) return next.value
      yield rowOf(next.value, features, integers)
    }
  } finally {
    await rows.return(undefined as never)
  }
}

function rowOf(
  raw: Record<string, unknown>,
  features: ReadonlyMap<string, FeatureSnapshot>,
  integers: ReadonlySet<string>,
): PointInTimeRow {
  const row = { spine: {} as Record<string, unknown>, features: {} as Record<string, unknown> }
  for (const [name, value] of Object.entries(raw)) {
    const feature = features.get(name)
    if (feature !== undefined) row.features[name] = unpack(feature, value)
    else if (name === 'event_timestamp') row.spine[name] = instantOf(value as string)
    else row.spine[name] = integers.has(name) && value !== null ? integerOf(value as string) : value
  }
  return row
}

/** One example: what is known, and what is to be told from it. */
export interface TrainingRow {
  readonly features: Readonly<Record<string, unknown>>
  readonly label: Readonly<Record<string, unknown>>
  /** The other columns of the spine: keys, `event_timestamp`, `split`. */
  readonly spine: Readonly<Record<string, unknown>>
}

/** @throws FstoreError SPINE_INVALID for a row without a label, and what `pointInTimeRows` throws */
export async function* trainingRows(
  request: Omit<ExportRequest, 'names' | 'format'>,
  { labels }: DatasetSpec,
): AsyncGenerator<TrainingRow, ExportReport> {
  const rows = pointInTimeRows(request)
  try {
    for (let next = await rows.next(); ; next = await rows.next()) {
      if (next.done) return next.value
      yield exampleOf(next.value, labels)
    }
  } finally {
    await rows.return(undefined as never)
  }
}

function exampleOf({ spine, features }: PointInTimeRow, labels: DatasetSpec['labels']): TrainingRow {
  const label = Object.fromEntries(labels.map((one) => [one.name, unpack(one, spine[one.name])]))
  const missing = Object.keys(label).find((name) => label[name] === null)
  if (missing !== undefined)
    throw new FstoreError('SPINE_INVALID', `A row of the spine has no value for the label "${missing}".`, {
      why: 'A model cannot learn from a row that does not say what it should tell.',
      fix: `Leave such rows out: WHERE ${missing} IS NOT NULL.`,
    })
  const rest = Object.entries(spine).filter(([name]) => !(name in label))
  return { features, label, spine: Object.fromEntries(rest) }
}
