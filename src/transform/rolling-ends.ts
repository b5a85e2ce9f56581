/** The first and the last value of a window. Of several at one instant, the smallest is first and the largest last. */
import { epoch, interval, type Measured, type MeasureOptions, named } from './rolling-part.js'

export function ends(options: MeasureOptions): Partial<Measured> {
  const both = [
    ...(options.measure.functions.includes('last') ? [last(options)] : []),
    ...(options.measure.functions.includes('first') ? [first(options)] : []),
  ]
  const all = (part: keyof Measured) => both.flatMap((one) => (one[part] ?? []) as never[])
  return {
    buckets: all('buckets'),
    neighbours: all('neighbours'),
    changes: all('changes'),
    totals: all('totals'),
    features: all('features'),
  }
}

function ofBucket(name: string, direction: '' | ' DESC'): string {
  const number = `_${name}__number`
  return `(array_agg(${number} ORDER BY _time${direction}, ${number}${direction}) FILTER (WHERE ${number} IS NOT NULL))[1]::float8`
}

/** The newest bucket that has a value, if the window still reaches it. */
function last(options: MeasureOptions): Partial<Measured> {
  const { measure, scope } = options
  const column = `_${measure.name}__last`
  const newest = `${column}_newest`
  return {
    buckets: [{ name: column, sql: ofBucket(measure.name, ' DESC') }],
    changes: [{ name: column, type: 'float8', bucket: column }],
    totals: [
      {
        name: newest,
        sql: `max(ARRAY[${epoch('_bucket')}, ${column}]) FILTER (WHERE _step = 0 AND ${column} IS NOT NULL) OVER run`,
      },
    ],
    features: named(
      options,
      'last',
      (i) =>
        `CASE WHEN ${newest}[1] > ${epoch(`_at - ${interval(scope.windows[i - 1] as number)}`)} THEN ${newest}[2] END`,
    ),
  }
}

/** Every bucket knows the next one that has a value, and says so when it leaves; before any has left, the oldest is it. */
function first(options: MeasureOptions): Partial<Measured> {
  const { measure, windows, scope } = options
  const column = `_${measure.name}__first`
  const own = `ARRAY[${epoch('_bucket')}, ${column}]`
  const gone = (i: number) => `${column}_gone_${i}`
  return {
    buckets: [{ name: column, sql: ofBucket(measure.name, '') }],
    neighbours: [
      `min(${own}) FILTER (WHERE ${column} IS NOT NULL) OVER (PARTITION BY ${scope.keys}
      ORDER BY _bucket DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ${column}_next`,
    ],
    changes: [
      { name: column, type: 'float8', bucket: column },
      { name: `${column}_next`, type: 'float8[]', bucket: `${column}_next` },
    ],
    totals: [
      { name: `${column}_oldest`, sql: `min(${own}) FILTER (WHERE _step = 0 AND ${column} IS NOT NULL) OVER run` },
      ...windows.map((_, i) => ({
        name: gone(i + 1),
        sql: `max(ARRAY[${epoch('_bucket')}, ${column}_next[1], ${column}_next[2]]) FILTER (WHERE _step = ${i + 1}) OVER run`,
      })),
    ],
    features: named(
      options,
      'first',
      (i) => `CASE WHEN ${gone(i)} IS NULL THEN ${column}_oldest[2]
      WHEN ${gone(i)}[2] <= ${epoch('_at')} THEN ${gone(i)}[3] END`,
    ),
  }
}
