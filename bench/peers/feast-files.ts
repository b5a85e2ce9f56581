/** Both as they come, with no server: Feast on Parquet files and SQLite, fstore on PGlite. */
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFeatureStore } from '../../src/index.js'
import { writeWhole } from '../../src/training/output-file.js'
import { type Bench, count } from '../harness.js'
import { clocked, comparisonTable, inTurns, seconds } from './comparison.js'
import { config, factsSql, forgetting, names, span } from './facts.js'
import { agreement, type Difference } from './joins.js'
import { type Peer, startPeer } from './python.js'
import { compareRead, type ReadSides, readRows } from './reads.js'
import { venv } from './venv.js'

const features = names.map((name) => `facts:${name}`)
const own = names.map((name) => `facts.${name}` as const)

interface Given {
  readonly bench: Bench
  readonly feast: Peer
  readonly store: Store
  readonly users: number
  readonly folder: string
}

type Store = ReturnType<typeof createFeatureStore<typeof config>>

export async function run(bench: Bench): Promise<void> {
  const { python } = await venv('feast')
  const users = Math.max(500, Math.round(20_000 * bench.scale))
  const folder = mkdtempSync(join(tmpdir(), 'fstore-feast-files-'))
  for (const name of ['DATABASE_URL', 'REDIS_URL']) delete process.env[name]
  const feast = await startPeer({ python, script: 'feast_peer.py', cwd: folder })
  const store = createFeatureStore(config, { root: folder, cache: { max: 0 } })
  try {
    await store.migrate()
    for (const statement of factsSql(users)) await store.query(statement)
    await store.query('ANALYZE source_facts')
    const source = join(folder, 'facts.parquet')
    await writeFacts(store, join(folder, 'facts.csv'))
    await feast.ask('csv_to_parquet', { csv: join(folder, 'facts.csv'), parquet: source })
    await feast.ask('setup', { folder, views: [{ name: 'facts', source, features: names }] })
    const given = { bench, feast, store, users, folder }
    await compareBuild(given)
    const rows = await readRows(bench, users, sidesOf(given))
    const note = 'fstore reads PGlite with nothing kept in memory; as it comes, it keeps rows for some seconds.'
    bench.keep(comparisonTable('Reads of 10 features; milliseconds', 'Feast', rows, [note]))
    await compareJoin(given)
  } finally {
    await feast.end()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function sidesOf({ feast, store }: Given): ReadSides {
  return {
    ours: (keys) => store.getMany({ entity: 'user', keys, features: own }),
    theirs: (asked) => feast.ask('read', { features, asked }),
    theirValues: (asked) => feast.ask('values', { features, users: asked }),
  }
}

async function compareBuild(given: Given): Promise<void> {
  const { bench, feast, store, users } = given
  const instant = (day: string) => `${day}T00:00:00+00:00`
  const times = await inTurns(
    {
      async ours() {
        for (const statement of forgetting) await store.query(statement)
        return clocked(async () => {
          const { status } = await store.build()
          if (status !== 'done') throw new Error(`The build ended ${status}`)
        })
      },
      theirs: () => feast.ask('materialize', { start: instant(span.start), end: instant(span.end) }),
    },
    { runs: bench.runs },
  )
  const same = await compareRead(users, sidesOf(given))
  const rows = [{ what: 'source → what reads are answered from', ...seconds(times), ...same }]
  bench.keep(
    comparisonTable(`Build: ${count(users)} users × 10 features, 3 days of rows; seconds`, 'Feast', rows, [
      'fstore writes its history, too; Feast’s history is the file it reads.',
    ]),
  )
}

async function compareJoin({ bench, feast, store, users, folder }: Given): Promise<void> {
  const rows = users
  const file = (name: string) => join(folder, name)
  const [spine, ours, theirs] = [file('spine.csv'), file('ours.csv'), file('theirs.parquet')]
  const lines = Array.from({ length: rows }, (_, i) => {
    const at = new Date(Date.UTC(2026, 0, 1) + ((i * 7_919) % (4 * 86_400)) * 1_000)
    return `user_${(i * 104_729) % users},${at.toISOString()},${i}`
  })
  writeFileSync(spine, `${['user_id,event_timestamp,row', ...lines].join('\n')}\n`)
  await feast.ask('load_spine', { file: spine })
  const times = await inTurns(
    {
      ours: () =>
        clocked(() => {
          const request = {
            spine: { csv: createReadStream(spine) },
            features: own,
            format: 'csv',
            names: 'short',
          } as const
          return writeWhole(ours, (output) => store.exportPointInTime(request, (bytes) => output.write(bytes)))
        }),
      theirs: () => feast.ask('join', { file: spine, features, output: theirs }),
    },
    { runs: bench.runs },
  )
  const found = await feast.ask<Difference>('compare', { ours, theirs, features })
  const what = `spine of ${count(rows)}, 3 rows of history a user`
  const title = 'Point-in-time join, spine from a file; seconds'
  bench.keep(comparisonTable(title, 'Feast', [{ what, ...seconds(times), ...agreement(found) }]))
}

/** The source's rows as text that keeps every digit. */
async function writeFacts(store: Store, csv: string): Promise<void> {
  const columns = ['user_id', 'event_timestamp', 'created_at', ...names]
  const { rows } = await store.query('SELECT to_json(f)::text AS fact FROM source_facts AS f')
  const lines = rows.map((row) => {
    const fact = JSON.parse(row.fact as string) as Record<string, unknown>
    return columns.map((name) => String(fact[name])).join(',')
  })
  writeFileSync(csv, `${[columns.join(','), ...lines].join('\n')}\n`)
}
