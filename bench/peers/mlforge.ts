/** mlforge with its default engine, DuckDB, on files and Redis, on the same rows as fstore and in the same run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFeatureStore } from '../../src/index.js'
import { type Bench, count } from '../harness.js'
import { withDatabase } from '../postgres.js'
import { withRedis } from '../redis.js'
import { clocked, comparisonTable, inTurns, seconds } from './comparison.js'
import { config, copyFacts, createFacts, forget, names } from './facts.js'
import { compareHttp } from './mlforge/http.js'
import { compareJoins } from './mlforge/joins.js'
import { sidesOf } from './mlforge/reads.js'
import { compareStarts } from './mlforge/starts.js'
import { type Peer, startPeer } from './python.js'
import { compareRead, compareReads } from './reads.js'
import { type Venv, venv } from './venv.js'

/** What the parts of this benchmark work on. */
export interface Given {
  readonly bench: Bench
  readonly mlforge: Peer
  readonly venv: Venv
  readonly store: ReturnType<typeof openStore>
  readonly users: number
  /** With mlforge's definitions, and a project of fstore's command line. */
  readonly folder: string
}

export async function run(bench: Bench): Promise<void> {
  const python = await venv('mlforge')
  await withRedis((redisUrl, redis) =>
    withDatabase(async (url, client) => {
      Object.assign(process.env, { DATABASE_URL: url, REDIS_URL: redisUrl })
      const users = Math.max(1_000, Math.round(100_000 * bench.scale))
      const folder = mkdtempSync(join(tmpdir(), 'fstore-mlforge-'))
      const mlforge = await startPeer({ python: python.python, script: 'mlforge_peer.py', cwd: folder })
      const store = openStore()
      try {
        await createFacts(client, users)
        await store.migrate()
        await client.query('GRANT SELECT ON source_facts TO fstore_app')
        const [csv, source] = [join(folder, 'facts.csv'), join(folder, 'facts.parquet')]
        await copyFacts(client, csv)
        await mlforge.ask('csv_to_parquet', { csv, parquet: source })
        const { host } = new URL(redisUrl)
        await mlforge.ask('setup', { folder, views: [{ name: 'facts', source, features: names }], redis: host })
        writeDefinitions(folder, source, host)
        const given = { bench, mlforge, venv: python, store, users, folder }
        const sides = (online: boolean) => ({
          async ours() {
            await redis.flushdb()
            await forget(client)
            return clocked(async () => {
              const { status } = await store.build({ online })
              if (status !== 'done') throw new Error(`The build ended ${status}`)
            })
          },
          async theirs() {
            await redis.flushdb()
            return mlforge.ask<number>('build', { online })
          },
        })
        const built = await inTurns(sides(false), { runs: bench.runs })
        const served = await inTurns(sides(true), { runs: bench.runs })
        const sent = await inTurns(
          {
            async ours() {
              await redis.flushdb()
              return clocked(async () => store.sync({ groups: ['facts'] }))
            },
            theirs: sides(true).theirs,
          },
          { runs: bench.runs },
        )
        await store.sync({ groups: ['facts'] })
        const same = await compareRead(given.users, sidesOf(given))
        const rows = [
          { what: 'source → offline store', ...seconds(built), ...same },
          { what: 'offline store → Redis', ...seconds(sent), ...same },
          { what: 'source → offline store and Redis', ...seconds(served), ...same },
        ]
        bench.keep(
          comparisonTable(`Builds: ${count(users)} users × 10 features, 3 days of rows; seconds`, 'mlforge', rows, [
            'mlforge copies one Parquet file into another: no history of corrections, no index to read one user by, no transaction. fstore writes every row, with its index, to history and to latest, and all is on disk when it ends.',
            'mlforge’s way to Redis starts from the source each time; it stands in both rows.',
          ]),
        )
        await compareReads('mlforge', given, sidesOf(given))
        await compareHttp(given)
        await compareStarts(given)
      } finally {
        await mlforge.end()
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

/** For mlforge's command line and server. */
function writeDefinitions(folder: string, source: string, redis: string): void {
  const [host, port] = redis.split(':')
  writeFileSync(
    join(folder, 'definitions.py'),
    `import mlforge as mlf

@mlf.feature(keys=["user_id"], source="${source}", timestamp="event_timestamp")
def facts(df):
    return df.select(["user_id", "event_timestamp", ${names.map((name) => `"${name}"`).join(', ')}])

defs = mlf.Definitions(
    name="bench",
    features=[facts],
    offline_store=mlf.LocalStore("${folder}/mlforge_store"),
    online_store=mlf.RedisStore(host="${host}", port=${port}),
)
`,
  )
}
