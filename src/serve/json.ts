/** Answers as JSON text, written in one go: an object of every value, only to be printed, costs as much as the read. */
import type { FeatureValue } from '../config/inference.js'
import type { AnyRead } from '../online/reader.js'

type Value = FeatureValue<unknown>

/** As `fstore get --json` prints it: integers beyond 2^53, NaN and the infinities as text. */
export function valueJson(value: unknown): string {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? String(value) : `"${value}"`
    case 'string':
      return JSON.stringify(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'bigint':
      return `"${value}"`
    default:
      return value === null || value === undefined ? 'null' : objectJson(value)
  }
}

function objectJson(value: object): string {
  if (value instanceof Date) return JSON.stringify(value)
  if (!Array.isArray(value) && !(value instanceof Float32Array)) return JSON.stringify(value)
  let text = ''
  for (const element of value) text += text === '' ? valueJson(element) : `,${valueJson(element)}`
  return `[${text}]`
}

/** How many values came from where; told to the metrics. */
export type Count = (source: Value['source'], status: Value['status']) => void

/** Of each read an object of its features by name, with value, status, event timestamp and source. */
export function featuresJson(reads: readonly AnyRead[], count: Count): string[] {
  const names = Object.keys(reads[0]?.features ?? {})
  const heads = names.map((name, i) => `${i === 0 ? '{' : ','}${JSON.stringify(name)}:{"value":`)
  // Most values of a row, and of rows after it, say the same of themselves.
  let told: Omit<Value, 'value' | 'eventTimestamp'> | undefined
  let tail = ''
  return reads.map(({ features }) => {
    let text = ''
    for (let i = 0; i < names.length; i++) {
      const one = features[names[i] as string] as Value
      const { status, source, eventTimestampText } = one
      count(source, status)
      if (told?.status !== status || told.source !== source || told.eventTimestampText !== eventTimestampText) {
        told = one
        tail = `,"status":"${status}","eventTimestamp":${quoted(eventTimestampText)},"source":${quoted(source)}}`
      }
      text += heads[i] + valueJson(one.value) + tail
    }
    return text === '' ? '{}' : `${text}}`
  })
}

/** Of each read its values, statuses, event timestamps and sources, in the order of the features. */
export function vectorsJson(reads: readonly AnyRead[], count: Count): string[] {
  const names = Object.keys(reads[0]?.features ?? {})
  return reads.map(({ features }) => {
    const columns = ['', '', '', '']
    for (let i = 0; i < names.length; i++) {
      const { value, status, eventTimestampText, source } = features[names[i] as string] as Value
      count(source, status)
      const comma = i === 0 ? '' : ','
      columns[0] += comma + valueJson(value)
      columns[1] += `${comma}"${status}"`
      columns[2] += comma + quoted(eventTimestampText)
      columns[3] += comma + quoted(source)
    }
    const [values, statuses, eventTimestamps, sources] = columns
    return `"values":[${values}],"statuses":[${statuses}],"eventTimestamps":[${eventTimestamps}],"sources":[${sources}]`
  })
}

/** Text that needs no escaping. */
function quoted(text: string | null): string {
  return text === null ? 'null' : `"${text}"`
}
