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

async function compare(trial: Trial, runs: number): Promise<void> {
  const { shape, client, folder } = trial
  const store = createFeatureStore(configOf(shape), { root: folder })
  const features = groupNames(shape).flatMap((group) => featureNames(shape, group))
  const side = (
    name: string,
    output: string,
    format: ExportRequest['format'],
    spine: () => ExportRequest['source'],
  ) => ({
    name,
    async run() {
      const request = { spine: spine(), features, format, names: 'short' } as const
      await writeWhole(join(folder, output), (file) => store.exportPointInTime(request, (bytes) => file.write(bytes)))
    },
  })
  const file = (name: string) => () => ({ csv: createReadStream(join(folder, name)) })
  console.log(`\npoint-in-time: ${title(shape)}`)

  await writeSpine(trial, 'spine', shape.spine)
  const byTable = [
    await byHandFromTable(trial),
    side('fstore', 'fstore-table', 'csv', () => ({ sql: 'SELECT * FROM spine ORDER BY row' })),
  ]
  console.log(report('spine from a table to CSV', await measure(byTable, { runs }), 'by hand'))
  const byFile = [
    await byHandFromFile(trial),
    side('fstore', 'fstore-file', 'csv', file('spine.csv')),
    side('fstore, to Parquet', 'fstore.parquet', 'parquet', file('spine.csv')),
  ]
  console.log(report('spine from a CSV file to CSV', await measure(byFile, { runs }), 'by hand'))
  assertEqual(trial, ['hand-table', 'fstore-table', 'hand-file', 'fstore-file'])

  await createFeastTables(client, shape)
  const rows = shape.feastSpine ?? shape.spine
  await writeSpine(trial, 'asked', rows)
  const own = await measure([side('fstore', 'fstore-asked', 'csv', file('asked.csv'))], { runs })
  const feast = { name: "Feast's join", run: () => copyTo(trial, feastJoin(shape, 'asked'), 'feast') }
  const theirs = await measure([feast], { runs: 1, warmup: 0 })
  console.log(report(`spine of ${count(rows)} rows`, [...own, ...theirs], 'fstore'))
  assertEqual(trial, ['fstore-asked', 'feast'])
  await store.close()
}

/** A spine as a table and as a CSV file. */
async function writeSpine(trial: Trial, name: string, rows: number): Promise<void> {
  await createSpine(trial.client, name, trial.shape, rows)
  await copyTo(trial, `SELECT * FROM ${name}`, `${name}.csv`)
}

async function byHandFromTable(trial: Trial): Promise<Side> {
  const select = await byHand(trial.client, trial.shape, 'spine')
  return { name: 'by hand', run: () => copyTo(trial, select, 'hand-table') }
}

async function byHandFromFile(trial: Trial): Promise<Side> {
  const { client, shape, folder } = trial
  const select = await byHand(client, shape, 'pg_temp.loaded')
  return {
    name: 'by hand',
    async run() {
      await client.query(`CREATE TEMP TABLE loaded (${spineColumns})`)
      await copyIn(client, 'loaded', join(folder, 'spine.csv'))
      await client.query('ANALYZE loaded')
      await copyTo(trial, select, 'hand-file')
      await client.query('DROP TABLE loaded')
    },
  }
}

function copyTo({ client, folder }: Trial, select: string, name: string): Promise<void> {
  return copyOut(client, select, createWriteStream(join(folder, name)))
}

function title({ title, groups, entities, rowsEach, features, spine }: Shape): string {
  const history = `${count(entities)} entities × ${count(rowsEach)} rows × ${features} features`
  return `${title}: ${groups > 1 ? `${groups} groups × ` : ''}${history}, spine of ${count(spine)} rows`
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** A side counts only with the same values; rows may come in any order. */
function assertEqual({ folder }: Trial, names: readonly string[]): void {
  const digests = names.map((name) => {
    const lines = readFileSync(join(folder, name), 'utf8').trimEnd().split('\n').sort()
    return { name, rows: lines.length - 1, digest: createHash('sha256').update(lines.join('\n')).digest('hex') }
  })
  if (new Set(digests.map(({ digest }) => digest)).size > 1)
    throw new Error(`The sides disagree: ${JSON.stringify(digests)}`)
  console.log(`  the same ${count(digests[0]?.rows ?? 0)} rows on all sides`)
}

async function showMemory({ shape, client, url, folder }: Trial, rows: number): Promise<void> {
  const spine = join(folder, 'spine.csv')
  await createSpine(client, 'spine', shape, rows)
  await copyOut(client, 'SELECT * FROM spine', createWriteStream(spine))
  const child = fileURLToPath(new URL('./point-in-time/memory.mjs', import.meta.url))
  console.log(`\nmemory: spine of ${count(rows)} rows, ${shape.features} features`)
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
