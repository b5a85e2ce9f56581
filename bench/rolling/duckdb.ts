/**
 * The rolling aggregation that mlforge has DuckDB run, in words of our own: for each user every day between the first event
 * and the last; for each window these days joined to all of the user's events that are inside, grouped; then the windows
 * side by side. Days are stamped with their start, and each window takes in the whole of its day on top of its length. On a
 * million events it gave every row that mlforge 0.7's own statement gave, with the same values.
 */
import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import type pg from 'pg'
import { to } from 'pg-copy-streams'

const exec = promisify(execFile)

/** The version that mlforge 0.7 is locked to. */
const version = process.env.FSTORE_BENCH_DUCKDB ?? '1.4.3'

export async function copyEvents(client: pg.Client, file: string): Promise<void> {
  const select = `SELECT user_id, at AT TIME ZONE 'UTC' AS ts, amount FROM events`
  await pipeline(client.query(to(`COPY (${select}) TO STDOUT WITH (FORMAT csv, HEADER)`)), createWriteStream(file))
}

/** DuckDB in a Python of its own, with `events.csv` of the folder loaded before what is measured. */
export async function duckDB(folder: string): Promise<{ run(days: readonly number[]): Promise<void> }> {
  const python = join(folder, 'venv', 'bin', 'python')
  await exec('python3', ['-m', 'venv', join(folder, 'venv')])
  await exec(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `duckdb==${version}`])
  const database = join(folder, 'events.duckdb')
  const csv = join(folder, 'events.csv')
  await script(`connection.execute("CREATE TABLE events AS SELECT * FROM read_csv('${csv}')")`)
  console.log(`DuckDB ${version}`)
  return {
    run: (days) => script(`connection.execute('''CREATE OR REPLACE TEMP TABLE result AS ${rollingSql(days)}''')`),
  }

  async function script(line: string): Promise<void> {
    const file = join(folder, 'script.py')
    await writeFile(file, `import duckdb\nconnection = duckdb.connect('${database}')\n${line}\n`)
    await exec(python, [file])
  }
}

function rollingSql(days: readonly number[]): string {
  const aggregates = ['count', 'sum', 'avg']
  const windows = days.map(
    (length) => `w${length} AS (
      SELECT d.user_id, d.day, ${aggregates.map((how) => `${how}(e.amount) AS amount_${how}_${length}`).join(', ')}
      FROM days AS d LEFT JOIN events AS e ON e.user_id = d.user_id
        AND e.ts > d.day - INTERVAL ${length} DAY AND e.ts <= d.day + INTERVAL 1 DAY
      GROUP BY d.user_id, d.day)`,
  )
  const [first, ...others] = days.map((length) => `w${length}`)
  const columns = days.flatMap((length) => aggregates.map((how) => `w${length}.amount_${how}_${length}`))
  const joins = others.map(
    (name) => `LEFT JOIN ${name} ON ${first}.user_id = ${name}.user_id AND ${first}.day = ${name}.day`,
  )
  return `WITH spans AS (
      SELECT user_id, date_trunc('day', min(ts)) AS first, date_trunc('day', max(ts)) AS last FROM events GROUP BY user_id),
    days AS (
      SELECT user_id, series.day FROM spans,
        LATERAL (SELECT unnest(generate_series(spans.first, spans.last, INTERVAL 1 DAY)) AS day) AS series),
    ${windows.join(',\n    ')}
    SELECT ${first}.user_id, ${first}.day, ${columns.join(', ')}
    FROM ${first} ${joins.join(' ')} ORDER BY ${first}.user_id, ${first}.day`
}
