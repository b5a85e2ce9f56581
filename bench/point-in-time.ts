/** Point-in-time exports to a file: fstore against SQL by hand, and against DuckDB's ASOF join over the same rows in Parquet. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createFeatureStore } from '../src/index.js'
import type { ExportRequest } from '../src/training/export.js'
import { writeWhole } from '../src/training/output-file.js'
import { type Bench, count, type Measured, measure, ratios, type Side } from './harness.js'
import { agreement } from './peers/joins.js'
import { byHand } from './point-in-time/by-hand.js'
import { withDuck } from './point-in-time/duck.js'
import {
  configOf,
  copyIn,
  copyOut,
  createSpine,
  featureNames,
  groupNames,
  type Shape,
  scaled,
  shapes,
  spineColumns,
} from './point-in-time/shape.js'
import { copyTo, type Trial, titleOf, withTrial, writeSpine } from './point-in-time/trial.js'
import type { Cell } from './table.js'

export async function run(bench: Bench): Promise<void> {
  for (const shape of shapes) await withTrial(scaled(shape, bench.scale), (trial) => compare(bench, trial))
  // By a process that runs what was built, which may not be there.
  if (bench.smoke) return
  const rows = Math.round(5_000_000 * bench.scale)
  await withTrial(scaled(shapes[0] as Shape, bench.scale), async (trial) => bench.keep(await memoryTable(trial, rows)))
}

async function compare({ runs, smoke, keep }: Bench, trial: Trial): Promise<void> {
  const { shape, folder } = trial
  const store = createFeatureStore(configOf(shape), { root: folder })
  const features = groupNames(shape).flatMap((group) => featureNames(shape, group))
  const side = (
    name: string,
    output: string,
    format: ExportRequest['format'],
    spine: () => ExportRequest['source'],
  ): Side => ({
    name,
    async run() {
      const request = { spine: spine(), features, format, names: 'short' } as const
      await writeWhole(join(folder, output), (file) => store.exportPointInTime(request, (bytes) => file.write(bytes)))
    },
  })
  const file = (name: string) => () => ({ csv: createReadStream(join(folder, name)) })
  await writeSpine(trial, 'spine', shape.spine)
  const byTable = [
    await byHandFromTable(trial),
    side('fstore', 'fstore-table', 'csv', () => ({ sql: 'SELECT * FROM spine ORDER BY row' })),
  ]
  keep(withRates(`${titleOf(shape)}, from a table to CSV`, await measure(byTable, { runs }), shape.spine))

  const byFile = [
    await byHandFromFile(trial),
    side('fstore', 'fstore-file', 'csv', file('spine.csv')),
    side('fstore, to Parquet', 'fstore.parquet', 'parquet', file('spine.csv')),
  ]
  const fromFile = `${titleOf(shape)}, from a CSV file`
  if (smoke) keep(withRates(fromFile, await measure(byFile, { runs }), shape.spine))
  else
    await withDuck(trial, async (duck) => {
      const all = [...byFile, { name: 'DuckDB’s ASOF join, Parquet to Parquet', run: () => duck.join() }]
      const measured = await measure(all, { runs })
      const { same, differs } = agreement(await duck.compare('fstore-file'))
      const notes = [`DuckDB against fstore: ${same === undefined ? differs : `the same ${same}`}.`]
      keep({ ...withRates(fromFile, measured, shape.spine), notes })
    })
  assertEqual(trial, ['hand-table', 'fstore-table', 'hand-file', 'fstore-file'])
  await store.close()
}

function withRates(title: string, measured: readonly Measured[], rows: number) {
  const table = ratios(title, measured, 'by hand')
  const rate = (i: number) => (rows * 1000) / (measured[i]?.time.median ?? Number.NaN)
  return { title, rows: table.rows.map((row, i): Record<string, Cell> => ({ ...row, 'rows/s': rate(i) })) }
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

/** A side counts only with the same values; rows may come in any order. */
function assertEqual({ folder }: Trial, names: readonly string[]): void {
  const digests = names.map((name) => {
    const lines = readFileSync(join(folder, name), 'utf8').trimEnd().split('\n').sort()
    return { name, rows: lines.length - 1, digest: createHash('sha256').update(lines.join('\n')).digest('hex') }
  })
  if (new Set(digests.map(({ digest }) => digest)).size > 1)
    throw new Error(`The sides disagree: ${JSON.stringify(digests)}`)
}

async function memoryTable({ shape, client, url, folder }: Trial, rows: number) {
  const spine = join(folder, 'spine.csv')
  await createSpine(client, 'spine', shape, rows)
  await copyOut(client, 'SELECT * FROM spine', createWriteStream(spine))
  const child = fileURLToPath(new URL('./point-in-time/memory.mjs', import.meta.url))
  const found = ['csv', 'parquet'].map((format): Record<string, Cell> => {
    const output = join(folder, `out.${format}`)
    const args = [child, spine, output, format, featureNames(shape, 'group_0').join(',')]
    const env = { ...process.env, DATABASE_URL: url }
    const started = performance.now()
    const result = JSON.parse(execFileSync(process.execPath, args, { env, encoding: 'utf8' }))
    if (result.rows !== rows) throw new Error(`Exported ${result.rows} of ${rows} rows`)
    return {
      format,
      'peak RSS, MiB': result.peak / 2 ** 20,
      'file, MiB': statSync(output).size / 2 ** 20,
      seconds: (performance.now() - started) / 1000,
    }
  })
  return {
    title: `Memory of the exporting process: spine of ${count(rows)} rows, ${shape.features} features`,
    rows: found,
  }
}
