/** Ten years of monthly partitions, and more exports at once than the lock table of a default server has room for. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { batch, createFeatureStore, defineConfig, entity, int64 } from '../../src/index.js'
import { sqlOf } from '../plan/trial.js'
import { asSuperuser } from '../servers/databases.js'
import { type StartedPostgres, startPostgres } from '../servers/postgres.mjs'

const groups = 5
const exports = 25
const users = 3
/** One window of ten years: each row's own timestamp says which month it is of. */
const [start, end, months] = ['2009-11-16', '2019-11-04', 120]

const source = `CREATE TABLE facts AS SELECT u::text AS user_id, m AS month,
    timestamptz '2009-12-01Z' + m * interval '1 month' AS at
  FROM generate_series(0, ${users - 1}) AS u, generate_series(0, ${months - 1}) AS m WHERE (u + m) % 7 <> 0`

const config = (url: string) =>
  defineConfig({
    project: 'partitions',
    groups: Array.from({ length: groups }, (_, g) =>
      batch(`g${g}`, {
        entity: entity('user', { user_id: 'string' }),
        ...{ start, end, every: '520w' },
        sql: sqlOf(`SELECT user_id, at AS event_timestamp, month * 10 + ${g} AS value FROM facts
          WHERE at >= :start_time AND at < :end_time`),
        features: { value: int64() },
      }),
    ),
    profiles: { default: { database: url } },
  })

/** A spine row in the middle of every month, and for each group its newest month until then. */
const expected = Array.from({ length: users * months }, (_, i) => {
  const [user, month] = [Math.floor(i / months), i % months]
  const at = new Date(Date.UTC(2009, 11 + month, 15)).toISOString()
  const newest = (user + month) % 7 === 0 ? month - 1 : month
  const values = Array.from({ length: groups }, (_, g) => (newest < 0 ? '' : newest * 10 + g))
  return { user_id: String(user), event_timestamp: at, values: values.join(',') }
})

let postgres: StartedPostgres
const stores: { close(): Promise<void> }[] = []
const open = () => {
  const store = createFeatureStore(config(postgres.url))
  stores.push(store)
  return store
}

beforeAll(async () => {
  postgres = await startPostgres({ fresh: true, settings: {} })
  await asSuperuser(postgres.url, source)
  const store = open()
  await store.migrate()
  await asSuperuser(postgres.url, 'GRANT SELECT ON facts TO fstore_app')
  expect(await store.build()).toMatchObject({ status: 'done' })
})
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()))
  await postgres?.stop()
})

test('the server is as it comes, and there are as many partitions as promised', async () => {
  const store = open()
  const { rows } = await store.query(`SELECT current_setting('max_locks_per_transaction') AS locks,
    current_setting('max_connections') AS connections, min(n) AS least
    FROM (SELECT count(*) AS n FROM pg_inherits GROUP BY inhparent) AS p`)
  expect(rows).toEqual([{ locks: '64', connections: '100', least: expect.any(Number) }])
  expect(rows[0]?.least).toBeGreaterThanOrEqual(months)
})

test('25 exports at once leave room for each other, and for everybody else', async () => {
  const rows = expected.map(({ user_id, event_timestamp }) => ({ user_id, event_timestamp }))
  const features = Array.from({ length: groups }, (_, g) => `g${g}.value`)
  const exportOne = async () => {
    let text = ''
    const options = { spine: { rows }, features, names: 'full', format: 'csv' } as const
    await open().exportPointInTime(options, (bytes) => {
      text += Buffer.from(bytes).toString()
    })
    return text.trimEnd().split('\n').slice(1)
  }
  const texts = await Promise.all(Array.from({ length: exports }, exportOne))
  const values = texts.map((lines) => lines.map((line) => line.split(',').slice(2).join(',')))
  for (const one of values) expect(one).toEqual(expected.map(({ values }) => values))
})
