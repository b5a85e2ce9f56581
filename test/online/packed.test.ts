/** A row as PostgreSQL packs it and JavaScript unpacks it, for values that JSON, Date and number cannot hold plainly. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { fromMicroseconds, toDate } from '../../src/config/instant.js'
import { identifier } from '../../src/db/sql.js'
import { type Packed, packSql } from '../../src/online/packed.js'
import type { FeatureSnapshot } from '../../src/registry/definition.js'
import { unpack } from '../../src/registry/value.js'
import { sqlType } from '../../src/transform/rules.js'
import { rounds } from '../rounds.js'
import { describeEachDatabase } from '../servers/databases.js'

const owner = { role: 'owner' } as const

/** A type of feature, and pairs of what is stored and what is read. */
interface Sample {
  readonly feature: Omit<FeatureSnapshot, 'name' | 'rules'>
  readonly pairs: fc.Arbitrary<readonly [stored: unknown, read: unknown]>
}

const same = <T>(values: fc.Arbitrary<T>) => values.map((value) => [value, value] as const)
const list = <T>(values: fc.Arbitrary<T>) => same(fc.array(fc.option(values), { maxLength: 5 }))
const micros = fc.oneof(
  fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n }),
  fc.constantFrom(-1n, 0n, 1n, -62_135_596_800_000_000n, 253_402_300_799_999_999n),
)
const text = fc.oneof(
  fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', '')),
  fc.constantFrom('', 'NaN', 'null', '"', '\\', "'", '\u2028', '🛫é\u0301', '{"a":1}', '2026-03-01T00:00:00+00:00'),
)
const double = fc.oneof(
  fc.double(),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 5e-324, Number.MAX_VALUE, 0.1 + 0.2),
)
const safe = fc.maxSafeInteger()

const samples: readonly Sample[] = [
  { feature: { dataType: 'int64' }, pairs: same(safe) },
  { feature: { dataType: 'int64', as: 'bigint' }, pairs: same(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })) },
  { feature: { dataType: 'float64' }, pairs: same(double) },
  { feature: { dataType: 'string' }, pairs: same(text) },
  { feature: { dataType: 'bool' }, pairs: same(fc.boolean()) },
  {
    feature: { dataType: 'timestamp' },
    pairs: micros.map(fromMicroseconds).map((instant) => [instant, toDate(instant)] as const),
  },
  { feature: { dataType: 'timestamp', as: 'string' }, pairs: same(micros.map(fromMicroseconds)) },
  { feature: { dataType: 'array', element: 'int64' }, pairs: list(safe) },
  { feature: { dataType: 'array', element: 'float64' }, pairs: list(double) },
  { feature: { dataType: 'array', element: 'string' }, pairs: list(text) },
  { feature: { dataType: 'array', element: 'bool' }, pairs: list(fc.boolean()) },
]

/** Features of every type, over and over; names that need quotes. */
function featuresOf(count: number): FeatureSnapshot[] {
  return Array.from({ length: count }, (_, i) => {
    const { feature } = samples[i % samples.length] as Sample
    return { ...feature, name: `f "${i}"`, rules: {} }
  })
}

describeEachDatabase((given) => {
  async function roundTrip(features: readonly FeatureSnapshot[], stored: readonly unknown[]): Promise<unknown[]> {
    const stamps = ['2026-03-01T08:00:00.123456Z', '2026-03-01T00:00:00Z']
    const columns = features.map(
      (feature, i) => `$${i + 3}::${sqlType(feature as Parameters<typeof sqlType>[0])} AS ${identifier(feature.name)}`,
    )
    const { rows } = await given.db.query<{ packed: string }>(
      owner,
      `SELECT ${packSql(features, 't')}::text AS packed FROM (SELECT
        $1::timestamptz AS written_at, $2::timestamptz AS event_timestamp, ${columns.join(', ')}) AS t`,
      [...stamps, ...stored],
    )
    const [writtenAt, eventTimestamp, ...values] = JSON.parse(rows[0]?.packed as string) as Packed
    expect([writtenAt, eventTimestamp]).toEqual(['2026-03-01T08:00:00.123456+00:00', '2026-03-01T00:00:00+00:00'])
    expect(values).toHaveLength(features.length)
    return features.map((feature, i) => unpack(feature, values[i]))
  }

  // 98 features and two stamps are as many as a function takes; a group may have more.
  test.each([11, 98, 99, 330])('of %d features', async (count) => {
    const features = featuresOf(count)
    const row = fc.tuple(
      ...features.map((_, i) =>
        fc.option((samples[i % samples.length] as Sample).pairs, { nil: [null, null] as const }),
      ),
    )
    await fc.assert(
      fc.asyncProperty(row, async (pairs) => {
        const read = await roundTrip(
          features,
          pairs.map(([stored]) => stored),
        )
        pairs.forEach(([, expected], i) => {
          expect(read[i]).toStrictEqual(expected)
        })
      }),
      rounds(count < 100 ? 60 : 20),
    )
  })

  test('a vector is a Float32Array', async () => {
    const feature = { name: 'v', dataType: 'embedding', dimension: 3, rules: {} } as const
    // The server of the tests may lack pgvector; its text is the same.
    const { rows } = await given.db.query<{ packed: string }>(
      owner,
      `SELECT ${packSql([feature], 't')}::text AS packed FROM (SELECT now() AS written_at, now() AS event_timestamp,
        '[0.1,-2,3e+10]' AS v) AS t`,
    )
    const [, , value] = JSON.parse(rows[0]?.packed as string) as Packed
    expect(unpack(feature, value)).toEqual(Float32Array.from([0.1, -2, 3e10]))
    // As an export has it.
    expect(unpack(feature, [0.1, -2, 3e10])).toEqual(Float32Array.from([0.1, -2, 3e10]))
  })
})

test('each unpacking makes new objects', () => {
  const value = [1, null]
  const feature = { name: 'a', dataType: 'array', element: 'int64', rules: {} } as const
  const [first, second] = [unpack(feature, value) as number[], unpack(feature, value)]
  first.push(9)
  expect(second).toEqual([1, null])
  expect(value).toEqual([1, null])
})
