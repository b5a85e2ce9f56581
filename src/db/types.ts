/** One table of types for both drivers, so that a value looks the same whichever of them read or wrote it. */

import { parse as parseArray } from 'postgres-array'

export type Parser = (text: string) => unknown

/** Type OIDs that other modules name. */
export const oid = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  oid: 26,
  json: 114,
  float4: 700,
  float8: 701,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
  uuid: 2950,
  jsonb: 3802,
} as const

const string: Parser = (text) => text
const integer: Parser = (text) => Number(text)
const json: Parser = (text) => JSON.parse(text)

/** Element and array OIDs, with how an element reads. What is not listed stays the text Postgres printed. */
const table: readonly (readonly [element: number, array: number, parser: Parser])[] = [
  [oid.bool, 1000, (text) => text === 't'],
  [oid.bytea, 1001, (text) => Buffer.from(text.slice(2), 'hex')],
  [18, 1002, string], // "char"
  [19, 1003, string], // name
  [oid.int8, 1016, bigInteger],
  [oid.int2, 1005, integer],
  [oid.int4, 1007, integer],
  [oid.text, 1009, string],
  [oid.oid, 1028, integer],
  [oid.json, 199, json],
  [oid.float4, 1021, Number],
  [oid.float8, 1022, Number],
  [869, 1041, string], // inet
  [oid.bpchar, 1014, string],
  [oid.varchar, 1015, string],
  [oid.date, 1182, string],
  [1083, 1183, string], // time
  [oid.timestamp, 1115, string],
  [oid.timestamptz, 1185, instant],
  [1186, 1187, string], // interval
  [1266, 1270, string], // timetz
  [oid.numeric, 1231, string],
  [oid.uuid, 2951, string],
  [oid.jsonb, 3807, json],
  [3910, 3911, string], // tstzrange
  [4451, 6152, string], // tstzmultirange
  [5069, 271, string], // xid8
]

/** Parsers by type OID, of elements and of their arrays. */
const parsers: ReadonlyMap<number, Parser> = new Map(
  table.flatMap(([element, array, parser]) => [
    [element, parser] as const,
    [array, (text: string) => parseArray(text, parser)] as const,
  ]),
)

/** Reads the text Postgres printed for a value of a type. */
export function parserFor(type: number): Parser {
  return parsers.get(type) ?? string
}

/** A number as long as it is exact, else a bigint. */
function bigInteger(text: string): number | bigint {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

/** `2026-03-01 08:00:00.123456+00` as `2026-03-01T08:00:00.123456Z`; infinities and years BC stay as printed. */
function instant(text: string): string {
  return text.endsWith('+00') ? `${text.slice(0, -3).replace(' ', 'T')}Z` : text
}

/**
 * The text that a parameter is sent as. Arrays become Postgres arrays and other objects JSON, so a JSON array has to
 * be given as its text. Dates are instants in UTC. `undefined` is NULL.
 */
export function encode(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (typeof value === 'object') return encodeObject(value)
  return String(value)
}

function encodeObject(value: object): string {
  if (value instanceof Date) return value.toISOString()
  if (ArrayBuffer.isView(value)) {
    return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`
  }
  return Array.isArray(value) ? encodeArray(value) : JSON.stringify(value)
}

function encodeArray(values: readonly unknown[]): string {
  const elements = values.map((value) => {
    if (Array.isArray(value)) return encodeArray(value)
    const text = encode(value)
    return text === null ? 'NULL' : `"${text.replace(/["\\]/g, '\\$&')}"`
  })
  return `{${elements.join(',')}}`
}
