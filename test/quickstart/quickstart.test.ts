/** The README's quickstart gives the same values embedded and on a server: every row of every table, to the last bit. */

import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Fstore, type Outcome, type Project } from '../cli/fstore.js'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'

let fstore: Fstore
let own: OwnDatabase
const projects: Record<string, Project> = {}

beforeAll(async () => {
  fstore = await Fstore.compile()
  own = await createDatabase()
  await Promise.all(['embedded', 'server'].map(quickstart))
}, 180_000)
afterAll(async () => {
  await fstore.remove()
  await own.drop()
})

const on = (name: string) => ({
  env: name === 'server' ? { DATABASE_URL: own.ownerUrl } : ({} as Record<string, string>),
})

async function run(name: string, ...args: string[]): Promise<Outcome> {
  const outcome = await (projects[name] as Project).run(args, on(name))
  if (outcome.code !== 0) throw new Error(outcome.stderr)
  return outcome
}

async function quickstart(name: string) {
  projects[name] = await fstore.directory(name)
  await run(name, 'init', '.', '--template', 'flights', '--yes')
  expect((await run(name, 'build')).stdout).toMatch(/^Built 3 groups, 270 windows, 216,625 rows written/)
}

/** A number's eight bytes, not what it is rounded to when printed. */
const bits = ({ name, type }: Column) =>
  type === 'double precision' ? `encode(float8send("${name}"), 'hex') AS "${name}"` : `"${name}"::text`

const views = ['departures', 'arrivals', 'routes'].flatMap((group) => [
  `fstore_offline.${group}`,
  `fstore_online.${group}`,
])

interface Column {
  readonly view: string
  readonly name: string
  readonly type: string
}

/** Those of the views that do not tell when, or by which job. */
async function columnsOf(name: string): Promise<Column[]> {
  const columns = await query(
    name,
    `SELECT table_schema || '.' || table_name AS view, column_name AS name, data_type AS type
     FROM information_schema.columns WHERE table_schema || '.' || table_name IN ('${views.join(`', '`)}')
       AND column_name !~ '^(created_at|job_id|written_at|xid)$' ORDER BY 1, ordinal_position`,
  )
  return columns as unknown as Column[]
}

/** Of each view all rows in one word, and how many. */
async function digests(name: string, columns: readonly Column[]) {
  const selects = views.map((view) => {
    const own = columns.filter((column) => column.view === view)
    expect(own.length).toBeGreaterThan(4)
    return `SELECT '${view}' AS view, count(*) AS n, md5(string_agg(h, '' ORDER BY h)) AS digest
      FROM (SELECT md5(q::text) AS h FROM (SELECT ${own.map(bits).join(', ')} FROM ${view}) AS q) AS r`
  })
  return query(name, selects.join(' UNION ALL '))
}

async function query(name: string, sql: string): Promise<Record<string, unknown>[]> {
  return JSON.parse((await run(name, 'sql', '--json', '-c', sql)).stdout).rows
}

test('every view has the same columns, and the same rows', async () => {
  const columns = await columnsOf('server')
  expect(await columnsOf('embedded')).toEqual(columns)
  const [embedded, server] = await Promise.all(['embedded', 'server'].map((name) => digests(name, columns)))
  expect(embedded).toHaveLength(6)
  for (const { n } of embedded ?? []) expect(n).toBeGreaterThan(200)
  expect(embedded).toEqual(server)
})

test('what is read is the same, for every airport', async () => {
  const airports = (await query('server', 'SELECT DISTINCT origin FROM flights ORDER BY 1')).map(({ origin }) =>
    String(origin),
  )
  const read = async (name: string) => {
    const lines = (await run(name, 'get', ...airports, '--json')).stdout.trimEnd().split('\n')
    return lines.map((line) => ({ ...JSON.parse(line), latencyMs: 0 }))
  }
  const [embedded, server] = await Promise.all([read('embedded'), read('server')])
  expect(embedded).toHaveLength(airports.length)
  expect(embedded).toEqual(server)
  expect(embedded.find(({ keys }) => keys.airport === 'SFO')).toMatchObject({
    features: { 'departures.departures_7d': { value: 31, eventTimestamp: '2001-04-01T00:00:00Z' } },
  })
})

test.each(['embedded', 'server'])(
  '%s: the vector now is the point-in-time row asked for now, for every route',
  async (name) => {
    const spine = `SELECT DISTINCT origin, destination, '2026-01-01T00:00:00Z'::timestamptz AS event_timestamp FROM flights
    ORDER BY 1, 2`
    const joined = await run(name, 'pit-export', '--service', 'late_v1', '--spine-sql', spine, '--format', 'jsonl')
    const rows = joined.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows.length).toBeGreaterThan(2_000)
    const keys = rows.flatMap(({ origin, destination }) => [`origin=${origin}`, `destination=${destination}`])
    const vectors = (await run(name, 'get', '--service', 'late_v1', ...keys, '--json')).stdout.trimEnd().split('\n')
    const served = vectors.map((line) => {
      const { features } = JSON.parse(line) as { features: Record<string, { value: unknown }> }
      return Object.entries(features).map(([column, { value }]) => [column.replace('.', '__'), value])
    })
    const trained = rows.map(({ origin, destination, event_timestamp, ...features }) => Object.entries(features))
    expect(served).toEqual(trained)
  },
)

test('the training set is the same, to the byte', async () => {
  const exports = ['embedded', 'server'].map(async (name) => {
    const path = (projects[name] as Project).path('late.csv')
    await run(name, 'export-training', 'late_flights', '--csv', '-o', path)
    return readFile(path, 'utf8')
  })
  const [embedded, server] = await Promise.all(exports)
  expect(embedded?.split('\n')).toHaveLength(20_002)
  expect(embedded === server).toBe(true)
})

test('the template ships the data it says', async () => {
  const text = await readFile((projects.embedded as Project).path('data/flights.csv'), 'utf8')
  expect(text.trimEnd().split('\n')).toHaveLength(20_001)
})
