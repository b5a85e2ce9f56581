/** History is cut by month, by year or not at all, and a window may reach over the edge. */

import { beforeAll, describe, expect, test } from '@jest/globals'
import { batch, entity } from '../../src/config/define.js'
import { int64 } from '../../src/config/feature.js'
import { schemasOf } from '../../src/offline/feature-table.js'
import { ensurePartitions, partitionsBetween } from '../../src/offline/partitions.js'
import { sqlOf, Trial } from '../plan/trial.js'
import { describeEachDatabase } from '../servers/databases.js'

const thing = entity('thing', { id: 'int64' })
const micro = (at: string) => BigInt(Date.parse(at)) * 1000n

describe('the partitions of a span', () => {
  test.each([
    ['month', '2023-12-31T23:59:59.999Z', '2024-02-29T00:00:00Z', ['2023_12', '2024_01', '2024_02']],
    ['month', '2024-03-01T00:00:00Z', '2024-03-01T00:00:00Z', ['2024_03']],
    ['month', '1969-12-31T23:00:00Z', '1970-01-01T00:00:00Z', ['1969_12', '1970_01']],
    ['year', '2023-12-31T23:59:59.999Z', '2025-01-01T00:00:00Z', ['2023', '2024', '2025']],
    ['none', '2023-12-31T23:59:59.999Z', '2025-01-01T00:00:00Z', []],
  ] as const)('by %s from %s to %s', (by, from, to, suffixes) => {
    const partitions = partitionsBetween(micro(from), micro(to), by)
    expect(partitions.map(({ suffix }) => suffix)).toEqual(suffixes)
    for (const [i, { from }] of partitions.entries()) if (i > 0) expect(from).toBe(partitions[i - 1]?.to)
  })

  test('a microsecond before midnight is in the month before', () => {
    const partitions = partitionsBetween(micro('2024-02-01') - 1n, micro('2024-02-01') - 1n, 'month')
    expect(partitions.map(({ suffix }) => suffix)).toEqual(['2024_01'])
  })
})

describeEachDatabase((given) => {
  let trial: Trial
  let n = 0

  beforeAll(async () => {
    trial = new Trial({ db: given.db })
    await trial.migrate()
    await trial.script(`CREATE TABLE events AS
      SELECT n AS id, timestamptz '2023-12-25Z' + n * interval '6 hours' AS at FROM generate_series(0, 400) AS n;
      GRANT SELECT ON events TO fstore_app`)
  })

  const partitions = async (group: string) => {
    const { table } = await trial.compiled(group)
    const sql = 'SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass ORDER BY 1'
    return (await trial.rows(sql, [table.history])).map(({ name }) =>
      name.replace(/^.*__[0-9a-f]{12}_?/, '').replace('"', ''),
    )
  }

  test.each([
    ['month', '7d', ['2023_12', '2024_01', '2024_02', '2024_03']],
    ['month', '1d', ['2023_12', '2024_01', '2024_02', '2024_03']],
    ['month', '5h', ['2023_12', '2024_01', '2024_02', '2024_03', '2024_04']],
    ['year', '1d', ['2023', '2024']],
    ['none', '7d', []],
  ] as const)(
    'by %s, windows of %s over edges of months and changes of clocks keep every row',
    async (partition, every, expected) => {
      const group = `own${n++}`
      const own = sqlOf(
        'SELECT id, at AS event_timestamp, 1 AS one FROM events WHERE at >= :start_time AND at < :end_time',
      )
      const span = { entity: thing, every, start: '2023-12-25', end: '2024-04-01T08:00:00Z', partition }
      await trial.declare(batch(group, { ...span, sql: own, features: { one: int64() } })).built()
      const [, first, last] = /^\{\["(.*)","(.*)"\)\}$/.exec(await trial.covered(group)) as unknown as string[]
      const [source] = await trial.rows('SELECT count(*) AS n FROM events WHERE at >= $1 AND at < $2', [first, last])
      expect((await trial.current(group)).length).toBe(source?.n)
      expect(await partitions(group)).toEqual(expected)
    },
  )

  test('a window that ends with the month stamps its rows into the next', async () => {
    const counted = sqlOf('SELECT 1 AS id, count(*) AS one FROM events WHERE at >= :start_time AND at < :end_time')
    const span = { entity: thing, start: '2024-02-28', end: '2024-03-02' }
    await trial.declare(batch('ends', { ...span, sql: counted, features: { one: int64() } })).built()
    const stamps = (await trial.current('ends')).map(({ event_timestamp }) => event_timestamp)
    expect(stamps).toEqual(['2024-02-29T00:00:00Z', '2024-03-01T00:00:00Z', '2024-03-02T00:00:00Z'])
    expect(await partitions('ends')).toEqual(['2024_02', '2024_03'])
    const { table } = await trial.compiled('ends')
    const [march] = await trial.rows(
      `SELECT count(*) AS n FROM ${table.history} WHERE tableoid::regclass::text ~ '2024_03'`,
    )
    expect(march?.n).toBe(2)
  })

  test('several that make the same partitions at once make each once', async () => {
    const span = { entity: thing, start: '2024-02-28', end: '2024-03-02' }
    const one = sqlOf('SELECT id, 1 AS one FROM events WHERE at < :start_time AND at >= :end_time')
    await trial.declare(batch('race', { ...span, sql: one, features: { one: int64() } })).built()
    const { table } = await trial.compiled('race')
    const wanted = partitionsBetween(micro('2030-01-01'), micro('2030-06-01'), 'month')
    const make = () => ensurePartitions({ db: given.db, table, schemas: schemasOf('fstore'), partitions: wanted })
    await Promise.all([make(), make(), make(), make()])
    expect((await partitions('race')).filter((name) => name.startsWith('2030'))).toHaveLength(6)
  })
})
