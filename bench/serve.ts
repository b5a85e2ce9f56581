/** Reads over HTTP, beside a route of the same kind of server that sends the same bytes and does nothing else. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { createFeatureStore } from '../src/index.js'
import { median } from './harness.js'
import { withDatabase } from './postgres.js'
import { withRedis } from './redis.js'
import type { BenchOptions } from './run.js'
import { config, names } from './serve/config.js'

const loader = fileURLToPath(new URL('./serve/load.mjs', import.meta.url))
const users = 2_000

interface Load {
  readonly rate: number
  readonly p50: number
  readonly p99: number
  readonly failed: number
}

export async function run({ scale, runs }: BenchOptions): Promise<void> {
  await withRedis((redis) =>
    withDatabase(async (url, db) => {
      Object.assign(process.env, { DATABASE_URL: url, REDIS_URL: redis })
      await build(db)
      const seconds = Math.max(0.5, 4 * scale)
      for (const tier of ['memory', 'redis'] as const) await benchTier(tier, { seconds, runs })
      await benchMemory(Math.max(5, 60 * scale))
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

async function benchTier(tier: 'memory' | 'redis', { seconds, runs }: { seconds: number; runs: number }) {
  const place = tier === 'memory' ? 'memory' : 'Redis, nothing kept in memory'
  console.log(`POST /v1/features, 10 features, from ${place}: requests/s, p50 and p99 in ms`)
  await withServer(tier, async ({ port, bare, tell }) => {
    for (const entities of [1, 100])
      for (const connections of [1, 32, 256]) {
        const bodies = bodiesOf(entities)
        await tell({ bytes: await ask(port, bodies[0] as string) })
        const sides: Record<string, Load[]> = { bare: [], fstore: [] }
        for (let turn = 0; turn < runs; turn++)
          for (const [name, to] of Object.entries({ bare, fstore: port })) {
            sides[name]?.push(await load({ port: to, bodies, connections, seconds }))
          }
        report({ entities, connections }, sides as { bare: Load[]; fstore: Load[] })
      }
  })
}

async function load(order: { port: number; bodies: string[]; connections: number; seconds: number }): Promise<Load> {
  const child = spawn(process.execPath, [loader], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify({ ...order, path: '/v1/features' }))
  return JSON.parse(await text(child.stdout))
}

function report(shape: { entities: number; connections: number }, sides: { bare: Load[]; fstore: Load[] }) {
  const failed = [...sides.bare, ...sides.fstore].reduce((sum, one) => sum + one.failed, 0)
  if (failed > 0) throw new Error(`${failed} requests failed`)
  const of = (side: readonly Load[], key: keyof Load) => median(side.map((one) => one[key]))
  const shown = (side: readonly Load[]) =>
    `${Math.round(of(side, 'rate')).toLocaleString('en-US').padStart(7)}/s ${ms(of(side, 'p50'))} ${ms(of(side, 'p99'))}`
  const ratio = of(sides.fstore, 'rate') / of(sides.bare, 'rate')
  console.log(
    `  ${String(shape.entities).padStart(4)} entities ${String(shape.connections).padStart(4)} connections` +
      `  bare ${shown(sides.bare)}  fstore ${shown(sides.fstore)}  ${ratio.toFixed(2)} × the rate`,
  )
}

/** What the server holds before, and after it has answered for so long. */
async function benchMemory(seconds: number): Promise<void> {
  await withServer('memory', async ({ port, tell }) => {
    const shown: string[] = []
    for (let quarter = 0; quarter < 4; quarter++) {
      await load({ port, bodies: bodiesOf(100), connections: 256, seconds: seconds / 4 })
      const { rss, heap } = await tell({})
      shown.push(`${Math.round(rss / 2 ** 20)} MB (heap ${Math.round(heap / 2 ** 20)})`)
    }
    console.log(`  memory under 256 connections × 100 entities, each quarter of ${seconds} s: ${shown.join(', ')}`)
  })
}

interface Running {
  readonly port: number
  readonly bare: number
  tell(message: { bytes?: string }): Promise<{ rss: number; heap: number }>
}

async function withServer(tier: string, work: (server: Running) => Promise<void>): Promise<void> {
  const options = {
    execArgv: ['--import', 'jiti/register', '--expose-gc'],
    stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
  }
  const child: ChildProcess = fork(
    fileURLToPath(new URL('./serve/child.ts', import.meta.url)),
    [tier],
    options as never,
  )
  const [{ port, bare }] = await once(child, 'message')
  const tell = async (message: object) => {
    const told = once(child, 'message')
    child.send(message)
    return (await told)[0]
  }
  try {
    await work({ port, bare, tell })
  } finally {
    child.send({ end: true })
    await once(child, 'exit')
  }
}

async function ask(port: number, body: string): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`http://127.0.0.1:${port}/v1/features`, { method: 'POST', headers, body })
  const text = await answer.text()
  if (answer.status !== 200 || !text.includes('PRESENT')) throw new Error(`The server answered ${text}`)
  return text
}

function ms(time: number): string {
  return time.toFixed(2).padStart(7)
}
