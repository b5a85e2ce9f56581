/** What Feast's clients read: for each name a column of values, statuses and event timestamps. */
import type { FeatureValue } from '../config/inference.js'
import type { Column, FeastRead } from './feast.js'
import { type Count, valueJson } from './json.js'

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
  const present = new Array(rows).fill(statuses.PRESENT).join(',')
  const never = new Array(rows).fill(noTimestamp).join(',')
  const results = [
    ...keys.map(({ values }) => resultJson(values.map((value) => JSON.stringify(value)).join(','), present, never)),
    ...columns.map((column) => columnJson(column, count)),
  ]
  return `{"metadata":{"feature_names":${JSON.stringify(names)}},"results":[${results.join(',')}]}`
}

function columnJson({ wanted, reads }: Column, count: Count): string {
  let values = ''
  let states = ''
  let timestamps = ''
  for (const [i, { features }] of reads.entries()) {
    const { value, status, eventTimestampText, source } = features[wanted.own] as FeatureValue<unknown>
    count(source, status)
    const comma = i === 0 ? '' : ','
    values += comma + feastValue(value, wanted.isTimestamp)
    states += comma + statuses[status]
    timestamps += comma + (eventTimestampText === null ? noTimestamp : `"${padded(eventTimestampText)}"`)
  }
  return resultJson(values, states, timestamps)
}

function resultJson(values: string, states: string, timestamps: string): string {
  return `{"values":[${values}],"statuses":[${states}],"event_timestamps":[${timestamps}]}`
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
