/** Point-in-time exports on the command line: files that are whole or not there, pipes, plans and wrong spines. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Database } from '../../src/db/database.js'
import { openPostgres } from '../../src/db/postgres.js'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'
import { spineTables } from '../training/spines.js'
import { Fstore, type Project, shown } from './fstore.js'

const config = `import { batch, defineConfig, entity, float64, sql } from 'featurestore'

const airport = entity('airport', { airport: 'string' })
const once = { every: '1d', start: '2024-03-01', end: '2024-03-04' } as const
const departures = batch('departures', {
  entity: airport,
  ...once,
  ttl: '3d',
  sql: sql\`SELECT * FROM (VALUES ('SFO', 0.25::float8), ('LAX', NULL)) AS v (airport, late)\`,
  features: { late: float64() },
})
const weather = batch('weather', {
  entity: airport,
  ...once,
  partition: 'none',
  sql: sql\`SELECT 'SFO' AS airport, 7::float8 AS wind, 0.5::float8 AS late\`,
  features: { wind: float64(), late: float64() },
})
export default defineConfig({ project: 'flights', groups: [departures, weather] })
`

let own: OwnDatabase
let db: Database
let fstore: Fstore
let project: Project

beforeAll(async () => {
  own = await createDatabase()
  db = openPostgres({ url: own.ownerUrl })
  fstore = await Fstore.compile({ databaseUrl: own.ownerUrl })
  project = await fstore.directory('flights')
  await project.write('featurestore.config.ts', config)
  expect(await project.run(['build'])).toMatchObject({ code: 0 })
})
afterEach(async () => expect((await readdir(project.folder)).filter((name) => name.includes('partial'))).toEqual([]))
afterAll(async () => {
  await fstore?.remove()
  await db?.close()
  await own?.drop()
})

const features = ['--features', 'departures.late,weather.wind']
const many = (rows: number) =>
  `SELECT 'SFO' AS airport, timestamptz '2024-03-05' AS event_timestamp, i, repeat('x', 50) AS pad
   FROM generate_series(1, ${rows}) AS i`

test('a spine from a file, and from stdin, to a file, and to stdout', async () => {
  await project.write(
    'spine.csv',
    'airport,event_timestamp,label\nSFO,2024-03-05,y\nXXX,2024-03-05,\nSFO,2024-03-20,""\n',
  )
  await project.write('spine.jsonl', '{"airport":"LAX","event_timestamp":"2024-03-02","label":[1]}\n')
  expect(shown(project, await project.run(['pit-export', 'spine.csv', ...features]))).toMatchSnapshot()
  const piped = await project.bash(`fstore pit-export - ${features.join(' ')} -o out.jsonl --known-at < spine.csv`)
  expect(shown(project, piped)).toMatchSnapshot()
  expect(await readFile(project.path('out.jsonl'), 'utf8')).toMatchSnapshot()
  const json = await project.run(['pit-export', 'spine.jsonl', ...features, '-o', 'out.csv', '--full-names', '--json'])
  expect(JSON.parse(json.stdout)).toMatchObject({ schemaVersion: 1, output: 'out.csv', rows: 1 })
  expect(await readFile(project.path('out.csv'), 'utf8')).toMatchSnapshot()
})

test('a header alone gives a header', async () => {
  await project.write('spine.csv', 'airport,event_timestamp\n')
  const { code, stdout } = await project.run(['pit-export', 'spine.csv', ...features])
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'airport,event_timestamp,late,wind\n' })
})

describe('wrong', () => {
  test.each([
    ['no spine', []],
    ['two spines', ['spine.csv', '--spine-sql', 'SELECT 1']],
    ['a file that is not there', ['nowhere.csv']],
    ['lines that are not there', ['nowhere.jsonl']],
    ['a folder', ['.']],
    ['a cell too few', ['short.csv']],
    ['a timestamp without a zone', ['naive.csv']],
    ['no JSON', ['wrong.jsonl']],
    ['names that collide', ['--spine-sql', many(1), '--features', 'departures.late,weather.late']],
    ['SQL that fails', ['--spine-sql', 'SELECT airport FROM nowhere']],
    ['SQL that writes', ['--spine-sql', 'WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x']],
    ['an unknown feature', ['--spine-sql', many(1), '--features', 'departures.lat']],
    ['an unknown ending', ['--spine-sql', many(1), '-o', 'out.xlsx']],
    ['no such folder', ['--spine-sql', many(1), '-o', 'nowhere/out.csv']],
  ])('%s', async (_, args) => {
    await project.write('short.csv', 'airport,event_timestamp,label\nSFO,2024-03-05,y\nSFO,2024-03-05\n')
    await project.write('naive.csv', 'airport,event_timestamp\nSFO,2024-03-05\nSFO,2024-03-05T01:00:00\n')
    await project.write('wrong.jsonl', '{"airport":"LAX","event_timestamp":"2024-03-02"}\n{"airport":}\n')
    const asked = args.includes('--features') ? args : [...args, ...features]
    expect(shown(project, await project.run(['pit-export', ...asked]))).toMatchSnapshot()
    expect(await spineTables(db)).toEqual([])
  })
})

test('--explain tells the plan, and joins nothing', async () => {
  const args = ['pit-export', '--spine-sql', many(120_000), ...features, '-o', 'explained.csv', '--explain']
  const { code, stdout } = await project.run(args)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^departures \(v1\): 1 of 1 partition\n {2}.*Nested Loop Left Join/)
  expect(stdout).toMatch(/\nweather \(v1\): not partitioned\n {2}/)
  expect(stdout).toMatch(/\n120,000 rows over 2 connections\.\n$/)
  const early = many(1).replace('2024-03-05', '2023-03-05')
  const json = await project.run(['pit-export', '--spine-sql', early, ...features, '--explain', '--json'])
  expect(JSON.parse(json.stdout)).toMatchObject({
    rows: 1,
    connections: 1,
    groups: [
      { alias: 'departures', partitions: { probed: 0, all: 1 } },
      { alias: 'weather', partitions: null },
    ],
  })
  expect(await readdir(project.folder)).not.toContain('explained.csv')
  expect(await spineTables(db)).toEqual([])
})

test('a reader that stops reading ends it quietly', async () => {
  const command = `fstore pit-export --spine-sql "${many(30_000)}" ${features.join(' ')}`
  const { stdout, stderr } = await project.bash(`${command} | head -1; echo "\${PIPESTATUS[@]}"`)
  expect({ stdout, stderr }).toEqual({ stdout: 'airport,event_timestamp,i,pad,late,wind\n0 0\n', stderr: '' })
  expect(await spineTables(db)).toEqual([])
})

test('a full disk is told, and leaves what was there', async () => {
  await project.write('kept.csv', 'old')
  const full = await project.run([
    'pit-export',
    '--spine-sql',
    many(10),
    ...features,
    '--format',
    'csv',
    '-o',
    '/dev/full',
  ])
  expect(shown(project, full)).toMatchSnapshot()
  // As good as a full disk: no file may grow beyond 8 blocks.
  const limited = await project.bash(
    `ulimit -f 8; fstore pit-export --spine-sql "${many(30_000)}" ${features.join(' ')} -o kept.csv`,
  )
  expect(limited).toMatchObject({ code: 3, stderr: expect.stringContaining('kept.csv could not be written') })
  expect(await readFile(project.path('kept.csv'), 'utf8')).toBe('old')
  expect(await spineTables(db)).toEqual([])
})

describe('stopped half way', () => {
  /** An export that writes until it is stopped: nothing is in its file before there is something to write. */
  async function writing(output: string) {
    const args = ['pit-export', '--spine-sql', many(2_000_000), ...features, '-o', output]
    const child = spawn(process.execPath, [fstore.binary, ...args], {
      cwd: project.folder,
      env: fstore.environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let heard = ''
    child.stderr.on('data', (text) => (heard += text))
    const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, heard }))
    while ((await partials()).length === 0) {
      if (child.exitCode !== null) throw new Error(`It ended early: ${heard}`)
      await setTimeout(5)
    }
    return { child, ended }
  }
  const partials = async () => (await readdir(project.folder)).filter((name) => name.includes('partial'))

  test('by Ctrl-C: nothing is left', async () => {
    await project.write('kept.csv', 'old')
    const { child, ended } = await writing('kept.csv')
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 130, heard: expect.stringContaining('INTERRUPTED') })
    expect(await partials()).toEqual([])
    expect(await readFile(project.path('kept.csv'), 'utf8')).toBe('old')
    expect(await spineTables(db)).toEqual([])
  })

  test('by kill -9: no file has the name, or the old one has', async () => {
    const { child, ended } = await writing('never.csv')
    child.kill('SIGKILL')
    expect(await ended).toMatchObject({ signal: 'SIGKILL' })
    expect(await readdir(project.folder)).not.toContain('never.csv')
    const left = await partials()
    expect(left).toHaveLength(1)
    await project.bash(`rm -f ${left.join(' ')}`)
  })
})
