/** Feast on PostgreSQL and Redis, on the same rows as fstore and in the same run. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import type pg from 'pg'
import { createFeatureStore } from '../../src/index.js'
import { type Bench, count } from '../harness.js'
import { withDatabase } from '../postgres.js'
import { withRedis } from '../redis.js'
import { type Comparison, clocked, comparisonTable, inTurns, seconds } from './comparison.js'
import { config, createFacts, forget, names, span } from './facts.js'
import { compareHttp } from './feast/http.js'
import { compareJoins } from './feast/joins.js'
import { sidesOf } from './feast/reads.js'
import { partsOf } from './feast/repository.js'
import { compareStarts } from './feast/starts.js'
import { type Peer, startPeer } from './python.js'
import { compareRead, compareReads } from './reads.js'
import { type Venv, venv } from './venv.js'

/** What the parts of this benchmark work on. */
export interface Given {
  readonly bench: Bench
  readonly feast: Peer
  readonly venv: Venv
  readonly store: ReturnType<typeof openStore>
  readonly client: pg.Client
  readonly redis: Redis
  readonly users: number
  /** Feast's repository, and a project of fstore's command line. */
  readonly folder: string
}

export async function run(bench: Bench): Promise<void> {
  const python = await venv('feast')
  await withRedis((redisUrl, redis) =>
    withDatabase(async (url, client) => {
      Object.assign(process.env, { DATABASE_URL: url, REDIS_URL: redisUrl })
      const users = Math.max(1_000, Math.round(100_000 * bench.scale))
      const folder = mkdtempSync(join(tmpdir(), 'fstore-feast-'))
      const feast = await startPeer({ python: python.python, script: 'feast_peer.py', cwd: folder })
      const store = openStore()
      try {
        await createFacts(client, users)
        await store.migrate()
        await client.query('GRANT SELECT ON source_facts TO fstore_app')
        const views = [{ name: 'facts', source: 'source_facts', features: names }]
        const to = new URL(redisUrl)
        await feast.ask('setup', { folder, views, postgres: partsOf(url), redis: `${to.hostname}:${to.port}` })
        const given = { bench, feast, venv: python, store, client, redis, users, folder }
        await compareMaterialization(given)
        await compareReads('Feast', given, sidesOf(given))
        await compareHttp(given)
        await compareStarts(given)
      } finally {
        await feast.end()
        await store.close()
        rmSync(folder, { recursive: true, force: true })
      }
    }),
  )
  await compareJoins(bench, python)
}

function openStore() {
  return createFeatureStore(config, { root: tmpdir(), cache: { max: 0 }, redisTimeout: 10_000 })
}

async function compareMaterialization(given: Given): Promise<void> {
  const { bench, feast, store, client, redis, users } = given
  const { runs } = bench
  const theirs = async () => {
    await redis.flushdb()
    return feast.ask<number>('materialize', {
      start: `${span.start}T00:00:00+00:00`,
      end: `${span.end}T00:00:00+00:00`,
    })
  }
  const fromSource = await inTurns(
    {
      async ours() {
        await redis.flushdb()
        await forget(client)
        return clocked(async () => {
          const { status } = await store.build({ online: true })
          if (status !== 'done') throw new Error(`The build ended ${status}`)
        })
      },
      theirs,
    },
    { runs },
  )
  const fromStore = await inTurns(
    {
      async ours() {
        await redis.flushdb()
        return clocked(async () => store.sync({ groups: ['facts'] }))
      },
      theirs,
    },
    { runs },
  )
  // Feast's values went when Redis was emptied for ours, or ours for Feast's.
  await store.sync({ groups: ['facts'] })
  const same = await compareRead(given.users, sidesOf(given))
  const rows: Comparison[] = [
    { what: 'offline → online', ...seconds(fromStore), ...same },
    { what: 'source → history, latest and online', ...seconds(fromSource), ...same },
  ]
  bench.keep(
    comparisonTable(`Into Redis: ${count(users)} users × 10 features, 3 days of rows; seconds`, 'Feast', rows, [
      'Feast reads its offline store, here the source table itself, and keeps no history. The second row has fstore compute and write its history too, which Feast has no step for.',
    ]),
  )
}
