import { z } from 'zod'
import { didYouMean } from '../did-you-mean.js'
import { isKind } from '../marker.js'
import type { DatasetSpec, FeatureSpec, FineTuningSpec, ServiceSpec, SplitSpec } from '../project.js'
import { parseFeature } from './feature.js'
import { metadata, readFields, sqlSource } from './fields.js'
import { type Report, show } from './report.js'

const shape = {
  name: z.unknown(),
  service: z.unknown(),
  spine: sqlSource,
  label: z.unknown(),
  split: z.unknown(),
  sample: z.int().min(1),
  stratify: z.string(),
  seed: z.int(),
  fineTuning: z.unknown(),
  description: metadata.description,
}

const templateShape = { system: z.string(), user: z.string(), assistant: z.string() }

const share = z.number().min(0).max(1)
const splitShape = { by: z.enum(['time', 'entity']), train: share, validation: share, test: share }

/** Reads one dataset, or reports what is wrong with it. */
export function parseDataset(options: {
  readonly raw: Record<string, unknown>
  readonly path: string
  readonly services: readonly ServiceSpec[]
  readonly report: Report
}): DatasetSpec | undefined {
  const { raw, path, services, report } = options
  const fields = readFields({ raw, shape, path, what: 'a dataset', report })
  const { spine, sample, stratify, seed = 0, description } = fields
  if (raw.spine === undefined) report(`${path}.spine`, 'is missing', "Write spine: sqlFile('datasets/name.sql')")
  const service = parseServiceOf(raw.service, `${path}.service`, services, report)
  const labels = parseLabels({ raw: raw.label, path: `${path}.label`, service, report })
  const split = parseSplit(raw.split, `${path}.split`, report)
  const fineTuning = parseTemplates(raw.fineTuning, `${path}.fineTuning`, report)
  if (stratify !== undefined) checkStratify({ stratify, labels, path: `${path}.stratify`, report })
  if (service === undefined || spine === undefined) return undefined
  return {
    name: String(raw.name),
    service: service.name,
    spine,
    labels,
    seed,
    ...(split !== undefined && { split }),
    ...(sample !== undefined && { sample }),
    ...(stratify !== undefined && { stratify }),
    ...(fineTuning !== undefined && { fineTuning }),
    ...(description !== undefined && { description }),
  }
}

function parseTemplates(raw: unknown, path: string, report: Report): FineTuningSpec | undefined {
  if (raw === undefined) return undefined
  if (typeof raw !== 'object' || raw === null) {
    report(path, `${show(raw)} is not an object`, "Write fineTuning: { system: '…', user: '…', assistant: '…' }")
    return undefined
  }
  return readFields({ raw: raw as Record<string, unknown>, shape: templateShape, path, what: 'templates', report })
}

function parseServiceOf(
  raw: unknown,
  path: string,
  services: readonly ServiceSpec[],
  report: Report,
): ServiceSpec | undefined {
  if (!isKind(raw, 'service')) {
    report(path, raw === undefined ? 'is missing' : `${show(raw)} is not a service`, 'Name a service of the config.')
    return undefined
  }
  const found = services.find(({ name }) => name === raw.name)
  if (found === undefined) report(path, `the service "${raw.name}" is not in the config`, 'Add it to services.')
  return found
}

function parseLabels(options: {
  raw: unknown
  path: string
  service: ServiceSpec | undefined
  report: Report
}): FeatureSpec[] {
  const { raw = {}, path, service, report } = options
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    report(path, `${show(raw)} is not an object`, 'Write label: { late: bool() }')
    return []
  }
  const taken = new Map((service?.picks ?? []).flatMap(namesOf))
  return Object.entries(raw).flatMap(([name, label]) => {
    const at = `${path}.${name}`
    const owner = taken.get(name)
    if (owner !== undefined) report(at, `"${name}" is already ${owner}`, 'Give the label another name.')
    if (isKind(label, 'feature') && label.sql !== undefined)
      report(`${at}.sql`, 'a label is a column of the spine', "Compute it in the spine's SELECT.")
    return parseFeature({ name, raw: label, path: at, report, kind: 'label' }) ?? []
  })
}

/** The columns that an export has because of a pick, and what they are. */
function namesOf({ alias, features, on }: ServiceSpec['picks'][number]): [string, string][] {
  return [
    ...features.map((name): [string, string] => [`${alias}__${name}`, `the feature ${alias}.${name}`]),
    ...Object.values(on).map((name): [string, string] => [name, 'a join key of the service']),
  ]
}

function parseSplit(raw: unknown, path: string, report: Report): SplitSpec | undefined {
  if (raw === undefined) return undefined
  if (typeof raw !== 'object' || raw === null) {
    report(path, `${show(raw)} is not an object`, "Write split: { by: 'time', train: 0.8, test: 0.2 }")
    return undefined
  }
  const given = raw as Record<string, unknown>
  const {
    by,
    train,
    validation = 0,
    test = 0,
  } = readFields({ raw: given, shape: splitShape, path, what: 'a split', report })
  if (given.by === undefined) report(`${path}.by`, 'is missing', "Write by: 'time' or by: 'entity'")
  if (given.train === undefined) report(`${path}.train`, 'is missing', 'Write train: 0.8')
  if (by === undefined || train === undefined) return undefined
  const sum = train + validation + test
  // 0.7 + 0.15 + 0.15 is not quite 1 in binary.
  if (Math.abs(sum - 1) > 1e-9) report(path, `the shares add up to ${Number(sum.toPrecision(12))}, not 1`)
  return { by, train, validation, test }
}

function checkStratify(options: { stratify: string; labels: readonly FeatureSpec[]; path: string; report: Report }) {
  const { stratify, labels, path, report } = options
  const names = labels.map(({ name }) => name)
  if (!names.includes(stratify)) report(path, `"${stratify}" is not a label`, didYouMean(stratify, names))
}
