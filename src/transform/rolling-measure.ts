/** One measure of a rolling group: the columns it needs on every level of the statement, by function. */

import type { RollingFunction } from '../config/project.js'
import { distinct } from './rolling-distinct.js'
import { ends } from './rolling-ends.js'
import { extremes } from './rolling-extremes.js'
import {
  type Branch,
  type Change,
  inside,
  type Measured,
  type MeasureOptions,
  type Named,
  named,
} from './rolling-part.js'

export function measure(options: MeasureOptions): Measured {
  const { functions } = options.measure
  const of = (...names: RollingFunction[]) => functions.some((how) => names.includes(how))
  const parts: Partial<Measured>[] = [
    { values: valuesOf(options) },
    ...(of('count') ? [counts(options)] : []),
    ...(of('sum', 'avg', 'stddev') ? [sums(options)] : []),
    ...(of('min') ? [extremes(options, 'min')] : []),
    ...(of('max') ? [extremes(options, 'max')] : []),
    ...(of('first', 'last') ? [ends(options)] : []),
    ...(of('count_distinct') ? [distinct(options)] : []),
  ]
  const all = <K extends keyof Measured>(part: K) => parts.flatMap((one) => (one[part] ?? []) as Measured[K][number][])
  return {
    values: all('values') as string[],
    buckets: all('buckets') as Named[],
    neighbours: all('neighbours') as string[],
    sources: all('sources') as string[],
    changes: all('changes') as Change[],
    turns: all('turns') as Named[],
    branches: all('branches') as Branch[],
    totals: all('totals') as Named[],
    features: all('features') as Named[],
  }
}

/** The expression as it is, for those who count; as an exact decimal, for those who reckon. */
function valuesOf({ measure: { name, functions }, expression }: MeasureOptions): string[] {
  if (expression === undefined) return []
  const asIs = functions.some((how) => how === 'count' || how === 'count_distinct')
  const reckoned = functions.some((how) => how !== 'count' && how !== 'count_distinct')
  // The shortest text that reads back as the same float: its decimals can be added exactly, in any order.
  const finite = ["'NaN'", "'Infinity'", "'-Infinity'"].reduce(
    (sql, odd) => `NULLIF(${sql}, ${odd})`,
    `(${expression})::text`,
  )
  return [
    ...(asIs ? [`(${expression}) AS _${name}__value`] : []),
    ...(reckoned ? [`${finite}::numeric AS _${name}__number`] : []),
  ]
}

/** Of the events themselves, or of those where the expression is not null. */
function counts(options: MeasureOptions): Partial<Measured> {
  const { name, expr } = options.measure
  const column = expr === undefined ? '_events' : `_${name}__count`
  const own = expr === undefined ? [] : [{ name: column, sql: `count(_${name}__value)::int` }]
  const total = (i: number) => `_${name}__count_${i}`
  return {
    buckets: own,
    changes: own.map(() => ({ name: column, type: 'int', bucket: column })),
    totals: options.windows.map((_, i) => ({ name: total(i + 1), sql: inside(column, i + 1) })),
    features: named(options, 'count', total),
  }
}

function sums(options: MeasureOptions): Partial<Measured> {
  const { name, functions } = options.measure
  const number = `_${name}__number`
  const [counted, squared] = [functions.some((how) => how !== 'sum'), functions.includes('stddev')]
  const columns = [
    { name: `_${name}__sum`, sql: `sum(${number})`, type: 'numeric' },
    ...(counted ? [{ name: `_${name}__n`, sql: `count(${number})::int`, type: 'int' }] : []),
    ...(squared ? [{ name: `_${name}__squares`, sql: `sum(${number} * ${number})`, type: 'numeric' }] : []),
  ]
  const [sum, n, squares] = ['sum', 'n', 'squares'].map((part) => (i: number) => `_${name}__${part}_${i}`) as [
    Of,
    Of,
    Of,
  ]
  return {
    buckets: columns,
    changes: columns.map(({ name, type }) => ({ name, type, bucket: name })),
    totals: options.windows.flatMap((_, i) =>
      columns.map((column) => ({ name: `${column.name}_${i + 1}`, sql: inside(column.name, i + 1) })),
    ),
    features: [
      ...named(options, 'sum', (i) => `${sum(i)}::float8`),
      ...named(options, 'avg', (i) => `${sum(i)}::float8 / nullif(${n(i)}, 0)`),
      ...named(options, 'stddev', (i) => deviation(n(i), sum(i), squares(i))),
    ],
  }
}

type Of = (i: number) => string

/** Of a sample: of one value there is none. */
function deviation(n: string, sum: string, squares: string): string {
  const spread = `(${n} * ${squares} - ${sum} * ${sum})::float8`
  return `sqrt(${spread} / nullif(${n}::float8 * (${n} - 1), 0))`
}
