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

/** Of each key an object with its read's features by name: value, status, event timestamp and source. */
export function featuresJson(reads: readonly AnyRead[], keys: readonly unknown[], count: Count): string {
  const names = Object.keys(reads[0]?.features ?? {})
  const heads = names.map((name, i) => `${i === 0 ? '' : ','}${JSON.stringify(name)}:{"value":`)
  // Most values of a row, and of rows after it, say the same of themselves.
  let told: Omit<Value, 'value' | 'eventTimestamp'> | undefined
  let tail = ''
  const pieces: string[] = []
  for (const [r, { features }] of reads.entries()) {
    pieces.push(r === 0 ? '[{"key":' : ',{"key":', JSON.stringify(keys[r]), ',"features":{')
    for (let i = 0; i < names.length; i++) {
      const one = features[names[i] as string] as Value
      const { status, source, eventTimestampText } = one
      count(source, status)
      if (told?.status !== status || told.source !== source || told.eventTimestampText !== eventTimestampText) {
        told = one
        const [timestamp, from] = [quoted(eventTimestampText), quoted(source)]
        tail = whole([',"status":"', status, '","eventTimestamp":', timestamp, ',"source":', from, '}'])
      }
      pieces.push(heads[i] as string, valueJson(one.value), tail)
    }
    pieces.push('}}')
  }
  pieces.push(']')
  return whole(pieces)
}

/** Of each of the keys its read's values, statuses, event timestamps and sources, in the order of the features. */
export function vectorsJson(reads: readonly AnyRead[], keys: readonly unknown[], count: Count): string {
  const names = Object.keys(reads[0]?.features ?? {})
  const pieces: string[] = []
  const list = (values: readonly Value[], text: (value: Value) => string) => {
    for (let i = 0; i < values.length; i++) pieces.push(i === 0 ? '' : ',', text(values[i] as Value))
  }
  const row: Value[] = new Array(names.length)
  for (const [r, { features }] of reads.entries()) {
    for (let i = 0; i < names.length; i++) {
      const value = features[names[i] as string] as Value
      count(value.source, value.status)
      row[i] = value
    }
    pieces.push(r === 0 ? '[{"keys":' : ',{"keys":', JSON.stringify(keys[r]), ',"values":[')
    list(row, ({ value }) => valueJson(value))
    pieces.push('],"statuses":[')
    list(row, ({ status }) => quoted(status))
    pieces.push('],"eventTimestamps":[')
    list(row, ({ eventTimestampText }) => quoted(eventTimestampText))
    pieces.push('],"sources":[')
    list(row, ({ source }) => quoted(source))
    pieces.push(']}')
  }
  pieces.push(']')
  return whole(pieces)
}

/** Pieces as one text: put together with + each of them would be an object, and the text a tree that is walked later. */
export function whole(pieces: readonly string[]): string {
  return pieces.join('')
}

/** Text that needs no escaping. */
function quoted(text: string | null): string {
  return text === null ? 'null' : `"${text}"`
}
