/** Statistics against what plain JavaScript makes of the same values. */
import { beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { array, batch, bool, entity, float64, int64, sql, string, timestamp } from '../../src/index.js'
import { duringOf, type ProfileRequest, profile } from '../../src/offline/profile.js'
import type { Bins, FeatureStatistics, StatisticValue } from '../../src/registry/statistics.js'
import { Trial } from '../plan/trial.js'
import { rounds } from '../rounds.js'
import { describeEachDatabase } from '../servers/databases.js'

const seen = batch('seen', {
  entity: entity('user', { user_id: 'string' }),
  start: '2026-01-01',
  end: '2026-01-02',
  partition: 'none',
  features: {
    f: float64(),
    i: int64({ as: 'bigint' }),
    s: string(),
    b: bool(),
    t: timestamp({ as: 'string' }),
    l: array('string'),
  },
  sql: sql`SELECT 'x' AS user_id, 1::float8 AS f, 1 AS i, 'x' AS s, true AS b, now() AS t, '{}'::text[] AS l WHERE false`,
})

interface Values {
  readonly f: number | null
  readonly i: bigint | null
  readonly s: string | null
  readonly b: boolean | null
  readonly t: string | null
  readonly l: readonly string[] | null
}

const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null, freq: 5 })
const few = fc.constantFrom(0, 1, 2.5, -3, Number.NaN, Infinity, -Infinity)
const float = fc.oneof(few, fc.double(), fc.integer({ min: -50, max: 50 }))
const instant = fc.integer({ min: 0, max: 4_000_000_000 }).map((s) => new Date(s * 1000).toISOString())
const row: fc.Arbitrary<Values> = fc.record({
  f: maybe(float),
  i: maybe(fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -3n, max: 40n }))),
  s: maybe(fc.oneof(fc.constantFrom('a', 'b', 'é"\\'), fc.string({ unit: 'grapheme', maxLength: 4 }).map(storable))),
  b: maybe(fc.boolean()),
  t: maybe(fc.oneof(fc.constantFrom('infinity', '2026-01-01T00:00:00.000001Z'), instant)),
  l: maybe(fc.constantFrom([], ['a'])),
})

/** PostgreSQL takes neither zero bytes nor halves of characters. */
function storable(text: string): string {
  return text.replaceAll(/\0|\p{Cs}/gu, '')
}

describeEachDatabase((given) => {
  let trial: Trial
  let request: ProfileRequest
  const during = duringOf([{ start: 0n, end: 10_000_000n }], false)

  beforeAll(async () => {
    trial = new Trial({ db: given.db }).declare(seen)
    await trial.built()
    const { definition } = await trial.compiled('seen')
    const { entity, features } = definition.snapshot
    const version = { group: 'seen', fingerprint: definition.fingerprint, keys: entity.keys, features }
    request = { db: given.db, schema: 'fstore', tenant: 'default', version, during }
  })

  async function fill(values: readonly Values[], tenant = 'default'): Promise<void> {
    const { table } = await trial.compiled('seen')
    await given.db.transaction({ role: 'app', tenant }, async (tx) => {
      await tx.query(`DELETE FROM ${table.history} WHERE tenant_id = $1`, [tenant])
      const rows = values.map(({ i, f, ...rest }, n) => ({
        ...rest,
        i: i?.toString(),
        f: f?.toString(),
        user_id: `u${n}`,
      }))
      await tx.query(
        `INSERT INTO ${table.history} (tenant_id, user_id, event_timestamp, created_at, f, i, s, b, t, l)
         SELECT $1, user_id, '1970-01-01T00:00:05Z', now(), f, i, s, b, t, l FROM jsonb_to_recordset($2)
           AS r (user_id text, f float8, i bigint, s text, b bool, t timestamptz, l text[])`,
        [tenant, JSON.stringify(rows)],
      )
    })
  }

  test('are those of the values', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 60 }), async (values) => {
        await fill(values)
        const { rows, sampleRows, features } = await profile(request)
        expect([rows, sampleRows]).toEqual([values.length, values.length])
        const [f, i, s, b, t, l] = features as Six
        const of = <K extends keyof Values>(name: K) => values.map((one) => one[name])
        agree(f, expected(of('f'), { usable: (x) => Number.isFinite(x), show: (x) => x + 0, number: (x) => x }))
        agree(i, expected(of('i'), { usable: () => true, show: shownInteger, number: Number }))
        agree(
          t,
          expected(of('t'), { usable: (x) => x !== 'infinity', show: shownInstant, order: (x) => Date.parse(x) }),
        )
        agree(b, expected(of('b'), { usable: () => true, show: String, mean: Number }))
        agree(s, expected(of('s'), { usable: () => true, show: (x) => x, shared: true }))
        expect(l).toMatchObject({
          rows: values.length,
          nulls: of('l').filter((x) => x === null).length,
          distinct: null,
        })
      }),
      rounds(25),
    )
  })

  test('of later rows count into the bins of earlier ones, values never seen before into the last', async () => {
    await fill(Array.from({ length: 100 }, (_, n) => ({ ...none, f: n, i: BigInt(n % 3), s: `${n % 2}` })))
    const before = await profile(request)
    const made = before.features.flatMap(({ feature, bins }) => (bins === null ? [] : [[feature, bins] as const]))
    expect(made.map(([feature, { counts }]) => [feature, counts.length])).toEqual([
      ['f', 20],
      ['i', 4],
      ['s', 3],
    ])
    await fill([-5, 4, 4.5, 99, 1000, Number.NaN].map((f, n) => ({ ...none, f, i: BigInt(n), s: n > 3 ? 'new' : '1' })))
    const { features } = await profile({ ...request, bins: new Map(made) })
    const counts = features.map(({ bins }) => bins?.counts)
    // Up to 4, up to 9, and beyond 94; NaN is in none.
    expect(counts[0]).toEqual([2, 1, ...Array.from({ length: 17 }, () => 0), 2])
    expect(counts[1]).toEqual([1, 1, 1, 3])
    expect(counts[2]).toEqual([0, 4, 2])
  })

  test('of many features are those that each has alone', async () => {
    await fill(Array.from({ length: 50 }, (_, n) => ({ ...none, f: n % 7, i: BigInt(n), s: `${n % 5}`, b: n % 2 > 0 })))
    const { version } = request
    const sevenfold = <T>(list: readonly T[]) => Array.from({ length: 7 }, () => list).flat()
    const alone = await profile(request)
    const wide = await profile({ ...request, version: { ...version, features: sevenfold(version.features) } })
    expect(wide).toEqual({ ...alone, features: sevenfold(alone.features) })
  })

  test('keep no words that one entity alone has, and see no other tenant', async () => {
    const text = (s: string) => ({ ...none, s })
    await fill(['shared', 'shared', 'own words'].map(text))
    await fill([text('theirs')], 'other')
    const { rows, features } = await profile(request)
    expect(rows).toBe(3)
    expect(features[2]).toMatchObject({ distinct: 2, top: [{ value: 'shared', count: 2 }] })
    expect(JSON.stringify(features)).not.toContain('own words')
    await fill([], 'other')
  })

  test('of many rows are those of a sample, and say so', async () => {
    await fill(Array.from({ length: 4_000 }, (_, n) => ({ ...none, f: n % 400, i: BigInt(n) })))
    const { rows, sampleRows, features } = await profile({ ...request, most: 1_000 })
    const [f, i] = features as Six
    expect(rows).toBe(4_000)
    expect(Math.abs(sampleRows - 1_000)).toBeLessThan(200)
    expect(Math.abs((f.mean as number) - 199.5)).toBeLessThan(30)
    expect(Math.abs((f.distinct as number) - 400)).toBeLessThan(60)
    expect(i.distinct).toBe(4_000)
  })
})

const none: Values = { f: null, i: null, s: null, b: null, t: null, l: null }

type Six = [
  FeatureStatistics,
  FeatureStatistics,
  FeatureStatistics,
  FeatureStatistics,
  FeatureStatistics,
  FeatureStatistics,
]

const shownInteger = (x: bigint) => (Number.isSafeInteger(Number(x)) ? Number(x) : x.toString())
const shownInstant = (x: string) => (x.endsWith('1Z') ? x : x.replace('.000Z', 'Z'))

interface Terms<T> {
  usable(value: T): boolean
  show(value: T): StatisticValue
  /** Of what has both an order and a mean. */
  number?(value: T): number
  order?(value: T): number
  mean?(value: T): number
  /** Only values that two rows have are named. */
  shared?: boolean
}

function expected<T>(all: readonly (T | null)[], { usable, show, number, order, mean, shared }: Terms<T>) {
  const present = all.filter((value) => value !== null)
  const values = present.filter(usable)
  const compare = (a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0)
  const sorted = values.toSorted((a, b) => (order ? order(a) - order(b) || compare(a, b) : compare(a, b)))
  const quantile = (share: number) => show(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as T)
  const isOrdered = (number ?? order) !== undefined && values.length > 0
  const shares = [0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1]
  const counts = new Map<StatisticValue, number>()
  for (const value of sorted) counts.set(show(value), (counts.get(show(value)) ?? 0) + 1)
  const named = [...counts].filter(([, count]) => !shared || count > 1).toSorted(([, a], [, b]) => b - a)
  return {
    rows: all.length,
    nulls: all.length - present.length,
    nan: present.filter((value) => Number.isNaN(value)).length,
    infinite: present.filter((value) => !Number.isNaN(value) && !usable(value)).length,
    ...moments((number ?? mean) ? values.map((number ?? mean) as (value: T) => number) : []),
    min: isOrdered ? quantile(0) : null,
    max: isOrdered ? quantile(1) : null,
    quantiles: isOrdered ? shares.map((share) => [share, quantile(share)]) : [],
    distinct: counts.size,
    named,
    isNamed: !isOrdered || counts.size <= 20,
    bins: isOrdered && counts.size > 20 ? edges(sorted.map(show), quantile) : undefined,
  }
}

/** Two passes. */
function moments(values: readonly number[]): { mean: number | null; stddev: number | null } {
  if (values.length === 0 || values.some((value) => Math.abs(value) >= 1e140)) return { mean: null, stddev: null }
  const mean = values.reduce((sum, value) => sum + value / values.length, 0)
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, stddev: values.length === 1 ? null : Math.sqrt(squares / (values.length - 1)) }
}

/** Every 5 %, a bin up to its upper edge. */
function edges(sorted: readonly StatisticValue[], quantile: (share: number) => StatisticValue): Bins {
  const parted = [...new Set(Array.from({ length: 19 }, (_, i) => quantile((i + 1) / 20)))]
  const counts = Array.from({ length: parted.length + 1 }, () => 0)
  for (const value of sorted) {
    const place = parted.findIndex((edge) => sorted.indexOf(value) <= sorted.indexOf(edge))
    const bin = place === -1 ? parted.length : place
    counts[bin] = (counts[bin] as number) + 1
  }
  return { kind: 'edges', edges: parted, counts }
}

function agree(
  found: FeatureStatistics,
  { mean, stddev, named, isNamed, bins, ...exact }: ReturnType<typeof expected>,
): void {
  expect(found).toMatchObject(exact)
  near(found.mean, mean, found)
  near(found.stddev, stddev, found)
  const shown = isNamed ? named.slice(0, 20) : []
  expect(found.top.map(({ count }) => count)).toEqual(shown.map(([, count]) => count))
  for (const { value, count } of found.top) expect(named).toContainEqual([value, count])
  if (bins !== undefined) expect(found.bins).toEqual(bins)
  const usable = found.rows - found.nulls - found.nan - found.infinite
  if (found.bins !== null) expect(found.bins.counts.reduce((sum, count) => sum + count, 0)).toBe(usable)
}

/** As far as rounding goes, measured by the largest value. */
function near(found: number | null, wanted: number | null, { min, max }: FeatureStatistics): void {
  if (wanted === null || found === null) {
    expect(found).toBe(wanted)
    return
  }
  // Of smaller numbers the squares are no longer exact.
  const largest = Math.max(1e-140, Math.abs(Number(min ?? 1)), Math.abs(Number(max ?? 1)))
  expect(Math.abs(found - wanted) / largest).toBeLessThan(1e-7)
}
