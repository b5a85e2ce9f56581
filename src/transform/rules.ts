/** Rules as SQL: for each, a condition that is true (never null) for a row that breaks it, and what to say of it. */
import type { FeatureSpec } from '../config/project.js'
import { identifier, literal } from '../db/sql.js'

export interface Check {
  readonly violated: string
  readonly reason: string
}

/** JavaScript holds integers exactly up to here. */
const safeInteger = '9007199254740991'

/** What rules are about: a feature as declared, or as the registry keeps it. */
type Checked = Pick<FeatureSpec, 'name' | 'dataType' | 'as' | 'element' | 'dimension' | 'rules'>

export function checksOf(feature: Checked): Check[] {
  const column = identifier(feature.name)
  const { notNull, min, max, pattern, allowedValues } = feature.rules
  const checks: Check[] = []
  const add = (violated: string, reason: string) => checks.push(check(feature, violated, reason))
  if (notNull === true) add(`${column} IS NULL`, 'is null')
  if (min !== undefined) add(`(${column} < ${bound(feature, min)}) IS TRUE`, `is below the minimum ${min}`)
  if (max !== undefined) add(`(${column} > ${bound(feature, max)}) IS TRUE`, `is above the maximum ${max}`)
  if (pattern !== undefined) add(`(${column} !~ ${literal(pattern)}) IS TRUE`, `does not match the pattern ${pattern}`)
  if (allowedValues !== undefined)
    add(
      `(${column} <> ALL (ARRAY[${allowedValues.map((value) => bound(feature, value)).join(', ')}])) IS TRUE`,
      `is not one of ${allowedValues.map((value) => JSON.stringify(value)).join(', ')}`,
    )
  return [...checks, ...readability(feature, column).map(([violated, reason]) => check(feature, violated, reason))]
}

function check({ name }: Checked, violated: string, reason: string): Check {
  return { violated, reason: `${name}: ${reason}` }
}

/** What PostgreSQL can hold and no reader could be given. */
function readability({ dataType, as, element }: Checked, column: string): (readonly [string, string])[] {
  if (dataType === 'int64' && as !== 'bigint')
    return [
      [
        `(${column} NOT BETWEEN -${safeInteger} AND ${safeInteger}) IS TRUE`,
        "is beyond 2^53, which a JavaScript number cannot hold; declare it int64({ as: 'bigint' })",
      ],
    ]
  if (dataType === 'timestamp' && as !== 'string')
    return [
      [
        `(${column} NOT BETWEEN '0001-01-01Z' AND '9999-12-31T23:59:59.999999Z') IS TRUE`,
        "lies outside the years 1 to 9999, or at infinity; declare it timestamp({ as: 'string' })",
      ],
    ]
  if (dataType !== 'array') return []
  const flat = [`(array_ndims(${column}) > 1) IS TRUE`, 'has more than one dimension'] as const
  if (element !== 'int64') return [flat]
  const beyond = `(-${safeInteger} > ANY (${column}) OR ${safeInteger} < ANY (${column})) IS TRUE`
  return [flat, [beyond, 'holds a number beyond 2^53, which a JavaScript number cannot hold']]
}

/** What keeps a list of `real` from being an embedding. */
export function vectorChecks(feature: Pick<FeatureSpec, 'name' | 'dataType' | 'dimension'>): Check[] {
  const { name, dataType, dimension } = feature
  if (dataType !== 'embedding') return []
  const list = identifier(name)
  const unfit = `(array_position(${list}, NULL) IS NOT NULL OR ${list} && '{NaN,Infinity,-Infinity}'::real[])`
  return [
    {
      violated: `(cardinality(${list}) <> ${dimension} OR array_ndims(${list}) > 1) IS TRUE`,
      reason: `${name}: does not have ${dimension} dimensions`,
    },
    {
      violated: `(array_ndims(${list}) = 1 AND ${unfit}) IS TRUE`,
      reason: `${name}: has an element that is no finite number of 32 bits`,
    },
  ]
}

function bound(feature: Checked, value: string | number | boolean): string {
  return `${literal(String(value))}::${sqlType(feature)}`
}

/** The type of a feature's column. */
export function sqlType(feature: Pick<FeatureSpec, 'dataType' | 'element' | 'dimension'>): string {
  switch (feature.dataType) {
    case 'int64':
      return 'bigint'
    case 'float64':
      return 'double precision'
    case 'string':
      return 'text'
    case 'bool':
      return 'boolean'
    case 'timestamp':
      return 'timestamptz'
    case 'array':
      return `${sqlType({ dataType: feature.element ?? 'float64' })}[]`
    case 'embedding':
      return `vector(${feature.dimension})`
  }
}

export function keySqlType(type: 'string' | 'int64' | 'uuid'): string {
  return type === 'string' ? 'text COLLATE "C"' : type === 'int64' ? 'bigint' : 'uuid'
}
