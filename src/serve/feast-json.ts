/** What Feast's clients read: for each name a column of values, statuses and event timestamps. */
import type { FeatureValue } from '../config/inference.js'
import type { Column, FeastRead } from './feast.js'
import { type Count, valueJson, whole } from './json.js'

/** What Feast puts where nothing was found, and beside join keys. */
const noTimestamp = '"1970-01-01T00:00:00Z"'

const statuses = {
  PRESENT: '"PRESENT"',
  NULL_VALUE: '"NULL_VALUE"',
  NOT_FOUND: '"NOT_FOUND"',
  EXPIRED: '"OUTSIDE_MAX_AGE"',
} as const

export function feastJson({ keys, columns, rows }: FeastRead, count: Count): string {
  const names = [...keys, ...columns].map(({ name }) => name)
  const pieces = ['{"metadata":{"feature_names":', JSON.stringify(names), '},"results":[']
  const present = new Array(rows).fill(statuses.PRESENT).join(',')
  const never = new Array(rows).fill(noTimestamp).join(',')
  for (const [c, { values }] of keys.entries()) {
    const own = values.map((value) => JSON.stringify(value)).join(',')
    pieces.push(c === 0 ? '' : ',', head, own, middle, present, last, never, end)
  }
  const timestamp = timestamps()
  for (const [c, column] of columns.entries()) {
    if (c + keys.length > 0) pieces.push(',')
    writeColumn(pieces, column, { count, timestamp })
  }
  pieces.push(']}')
  return whole(pieces)
}

const [head, middle, last, end] = ['{"values":[', '],"statuses":[', '],"event_timestamps":[', ']}']

function writeColumn(
  pieces: string[],
  { wanted, reads }: Column,
  { count, timestamp }: { readonly count: Count; readonly timestamp: (instant: string | null) => string },
): void {
  const column = reads.map(({ features }) => features[wanted.own] as FeatureValue<unknown>)
  pieces.push(head)
  for (const [i, { value, status, source }] of column.entries()) {
    count(source, status)
    pieces.push(i === 0 ? '' : ',', feastValue(value, wanted.isTimestamp))
  }
  pieces.push(middle)
  for (const [i, { status }] of column.entries()) pieces.push(i === 0 ? '' : ',', statuses[status])
  pieces.push(last)
  for (const [i, { eventTimestampText }] of column.entries())
    pieces.push(i === 0 ? '' : ',', timestamp(eventTimestampText))
  pieces.push(end)
}

/** As Feast writes them, each once: the columns of a row share theirs. */
function timestamps(): (instant: string | null) => string {
  const known = new Map<string | null, string>([[null, noTimestamp]])
  return (instant) => {
    let text = known.get(instant)
    if (text === undefined) {
      text = `"${padded(instant as string)}"`
      known.set(instant, text)
    }
    return text
  }
}

/** Feast has integers of any length as numbers, and timestamps as whole seconds. */
function feastValue(value: unknown, isTimestamp: boolean): string {
  if (typeof value === 'bigint') return value.toString()
  if (isTimestamp && value !== null) return String(Math.floor(new Date(value as Date | string).getTime() / 1000))
  return valueJson(value)
}

/** No fraction, or three digits of one, or six. */
function padded(instant: string): string {
  const [, whole, fraction = ''] = /^([^.]*)(?:\.(\d+))?Z$/.exec(instant) ?? [undefined, instant.replace(/Z$/, '')]
  if (fraction === '') return `${whole}Z`
  const digits = fraction.padEnd(6, '0')
  return `${whole}.${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`
}
