/** Reads over HTTP, beside a route of the same kind of server that sends the same bytes and does nothing else. */
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { createFeatureStore } from '../src/index.js'
import { type Bench, count } from './harness.js'
import { withDatabase } from './postgres.js'
import { withRedis } from './redis.js'
import { config, names } from './serve/config.js'
import { type Load, load, warmUp, withServer } from './serve/servers.js'
import { median, spread } from './spread.js'
import type { Cell } from './table.js'

const configFile = fileURLToPath(new URL('./serve/config.js', import.meta.url))
const path = '/v1/features'
const users = 2_000

export async function run({ scale, runs, smoke, keep }: Bench): Promise<void> {
  await withRedis((redis) =>
    withDatabase(async (url, db) => {
      Object.assign(process.env, { DATABASE_URL: url, REDIS_URL: redis })
      await build(db)
      const seconds = Math.max(0.2, 4 * scale)
      const warming = smoke ? 0 : 5 * seconds
      const rows = []
      for (const tier of ['memory', 'redis'] as const) rows.push(...(await benchTier(tier, { seconds, warming, runs })))
      keep({
        title: `POST ${path}, 10 features, against a route that sends the same bytes`,
        rows,
        notes: ['The client, a process of its own on plain sockets, shares the cores. Both sides are warm.'],
      })
      keep(await benchFirst({ runs, smoke }))
      keep(await benchMemory(Math.max(1, 60 * scale)))
    }),
  )
}

async function build(db: pg.Client): Promise<void> {
  await db.query(`CREATE TABLE users AS SELECT 'user_' || n AS user_id, n FROM generate_series(0, ${users - 1}) AS n`)
  const store = createFeatureStore(config, { root: tmpdir() })
  try {
    await store.migrate()
    await db.query('GRANT SELECT ON users TO fstore_app')
    const { status } = await store.build({ online: true })
    if (status !== 'done') throw new Error(`The build ended ${status}`)
  } finally {
    await store.close()
  }
}

/** Of a read of so many users, several that ask for others. */
function bodiesOf(entities: number): string[] {
  return Array.from({ length: Math.ceil(users / entities) }, (_, i) => {
    const keys = Array.from({ length: entities }, (_, k) => `user_${(i * entities + k) % users}`)
    return JSON.stringify({ entity: 'user', keys, features: names.map((name) => `g.${name}`) })
  })
}

async function benchTier(
  tier: 'memory' | 'redis',
  { seconds, warming, runs }: { seconds: number; warming: number; runs: number },
) {
  const rows: Record<string, Cell>[] = []
  await withServer(tier, configFile, async ({ port, bare, tell }) => {
    for (const entities of [1, 100]) {
      const bodies = bodiesOf(entities)
      await tell({ bytes: await ask(port, bodies[0] as string) })
      const orders = [bare, port].map((port) => ({ port, path, bodies }))
      await warmUp(orders, warming)
    }
    for (const entities of [1, 100])
      for (const connections of [1, 32, 256]) {
        const bodies = bodiesOf(entities)
        await tell({ bytes: await ask(port, bodies[0] as string) })
        const sides = { bare: [] as Load[], fstore: [] as Load[] }
        for (let turn = 0; turn < runs; turn++) {
          sides.bare.push(await load({ port: bare, path, bodies, connections, seconds }))
          sides.fstore.push(await load({ port, path, bodies, connections, seconds }))
        }
        rows.push({ from: tier, entities, connections, ...figures(sides) })
      }
  })
  return rows
}

function figures({ bare, fstore }: { bare: Load[]; fstore: Load[] }): Record<string, Cell> {
  const failed = [...bare, ...fstore].reduce((sum, one) => sum + one.failed, 0)
  if (failed > 0) throw new Error(`${failed} requests failed`)
  const of = (side: readonly Load[], key: 'rate' | 'p50' | 'p99') => spread(side.map((one) => one[key]))
  return {
    'bare, requests/s': median(bare.map(({ rate }) => rate)),
    'fstore, requests/s': of(fstore, 'rate'),
    'share of the rate': median(fstore.map(({ rate }) => rate)) / median(bare.map(({ rate }) => rate)),
    'bare, p50 ms': median(bare.map(({ p50 }) => p50)),
    'p50, ms': of(fstore, 'p50'),
    'bare, p99 ms': median(bare.map(({ p99 }) => p99)),
    'p99, ms': of(fstore, 'p99'),
  }
}

/** The first answers of servers that nobody asked before: Node compiles what they run while they are asked. */
async function benchFirst({ runs, smoke }: Pick<Bench, 'runs' | 'smoke'>) {
  const until = smoke ? [5, 10] : [250, 1_000, 4_000, 10_000]
  const bodies = bodiesOf(1)
  const sides = { bare: [] as Load[], port: [] as Load[] }
  await withServer('redis', configFile, async (known) => {
    const bytes = await ask(known.port, bodies[0] as string)
    await known.tell({ bytes })
    const order = { path, bodies, connections: 1, seconds: 60, practiseOn: known.bare, until }
    for (let turn = 0; turn < runs; turn++)
      for (const side of ['bare', 'port'] as const)
        await withServer('redis', configFile, async (fresh) => {
          await fresh.tell({ bytes })
          sides[side].push(await load({ ...order, port: fresh[side] }))
        })
  })
  const rows = until.map((end, i) => {
    const of = (side: 'bare' | 'port', key: 'p50' | 'p99') =>
      spread(sides[side].map(({ parts }) => parts[i]?.[key] ?? 0))
    return {
      answers: `${count((until[i - 1] ?? 0) + 1)}–${count(end)}`,
      'bare, p50 ms': of('bare', 'p50'),
      'p50, ms': of('port', 'p50'),
      'bare, p99 ms': of('bare', 'p99'),
      'p99, ms': of('port', 'p99'),
    }
  })
  return { title: 'The first answers of a fresh server: one connection, one entity from Redis', rows }
}

/** What the server holds after it has answered for so long. */
async function benchMemory(seconds: number) {
  const rows: Record<string, Cell>[] = []
  await withServer('memory', configFile, async ({ port, tell }) => {
    for (let quarter = 1; quarter <= 4; quarter++) {
      await load({ port, path, bodies: bodiesOf(100), connections: 256, seconds: seconds / 4 })
      const { rss, heap } = await tell({})
      rows.push({ 'after, s': (seconds / 4) * quarter, 'RSS, MiB': rss / 2 ** 20, 'heap, MiB': heap / 2 ** 20 })
    }
  })
  return { title: 'Memory of the server under 256 connections × 100 entities', rows }
}

async function ask(port: number, body: string): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body })
  const text = await answer.text()
  if (answer.status !== 200 || !text.includes('PRESENT')) throw new Error(`The server answered ${text}`)
  return text
}
