/** Point-in-time exports to a file: fstore against SQL by hand, and against the join that Feast has Postgres run. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import { createFeatureStore } from '../src/index.js'
import type { ExportRequest } from '../src/training/export.js'
import { writeWhole } from '../src/training/output-file.js'
import { measure, report, type Side } from './harness.js'
import { byHand } from './point-in-time/by-hand.js'
import { createFeastTables, feastJoin } from './point-in-time/feast.js'
import {
  configOf,
  copyIn,
  copyOut,
  createSpine,
  featureNames,
  fill,
  groupNames,
  type Shape,
  scaled,
  shapes,
  spineColumns,
} from './point-in-time/shape.js'
import { withDatabase } from './postgres.js'
import type { BenchOptions } from './run.js'

export async function run({ scale, runs }: BenchOptions): Promise<void> {
  for (const shape of shapes) await withTrial(scaled(shape, scale), (trial) => compare(trial, runs))
  await withTrial(scaled(shapes[0] as Shape, scale), (trial) => showMemory(trial, Math.round(5_000_000 * scale)))
}

interface Trial {
  readonly shape: Shape
  readonly client: pg.Client
  readonly url: string
  readonly folder: string
}

/** A database and a folder that hold a shape's history. */
async function withTrial(shape: Shape, work: (trial: Trial) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fstore-point-in-time-'))
  try {
    await withDatabase(async (url, client) => {
      process.env.DATABASE_URL = url
      const store = createFeatureStore(configOf(shape), { root: folder })
      await store.build()
      await store.close()
      await client.query("SET TimeZone = 'UTC'")
      await fill(client, shape)
      await work({ shape, client, url, folder })
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function compare({ shape, client, folder }: Trial, runs: number): Promise<void> {
  const path = (name: string) => join(folder, name)
  await createSpine(client, 'spine', shape, shape.spine)
  await copyOut(client, 'SELECT * FROM spine', createWriteStream(path('spine.csv')))
  const store = createFeatureStore(configOf(shape), { root: folder })
  const features = groupNames(shape).flatMap((group) => featureNames(shape, group))
  const fstore = async (output: string, format: ExportRequest['format'], spine: ExportRequest['source']) => {
    const request = { spine, features, format, names: 'short' } as const
    await writeWhole(path(output), (file) => store.exportPointInTime(request, (bytes) => file.write(bytes)))
  }
  const inTable = await byHand(client, shape, 'spine')
  const loaded = await byHand(client, shape, 'pg_temp.loaded')
  const byTable: Side[] = [
    { name: 'by hand', run: () => copyOut(client, inTable, createWriteStream(path('hand-table'))) },
    { name: 'fstore', run: () => fstore('fstore-table', 'csv', { sql: 'SELECT * FROM spine ORDER BY row' }) },
  ]
  const byFile: Side[] = [
    {
      name: 'by hand',
      async run() {
        await client.query(`CREATE TEMP TABLE loaded (${spineColumns})`)
        await copyIn(client, 'loaded', path('spine.csv'))
        await client.query('ANALYZE loaded')
        await copyOut(client, loaded, createWriteStream(path('hand-file')))
        await client.query('DROP TABLE loaded')
      },
    },
    { name: 'fstore', run: () => fstore('fstore-file', 'csv', { csv: createReadStream(path('spine.csv')) }) },
    {
      name: 'fstore, Parquet',
      run: () => fstore('fstore.parquet', 'parquet', { csv: createReadStream(path('spine.csv')) }),
    },
  ]
  console.log(`\npoint-in-time: ${title(shape)}`)
  console.log(report('spine from a table to CSV', await measure(byTable, { runs }), 'by hand'))
  const measured = await measure(byFile, { runs })
  console.log(report('spine from a CSV file to CSV', measured, 'by hand'))
  await store.close()

  await createFeastTables(client, shape)
  const feast = {
    name: "Feast's join",
    run: () => copyOut(client, feastJoin(shape, 'spine'), createWriteStream(path('feast'))),
  }
  console.log(report("Feast's join", [...(await measure([feast], { runs: 1, warmup: 0 })), ...measured], 'fstore'))
  assertEqual(['hand-table', 'fstore-table', 'hand-file', 'fstore-file', 'feast'].map(path))
}

function title({ title, groups, entities, rowsEach, features, spine }: Shape): string {
  const n = (value: number) => value.toLocaleString('en-US')
  const history = `${groups > 1 ? `${groups} groups × ` : ''}${n(entities)} entities × ${n(rowsEach)} rows × ${features} features`
  return `${title}: ${history}, spine of ${n(spine)} rows`
}

/** A side counts only with the same values; rows may come in any order. */
function assertEqual(files: readonly string[]): void {
  const digests = files.map((file) => {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').sort()
    return { file, rows: lines.length - 1, digest: createHash('sha256').update(lines.join('\n')).digest('hex') }
  })
  if (new Set(digests.map(({ digest }) => digest)).size > 1)
    throw new Error(`The sides disagree: ${JSON.stringify(digests)}`)
  console.log(`  all sides agree on ${digests[0]?.rows.toLocaleString('en-US')} rows`)
}

async function showMemory({ shape, client, url, folder }: Trial, rows: number): Promise<void> {
  const spine = join(folder, 'spine.csv')
  await createSpine(client, 'spine', shape, rows)
  await copyOut(client, 'SELECT * FROM spine', createWriteStream(spine))
  const child = fileURLToPath(new URL('./point-in-time/memory.mjs', import.meta.url))
  console.log(`\nmemory: spine of ${rows.toLocaleString('en-US')} rows, ${shape.features} features`)
  for (const format of ['csv', 'parquet']) {
    const output = join(folder, `out.${format}`)
    const args = [child, spine, output, format, featureNames(shape, 'group_0').join(',')]
    const started = performance.now()
    const result = JSON.parse(
      execFileSync(process.execPath, args, { env: { ...process.env, DATABASE_URL: url }, encoding: 'utf8' }),
    )
    if (result.rows !== rows) throw new Error(`Exported ${result.rows} of ${rows} rows`)
    const size = `${(statSync(output).size / 2 ** 20).toFixed(0)} MiB in ${((performance.now() - started) / 1000).toFixed(1)} s`
    console.log(`  ${format.padEnd(8)} peak RSS ${(result.peak / 2 ** 20).toFixed(0)} MiB, ${size}`)
  }
}
