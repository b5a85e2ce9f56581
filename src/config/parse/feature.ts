import { z } from 'zod'
import { isKind } from '../marker.js'
import type { DataType, FeatureSpec, Metric, RulesSpec } from '../project.js'
import { featureDrift } from './drift.js'
import { duration, metadata, readFields, sqlSource } from './fields.js'
import { nameProblem } from './names.js'
import { type Report, show } from './report.js'
import { checkBounds, rulesOf } from './rules.js'

const ruleNames = ['notNull', 'min', 'max', 'pattern', 'allowedValues'] as const
const dataTypes = ['int64', 'float64', 'string', 'bool', 'timestamp', 'array', 'embedding'] as const

const shape = {
  ...metadata,
  dataType: z.enum(dataTypes),
  sql: sqlSource,
  aggregation: z.enum(['sum', 'avg', 'count', 'max', 'min', 'last', 'first']),
  window: duration,
  drift: featureDrift,
  notNull: z.boolean(),
}

/** What a type takes besides the options of every feature. */
const extras: Partial<Record<DataType, Record<string, z.ZodType>>> = {
  int64: { as: z.literal('bigint') },
  timestamp: { as: z.literal('string') },
  array: { element: z.enum(['int64', 'float64', 'string', 'bool']) },
  embedding: { dimension: z.int().min(1).max(16_000), metric: z.enum(['cosine', 'l2', 'ip']) },
}

/** Reads one feature, or reports why it is none. */
export function parseFeature(options: {
  readonly name: string
  readonly raw: unknown
  readonly path: string
  readonly report: Report
  /** A label, or what a caller says, is typed like a feature. */
  readonly kind?: 'feature' | 'label' | 'request field'
}): FeatureSpec | undefined {
  const { name, raw, path, report, kind = 'feature' } = options
  const problem = nameProblem(name, kind)
  if (problem) report(path, problem.message, problem.fix)
  if (!isKind(raw, 'feature')) {
    report(path, `${show(raw)} is not a feature`, 'Use int64(), float64(), string(), bool(), timestamp(), array() …')
    return undefined
  }
  const dataType = raw.dataType as DataType
  const rules = rulesOf(dataType, raw.as)
  const own = { ...extras[dataType], ...rules }
  const fields: Fields = readFields({
    raw: withoutMisplacedRules({ raw, own, dataType, path, report }),
    shape: { ...shape, ...own },
    path,
    what: `a feature of type ${dataType}`,
    report,
  })
  if (dataType === 'embedding' && raw.dimension === undefined) report(`${path}.dimension`, 'is missing')
  const spec = specOf(name, dataType, fields)
  checkBounds(spec.rules, path, report)
  return spec
}

type Fields = Partial<Omit<FeatureSpec, 'rules' | 'metric'> & RulesSpec & { metric: Metric }>

/** Tells a rule that does not fit the type apart from a name that means nothing. */
function withoutMisplacedRules(options: {
  raw: Record<string, unknown>
  own: Record<string, unknown>
  dataType: DataType
  path: string
  report: Report
}): Record<string, unknown> {
  const { own, dataType, path, report } = options
  const raw = { ...options.raw }
  for (const rule of ruleNames) {
    if (raw[rule] === undefined || rule === 'notNull' || Object.hasOwn(own, rule)) continue
    report(`${path}.${rule}`, `is not a rule for a feature of type ${dataType}`)
    delete raw[rule]
  }
  return raw
}

function specOf(name: string, dataType: DataType, fields: Fields): FeatureSpec {
  const { notNull, min, max, pattern, allowedValues, metric, tags = [], status = 'active', ...rest } = fields
  const rules: RulesSpec = {
    ...(notNull !== undefined && { notNull }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(pattern !== undefined && { pattern }),
    ...(allowedValues !== undefined && { allowedValues }),
  }
  const own = metric === undefined || metric === 'cosine' ? {} : { metric }
  return { ...rest, ...own, name, dataType, tags, status, rules }
}
