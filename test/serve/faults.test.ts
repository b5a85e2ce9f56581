/** What a client is told while a backend is away, or everything takes too long. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createServer, type ServerOptions } from '../../src/serve/index.js'
import { type OwnRedis, startOwnPostgres, startOwnRedis } from '../servers/own.js'
import { ask } from './ask.js'
import { type Served, serveDrivers } from './drivers.js'

let postgres: Awaited<ReturnType<typeof startOwnPostgres>>
let redis: OwnRedis
let served: Served
const logged: object[] = []

beforeAll(async () => {
  postgres = await startOwnPostgres()
  redis = await startOwnRedis()
  const note = (fields: object) => void logged.push(fields)
  const log = { info() {}, warn: note, error: note }
  served = await serveDrivers({ project: 'faults', database: postgres.url, redis: redis.url }, { log })
}, 120_000)
afterAll(async () => {
  await served?.close()
  await redis?.stop()
  await postgres?.stop()
})

const read = { entity: 'driver', keys: [1001], features: ['avg_daily_trips'] }

async function withServer<T>(options: ServerOptions, work: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(served.store, options)
  try {
    return await work((await server.listen({ port: 0 })).url)
  } finally {
    await server.close({ grace: 1_000 })
  }
}

test('an answer that takes too long is not waited for, and more at once than can be answered are sent away', async () => {
  const late = await withServer({ timeout: 1 }, (url) => ask(`${url}/v1/features`, { ...read, maxAge: '0s' }))
  expect(late).toMatchObject({ status: 504, body: { error: { code: 'TIMED_OUT' } } })
  await withServer({ maxInFlight: 0 }, async (url) => {
    const many = await ask(`${url}/v1/features`, read)
    expect(many).toMatchObject({ status: 503, body: { error: { code: 'OVERLOADED' } } })
    expect(many.headers.get('retry-after')).toBe('1')
    expect(await ask(`${url}/health`)).toMatchObject({ status: 200 })
  })
})

test('without Redis reads go on; without Postgres as far as Redis has them', async () => {
  const now = () => ask(`${served.url}/v1/features`, { ...read, maxAge: '0s' })
  const ready = () => ask(`${served.url}/ready`)
  await postgres.kill()
  expect(await ask(`${served.url}/v1/features`, read)).toMatchObject({ status: 200 })
  const gone = await now()
  expect(gone).toMatchObject({ status: 503, body: { error: { code: 'DATABASE_UNREACHABLE' } } })
  expect(gone.headers.get('retry-after')).toBe('1')
  expect(JSON.stringify([gone.body, logged])).not.toContain(new URL(postgres.url).password || 'postgres:')
  expect(await ready()).toMatchObject({ status: 503, body: { ready: false, database: 'unreachable', redis: 'ready' } })
  await postgres.restart()
  expect(await now()).toMatchObject({ status: 200 })

  await redis.kill()
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  const { status, body } = await ask(`${served.url}/v1/features`, read)
  expect([status, body.metadata.skipped[0].tier]).toEqual([200, 'redis'])
  expect(await ready()).toMatchObject({ status: 200, body: { ready: true, database: 'ready', redis: 'unreachable' } })
  const metrics = (await ask(`${served.url}/metrics`)).body
  expect(metrics).toMatch(/^fstore_tier_skipped_total\{tier="redis"\} [1-9]/m)
  expect(metrics).toContain('\nfstore_backend_ready{backend="redis"} 0\n')
  await redis.restart()
})
