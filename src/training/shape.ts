/** What makes columns fit for a model: vectors spread over columns, and missing values counted, and filled if asked. */
import type { FeatureSnapshot } from '../registry/definition.js'
import type { Joined, OutputColumn } from './export.js'
import { splitColumn } from './sample.js'

export type Imputation = 'zero' | 'mean' | 'median'

export interface Shaped {
  /** By column, how many rows have no value, before any was filled in. */
  readonly missing: Readonly<Record<string, number>>
  /** By column, what was filled in. */
  readonly imputed: Readonly<Record<string, number>>
}

/** @returns a hook for an export; what it found is handed to `found` */
export function shaping(
  options: {
    expand: boolean
    impute?: Imputation | undefined
    /** What to fill columns with, known from before. */
    fill?: Readonly<Record<string, number>> | undefined
  },
  found: (shaped: Shaped) => void,
) {
  return async (joined: Joined): Promise<OutputColumn[]> => {
    const columns = options.expand ? await expand(joined) : [...joined.columns]
    const features = columns.filter(({ feature }) => feature !== undefined)
    const missing = await countMissing(joined, features)
    const { impute, fill = {} } = options
    const known = new Map(Object.entries(fill))
    const imputed = impute === undefined ? known : await statistics(joined, features.filter(isNumeric), impute)
    found({ missing, imputed: Object.fromEntries(imputed) })
    return columns.map((column) => filled(column, imputed.get(column.name)))
  }
}

/** `name_0`, `name_1`, … for an array or embedding, as many as its longest value has. */
async function expand({ tx, columns, from }: Joined): Promise<OutputColumn[]> {
  const wide = columns.filter(({ feature }) => feature?.dataType === 'array' || feature?.dataType === 'embedding')
  if (wide.length === 0) return [...columns]
  const lengths = wide.map(({ sql }, i) => `coalesce(max(cardinality(${sql})), 0) AS l${i}`)
  const { rows } = await tx.query<Record<string, number>>(`SELECT ${lengths.join(', ')} FROM ${from}`)
  return columns.flatMap((column) => {
    const i = wide.indexOf(column)
    return i === -1 ? [column] : Array.from({ length: rows[0]?.[`l${i}`] ?? 0 }, (_, k) => element(column, k))
  })
}

function element({ name, sql, feature }: OutputColumn, k: number): OutputColumn {
  const { element = 'float64' } = feature as FeatureSnapshot
  return { name: `${name}_${k}`, sql: `(${sql})[${k + 1}]`, feature: { name, dataType: element, rules: {} } }
}

async function countMissing({ tx, from }: Joined, columns: readonly OutputColumn[]): Promise<Record<string, number>> {
  const counts = await oneRow(
    { tx, from },
    columns.map(({ sql }) => `count(*) FILTER (WHERE ${sql} IS NULL)`),
  )
  return Object.fromEntries(columns.map(({ name }, i) => [name, Number(counts[i])]))
}

function isNumeric({ feature }: OutputColumn): boolean {
  return feature?.dataType === 'int64' || feature?.dataType === 'float64'
}

/** Over the training part only: the others must not leak into what it is filled with. */
async function statistics(joined: Joined, columns: readonly OutputColumn[], impute: Imputation) {
  if (impute === 'zero') return new Map(columns.map(({ name }) => [name, 0]))
  const split = joined.spine.columns.some(({ name }) => name === splitColumn)
  const training = split ? `FILTER (WHERE s.${splitColumn} = 'train')` : ''
  const values = await oneRow(
    joined,
    columns.map(({ sql }) =>
      impute === 'mean'
        ? `avg(${sql}::float8) ${training}`
        : `percentile_cont(0.5) WITHIN GROUP (ORDER BY ${sql}::float8) ${training}`,
    ),
  )
  // A column that is missing throughout stays missing.
  return new Map(columns.flatMap(({ name }, i) => (values[i] === null ? [] : [[name, Number(values[i])] as const])))
}

/** PostgreSQL has at most 1,664 columns to a result; one array has any number of elements. */
async function oneRow({ tx, from }: Pick<Joined, 'tx' | 'from'>, expressions: readonly string[]): Promise<unknown[]> {
  if (expressions.length === 0) return []
  const list = expressions.map((expression) => `(${expression})::float8`).join(', ')
  const { rows } = await tx.query<{ all: unknown[] }>(`SELECT ARRAY[${list}] AS all FROM ${from}`)
  return rows[0]?.all ?? []
}

function filled(column: OutputColumn, value: number | undefined): OutputColumn {
  if (value === undefined) return column
  const type = Number.isInteger(value) ? column.sql : `(${column.sql})::float8`
  return { ...column, sql: `coalesce(${type}, ${value})` }
}
