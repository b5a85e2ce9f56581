/** Reads of history against the same reads done by hand, over random histories of two tenants. */
import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { fromMicroseconds } from '../../src/config/instant.js'
import { type AggregateRequest, aggregateRows } from '../../src/offline/aggregate.js'
import type { OfflineScope } from '../../src/offline/asked.js'
import { historyRows } from '../../src/offline/history.js'
import { rangeRows } from '../../src/offline/range.js'
import { readerAt } from '../../src/online/history.js'
import { resolveRequest } from '../../src/training/request.js'
import { pointInTimeRows } from '../../src/training/rows.js'
import { patience, rounds } from '../rounds.js'
import { describeEachDatabase } from '../servers/databases.js'
import { collect } from '../streams.js'
import {
  asked,
  compareKeys,
  currentRows,
  dateOf,
  instants,
  isWithin,
  keyOf,
  keysOf,
  Past,
  pasts,
  read,
  type Stored,
  same,
  spans,
  type Table,
  tables,
  tenants,
} from './past.js'

/** A feature as callers name it: `activity.n@1` is a version that is not live. */
const features = (Object.keys(tables) as Table[]).flatMap((table) =>
  tables[table].features.map((column) => {
    const [name = ''] = column.split(' ')
    const [group] = table.split('@')
    return { table, name, reference: `${group}.${name}${table === 'activity@1' ? '@1' : ''}` }
  }),
)
type Feature = (typeof features)[number]

const tenant = fc.constantFrom(...tenants)
const feature = fc.constantFrom(...features)
const featureAndKeys = feature.chain((one) =>
  fc.record({
    feature: fc.constant(one),
    tenant,
    span: spans,
    keys: fc.option(fc.array(fc.constantFrom(...keysOf(one.table)), { maxLength: 3 }), { nil: undefined }),
  }),
)

describeEachDatabase((given) => {
  let past: Past

  beforeAll(async () => {
    past = new Past(given)
    await past.build()
  })

  /** Writes each random history, and asks of it some random questions. */
  const questions = 8
  async function check<Q>(question: fc.Arbitrary<Q>, answer: (rows: Stored[], question: Q) => Promise<void>) {
    await fc.assert(
      fc.asyncProperty(pasts, fc.array(question, { minLength: questions, maxLength: questions }), async (rows, all) => {
        await past.write(rows)
        for (const one of all) await answer(rows, one)
      }),
      rounds(8),
    )
  }
  const eachTest = patience(8, 3_000)

  test(
    'history',
    async () => {
      const question = feature.chain((one) =>
        fc.record({
          feature: fc.constant(one),
          tenant,
          span: spans,
          key: fc.constantFrom(...keysOf(one.table)),
          limit: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
          all: fc.boolean(),
        }),
      )
      await check(question, async (rows, { feature: { table, name, reference }, tenant, span, key, limit, all }) => {
        const expected = rows
          .filter((row) => row.table === table && row.tenant === tenant && same(row.keys, key) && isWithin(row, span))
          .filter(({ superseded }) => all || superseded === null)
          .sort((a, b) => compare(b.at, a.at) || compare(b.created, a.created))
          .slice(0, limit)
          .map(({ at, created, superseded, values }) => ({
            value: read(name, values[name]),
            eventTimestamp: dateOf(at),
            eventTimestampText: fromMicroseconds(at),
            createdAt: dateOf(created),
            createdAtText: fromMicroseconds(created),
            supersededAt: superseded === null ? null : dateOf(superseded),
            supersededAtText: superseded === null ? null : fromMicroseconds(superseded),
          }))
        const request = { feature: reference, key: keyOf(table, key), ...asked(span), limit, all }
        expect(await collect(historyRows(past.scope(tenant), request))).toEqual(expected)
      })
    },
    eachTest,
  )

  test(
    'range',
    async () => {
      const question = fc.constantFrom('user', 'leg').chain((entity) => {
        const own = features.filter(({ table }) => (table === 'legs@1') === (entity === 'leg'))
        const keys = keysOf(entity === 'leg' ? 'legs@1' : 'money@1')
        return fc.record({
          entity: fc.constant(entity),
          tenant,
          span: spans,
          names: fc.uniqueArray(fc.constantFrom(...own), { minLength: 1 }),
          keys: fc.option(fc.array(fc.constantFrom(...keys), { maxLength: 3 }), { nil: undefined }),
        })
      })
      await check(question, async (rows, { entity, tenant, span, names, keys }) => {
        const request = {
          entity,
          ...asked(span),
          keys: keys?.map((key) => keyOf(names[0]?.table as Table, key)),
          features: names.map(({ reference }) => reference),
        }
        const found = await collect(rangeRows(past.scope(tenant), request))
        expect(found).toEqual(rangeByHand(rows, names, { tenant, keys, ...span }))
      })
    },
    eachTest,
  )

  test(
    'aggregate',
    async () => {
      const question = featureAndKeys.chain((one) =>
        fc.record({
          asked: fc.constant(one),
          aggregation: fc.constantFrom(...fitting(one.feature.name)),
          by: fc.constantFrom(undefined, 'hour', 'day', 'week', 'month'),
          perEntity: fc.boolean(),
        }),
      )
      await check(question, async (rows, { asked: { feature, tenant, span, keys }, ...how }) => {
        const { table, name, reference } = feature
        const request = { feature: reference, ...how, ...asked(span), keys: keys?.map((key) => keyOf(table, key)) }
        const found = await collect(aggregateRows(past.scope(tenant), request as AggregateRequest))
        const expected = aggregateByHand(currentRows(rows, { table, tenant, keys, ...span }), name, how as never)
        if (how.aggregation !== 'avg') return expect(found).toEqual(expected)
        // As exact as a double is, but for its last digit.
        expect(found).toEqual(
          expected.map((row) => ({ ...row, value: row.value === null ? null : expect.any(Number) })),
        )
        for (const [i, { value }] of found.entries()) {
          const by = Number(expected[i]?.value)
          if (value !== null) expect(Math.abs((value as number) - by)).toBeLessThanOrEqual(Math.abs(by) * 1e-15)
        }
      })
    },
    eachTest,
  )

  test(
    'features at an instant, which are those of a point-in-time join',
    async () => {
      const at = fc.constantFrom(
        ...instants.flatMap((one) => [one - 1n, one, one + 3_600_000_000n, one + 3_600_000_001n]),
      )
      const question = fc.record({ at, tenant, key: fc.constantFrom(...keysOf('money@1')) })
      const names = ['activity.n', 'money.n', 'activity.n@1', 'activity.big', 'activity.tags']
      await check(question, async (rows, { at, tenant, key: [user_id = ''] }) => {
        const scope = past.scope(tenant)
        const [found] = await readerAt(scope, fromMicroseconds(at)).readFeatures({
          entity: 'user',
          keys: [user_id],
          features: names,
        })
        const expected = names.map((reference) => {
          const { table, name } = features.find((one) => one.reference === reference) as Feature
          const newest = currentRows(rows, { table, tenant, keys: [[user_id]], end: at + 1n }).sort((a, b) =>
            compare(b.at, a.at),
          )[0]
          if (newest === undefined)
            return { value: null, status: 'NOT_FOUND', eventTimestamp: null, eventTimestampText: null, source: null }
          const isExpired = table !== 'money@1' && at - newest.at > 3_600_000_000n
          const value = isExpired ? null : read(name, newest.values[name])
          const status = isExpired ? 'EXPIRED' : value === null ? 'NULL_VALUE' : 'PRESENT'
          return {
            value,
            status,
            eventTimestamp: dateOf(newest.at),
            eventTimestampText: fromMicroseconds(newest.at),
            source: 'history',
          }
        })
        expect(Object.keys(found?.features ?? {})).toEqual(names)
        expect(Object.values(found?.features ?? {})).toEqual(expected)

        const spine = { rows: [{ user_id, event_timestamp: fromMicroseconds(at) }] }
        const live = names.filter((name) => !name.includes('@'))
        const [joined] = await collect(pointInTimeRows(await resolveRequest(scope, { spine, features: live })))
        expect(joined?.features).toEqual(Object.fromEntries(live.map((name) => [name, found?.values[name]])))
      })
    },
    eachTest,
  )

  test('without names, all features that are built', async () => {
    const at = instants[0] as bigint
    const row = { table: 'money@1', tenant: 'default', keys: ['a'], at, created: at, superseded: null } as const
    await past.write([{ ...row, values: { n: 1, spent: 'NaN' } }])
    expect(await collect(rangeRows(past.scope('default'), { entity: 'user' }))).toMatchObject([
      { features: { 'money.n': 1, 'money.spent': Number.NaN } },
    ])
    expect(await collect(rangeRows(past.scope('default'), { entity: 'user', features: [] }))).toEqual([])
    expect(await collect(rangeRows(past.scope('default'), { entity: 'user', keys: [] }))).toEqual([])
  })

  test('infinities and NaN are summed and compared as PostgreSQL does', async () => {
    const at = instants[0] as bigint
    const row = { table: 'money@1', tenant: 'default', at, created: at, superseded: null } as const
    const rows = ['-Infinity', 1, 'NaN'].map((spent, i) => ({ ...row, keys: [`${i}`], values: { n: null, spent } }))
    await past.write(rows)
    const of = async (aggregation: AggregateRequest['aggregation'], feature = 'spent') =>
      (await collect(aggregateRows(past.scope('default'), { feature, aggregation })))[0]?.value
    expect([await of('sum'), await of('min'), await of('max')]).toEqual([Number.NaN, -Infinity, Number.NaN])
    expect([await of('count'), await of('count', 'money.n'), await of('sum', 'money.n')]).toEqual([3, 0, null])
  })

  describe('refused', () => {
    const scope = (): OfflineScope => past.scope('default')
    const refused: Record<string, [() => AsyncIterable<unknown>, object]> = {
      'an unknown feature': [
        () => historyRows(scope(), { feature: 'money.spend', key: 'a' }),
        { code: 'NAME_UNKNOWN' },
      ],
      'a name two groups have': [() => historyRows(scope(), { feature: 'n', key: 'a' }), { code: 'NAME_AMBIGUOUS' }],
      'a group that is not built': [
        () => aggregateRows(scope(), { feature: 'unbuilt.x', aggregation: 'sum' }),
        { code: 'NOT_BUILT', message: 'Not built yet: unbuilt.x.' },
      ],
      'a version there is not': [() => historyRows(scope(), { feature: 'money.n@7', key: 'a' }), { code: 'NOT_BUILT' }],
      "another entity's feature": [
        () => rangeRows(scope(), { entity: 'user', features: ['legs.minutes'] }),
        { code: 'NAME_UNKNOWN' },
      ],
      'an unknown entity': [() => rangeRows(scope(), { entity: 'usr' }), { code: 'NAME_UNKNOWN' }],
      'half a key': [
        () => rangeRows(scope(), { entity: 'leg', keys: [{ origin: 'SFO' }] }),
        { code: 'KEY_INVALID', message: expect.stringContaining('"number"') },
      ],
      'a key of another type': [
        () => historyRows(scope(), { feature: 'minutes', key: { origin: 'SFO', number: '1.5' } }),
        { code: 'KEY_INVALID' },
      ],
      'a start without a zone': [
        () => rangeRows(scope(), { entity: 'user', start: '2026-03-01T00:00:00' }),
        { code: 'TIMESTAMP_INVALID' },
      ],
      'a Date that is none': [
        () => rangeRows(scope(), { entity: 'user', end: new Date('x') }),
        { code: 'TIMESTAMP_INVALID' },
      ],
      'a start that is the end': [
        () => rangeRows(scope(), { entity: 'user', start: '2026-03-01', end: new Date('2026-03-01') }),
        { code: 'RANGE_EMPTY' },
      ],
      'a limit of nothing': [() => historyRows(scope(), { feature: 'spent', key: 'a', limit: 0 }), { code: 'USAGE' }],
      'SQL for a limit': [
        () => historyRows(scope(), { feature: 'spent', key: 'a', limit: '1; SELECT' as never }),
        { code: 'USAGE' },
      ],
      'SQL for a bucket': [
        () => aggregateRows(scope(), { feature: 'spent', aggregation: 'sum', by: "day'" as never }),
        { code: 'USAGE', fix: 'One of: hour, day, week, month.' },
      ],
      'an unknown aggregation': [
        () => aggregateRows(scope(), { feature: 'spent', aggregation: 'median' as never }),
        { code: 'USAGE' },
      ],
      'the sum of texts': [
        () => aggregateRows(scope(), { feature: 'activity.label', aggregation: 'sum' }),
        { code: 'USAGE', message: 'There is no sum of activity.label.' },
      ],
      'the greatest of arrays': [
        () => aggregateRows(scope(), { feature: 'activity.tags', aggregation: 'max' }),
        { code: 'USAGE' },
      ],
    }
    test.each(Object.entries(refused))('%s', async (_, [ask, error]) => {
      await expect(collect(ask())).rejects.toMatchObject(error)
    })
  })
})

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function rangeByHand(
  rows: readonly Stored[],
  names: readonly Feature[],
  selected: Omit<Parameters<typeof currentRows>[1], 'table'>,
) {
  const found = new Map<string, { row: Stored; features: Record<string, unknown> }>()
  for (const { table, name, reference } of names)
    for (const row of currentRows(rows, { ...selected, table })) {
      const id = JSON.stringify([row.keys, `${row.at}`])
      const features = { ...found.get(id)?.features, [reference]: read(name, row.values[name]) }
      found.set(id, { row, features })
    }
  return [...found.values()]
    .sort((a, b) => compareKeys(a.row.keys, b.row.keys) || compare(a.row.at, b.row.at))
    .map(({ row, features }) => ({
      key: keyOf(row.table, row.keys),
      eventTimestamp: dateOf(row.at),
      eventTimestampText: fromMicroseconds(row.at),
      features,
    }))
}

function fitting(name: string): readonly AggregateRequest['aggregation'][] {
  if (name === 'tags') return ['count']
  if (name === 'ok') return ['count', 'sum', 'avg']
  return ['label', 'seen', 'exact'].includes(name) ? ['count', 'min', 'max'] : ['sum', 'avg', 'count', 'min', 'max']
}

type How = Required<Pick<AggregateRequest, 'aggregation' | 'perEntity'>> & Pick<AggregateRequest, 'by'>

function aggregateByHand(rows: readonly Stored[], name: string, { aggregation, by, perEntity }: How) {
  const groups = new Map<string, { bucket: Date | null; row: Stored | undefined; values: unknown[] }>()
  if (by === undefined && !perEntity) groups.set('', { bucket: null, row: undefined, values: [] })
  for (const row of rows) {
    const bucket = by === undefined ? null : bucketOf(dateOf(row.at), by)
    const id = by === undefined && !perEntity ? '' : JSON.stringify([bucket, perEntity ? row.keys : null])
    const group = groups.get(id) ?? { bucket, row, values: [] }
    groups.set(id, group)
    if (row.values[name] !== null) group.values.push(read(name, row.values[name]))
  }
  return [...groups.values()]
    .sort(
      (a, b) =>
        Number(a.bucket) - Number(b.bucket) || (perEntity ? compareKeys(a.row?.keys ?? [], b.row?.keys ?? []) : 0),
    )
    .map(({ bucket, row, values }) => ({
      bucket,
      key: perEntity && row !== undefined ? keyOf(row.table, row.keys) : null,
      value: reduce(values, name, aggregation),
    }))
}

/** Weeks begin on Monday. */
function bucketOf(date: Date, by: 'hour' | 'day' | 'week' | 'month'): Date {
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
  if (by === 'hour') return new Date(Date.UTC(year, month, day, date.getUTCHours()))
  if (by === 'day') return new Date(Date.UTC(year, month, day))
  if (by === 'week') return new Date(Date.UTC(year, month, day - ((date.getUTCDay() + 6) % 7)))
  return new Date(Date.UTC(year, month, 1))
}

function reduce(values: readonly unknown[], name: string, aggregation: AggregateRequest['aggregation']): unknown {
  if (aggregation === 'count') return values.length
  if (values.length === 0) return null
  if (aggregation === 'min' || aggregation === 'max') {
    const sorted = [...values].sort(compareValues)
    return aggregation === 'min' ? sorted[0] : sorted.at(-1)
  }
  if (['ratio', 'spent'].includes(name)) {
    const sum = (values as number[]).reduce((a, b) => a + b, 0)
    return aggregation === 'sum' ? sum : sum / values.length
  }
  const sum = values.reduce<bigint>((total, value) => total + BigInt(value as number | bigint | boolean), 0n)
  // Scaled, so that the division loses nothing a double could show.
  if (aggregation === 'avg') return Number((sum * 10n ** 20n) / BigInt(values.length)) / 1e20
  return name === 'big' || sum > BigInt(Number.MAX_SAFE_INTEGER) || sum < BigInt(Number.MIN_SAFE_INTEGER)
    ? sum
    : Number(sum)
}

function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string))
  return (a as bigint) < (b as bigint) ? -1 : (a as bigint) > (b as bigint) ? 1 : 0
}
