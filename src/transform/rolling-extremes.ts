/**
 * The smallest and the largest of a window, which cannot be taken away from a running total. Time is cut into blocks as
 * long as the window, so a window is the end of one block and the beginning of the next. Of the block being filled, the
 * best so far is a running one; of the block before it, every bucket knows the best of those behind it, and says so when it
 * leaves; when a block is full, all of it is still in the window. Rows are told apart by their block, the newest first: an
 * array is ordered by its first number.
 */
import { epoch, interval, type Measured, type MeasureOptions, named, type RollingScope } from './rolling-part.js'

export function extremes(options: MeasureOptions, how: 'min' | 'max'): Partial<Measured> {
  const { measure, windows, scope } = options
  const column = `_${measure.name}__${how}`
  const rest = `${column}_rest`
  const indexes = windows.map((_, i) => i + 1)
  const cases = indexes.map((i) => `WHEN ${i} THEN ${rest}_${i}`).join(' ')
  return {
    buckets: [{ name: column, sql: `${how}(_${measure.name}__number)::float8` }],
    neighbours: indexes.map((i) => `${behind({ scope, how, column, i })} AS ${rest}_${i}`),
    changes: [
      { name: column, type: 'float8', bucket: column },
      { name: rest, type: 'float8', bucket: `CASE _step ${cases} END` },
    ],
    turns: [{ name: rest, sql: `${how}(${column})` }],
    totals: indexes.flatMap((i) => totals({ scope, how, column, rest, i })),
    features: named(options, how, (i) => feature({ scope, how, column, i })),
  }
}

interface One {
  readonly scope: RollingScope
  readonly how: 'min' | 'max'
  readonly column: string
  /** The window. */
  readonly i: number
}

const block = (scope: RollingScope, i: number, at: string) => scope.bin(scope.windows[i - 1] as number, at)

/** The best of the later buckets of a bucket's block. */
function behind({ scope, how, column, i }: One): string {
  return `${how}(${column}) OVER (PARTITION BY ${scope.keys}, ${block(scope, i, '_bucket')}
      ORDER BY _bucket DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`
}

/** The newest block wins: for `max` it has the larger number, and for `min` the smaller one. */
function totals({ scope, how, column, rest, i }: One & { rest: string }) {
  const sign = how === 'max' ? '' : '-'
  const [other, against, nothing] = how === 'max' ? ['min', '-', '-Infinity'] : ['max', '', 'Infinity']
  const start = epoch(block(scope, i, '_bucket'))
  return [
    {
      name: `${column}_head_${i}`,
      sql: `${how}(ARRAY[${sign}${start}, ${column}]) FILTER (WHERE _step = 0 AND ${column} IS NOT NULL) OVER run`,
    },
    {
      name: `${column}_tail_${i}`,
      sql: `${other}(ARRAY[${against}${start}, coalesce(${rest}, '${nothing}')]) FILTER (WHERE _step IN (${i}, ${-i})) OVER run`,
    },
  ]
}

function feature({ scope, how, column, i }: One): string {
  const [head, tail] = [`${column}_head_${i}`, `${column}_tail_${i}`]
  const [sign, against, nothing] = how === 'max' ? ['', '-', '-Infinity'] : ['-', '', 'Infinity']
  const length = interval(scope.windows[i - 1] as number)
  return `${how === 'max' ? 'greatest' : 'least'}(
      CASE WHEN ${head}[1] = ${sign}${epoch(block(scope, i, '_at'))} THEN ${head}[2] END,
      CASE WHEN ${tail}[1] = ${against}${epoch(`${block(scope, i, '_at')} - ${length}`)} THEN nullif(${tail}[2], '${nothing}') END)`
}
