/** How a column of a result becomes one of Parquet: what it is cast to, how its binary form reads, and its schema. */
import type { SchemaElement } from 'hyparquet-writer'
import { oid } from '../db/types.js'
import { FstoreError } from '../errors.js'

export interface ParquetType {
  /** The SQL type that is read. */
  readonly cast: string
  /** The value that lies at an offset of COPY's binary format. */
  read(bytes: Buffer, at: number, length: number): unknown
  /** The writer chooses where absent. */
  readonly encoding?: 'PLAIN'
  /** The column's nodes of the schema, itself first. */
  schema(name: string): SchemaElement[]
}

type Leaf = Omit<SchemaElement, 'name' | 'repetition_type'>
type Scalar = Pick<ParquetType, 'cast' | 'read' | 'encoding'> & { readonly leaf: Leaf }

/** From 1970, where Parquet counts from, to 2000, where PostgreSQL does. */
const epochDays = 10_957
const epochMicros = 946_684_800_000_000n
const mostMicros = 2n ** 63n - 1n

const bool: Scalar = {
  cast: 'boolean',
  leaf: { type: 'BOOLEAN' },
  read: (bytes, at) => bytes[at] === 1,
}
const int64: Scalar = {
  cast: 'bigint',
  leaf: { type: 'INT64' },
  read: (bytes, at) => bytes.readBigInt64BE(at),
}
/** Never by the writer's dictionary, which takes -0 for 0. */
const float32: Scalar = {
  cast: 'real',
  encoding: 'PLAIN',
  leaf: { type: 'FLOAT' },
  read: (bytes, at) => bytes.readFloatBE(at),
}
const float64: Scalar = {
  cast: 'double precision',
  encoding: 'PLAIN',
  leaf: { type: 'DOUBLE' },
  read: (bytes, at) => bytes.readDoubleBE(at),
}
const text: Scalar = {
  cast: 'text',
  leaf: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  read: (bytes, at, length) => bytes.toString('utf8', at, at + length),
}
const date: Scalar = {
  cast: 'date',
  leaf: { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
  read: (bytes, at) => Math.min(bytes.readInt32BE(at) + epochDays, 2 ** 31 - 1),
}
const timestamptz: Scalar = {
  cast: 'timestamptz',
  leaf: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MICROS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
  },
  read: microseconds,
}
/** Of no zone: no converted type says so, only the logical one. */
const timestamp: Scalar = {
  cast: 'timestamp',
  leaf: { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' } },
  read: microseconds,
}

/** PostgreSQL's infinities are the ends of its range; here they are ±(2⁶³ - 1), which DuckDB reads as such. */
function microseconds(bytes: Buffer, at: number): bigint {
  const since1970 = bytes.readBigInt64BE(at) + epochMicros
  if (since1970 > mostMicros) return mostMicros
  return since1970 < epochMicros - mostMicros ? -mostMicros : since1970
}

/** OIDs of types and of their arrays; what is not listed is read as the text that PostgreSQL prints. */
const types = new Map<number, ParquetType>(
  (
    [
      [oid.bool, 1000, bool],
      [oid.int2, 1005, int64],
      [oid.int4, 1007, int64],
      [oid.int8, 1016, int64],
      [oid.float4, 1021, float32],
      [oid.float8, 1022, float64],
      // Models take numbers; whoever needs every digit casts to text.
      [oid.numeric, 1231, float64],
      [oid.text, 1009, text],
      [oid.varchar, 1015, text],
      [oid.bpchar, 1014, text],
      [oid.uuid, 2951, text],
      [oid.date, 1182, date],
      [oid.timestamp, 1115, timestamp],
      [oid.timestamptz, 1185, timestamptz],
    ] as const
  ).flatMap(([one, many, scalar]) => [
    [one, scalarType(scalar)],
    [many, listType(scalar)],
  ]),
)

export function parquetType(type: number): ParquetType {
  return types.get(type) ?? scalarType(text)
}

function scalarType({ leaf, ...scalar }: Scalar): ParquetType {
  return { ...scalar, schema: (name) => [{ ...leaf, name, repetition_type: 'OPTIONAL' }] }
}

function listType({ cast, leaf, read, ...scalar }: Scalar): ParquetType {
  return {
    ...scalar,
    cast: `${cast}[]`,
    read: (bytes, at) => readArray(bytes, at, read),
    schema: (name) => [
      { name, repetition_type: 'OPTIONAL', converted_type: 'LIST', logical_type: { type: 'LIST' }, num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { ...leaf, name: 'element', repetition_type: 'OPTIONAL' },
    ],
  }
}

function readArray(bytes: Buffer, at: number, read: Scalar['read']): unknown[] {
  const dimensions = bytes.readInt32BE(at)
  if (dimensions === 0) return []
  if (dimensions > 1)
    throw new FstoreError('OUTPUT_FAILED', `An array has ${dimensions} dimensions; in Parquet a list has one.`, {
      fix: 'Export as JSON lines, or flatten it in its SQL.',
    })
  const values: unknown[] = new Array(bytes.readInt32BE(at + 12))
  let place = at + 20
  for (let i = 0; i < values.length; i++) {
    const length = bytes.readInt32BE(place)
    place += 4
    values[i] = length === -1 ? null : read(bytes, place, length)
    if (length > 0) place += length
  }
  return values
}
