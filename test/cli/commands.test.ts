/** What each command prints on the flights project, for people and as JSON: shapes, streams and exit codes. */

import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Fstore, type Project, shown } from './fstore.js'

let fstore: Fstore
let project: Project
let made: string

beforeAll(async () => {
  fstore = await Fstore.onPostgres()
  const home = await fstore.directory('.')
  made = shown(home, await home.run(['init', 'flights', '--template', 'flights', '--yes']))
  project = await fstore.directory('flights')
  // A month is enough here: the whole quarter is the quickstart's.
  expect(await project.run(['build', '--end', '2001-02-01'])).toMatchObject({ code: 0 })
})
afterAll(() => fstore.remove())

async function json(...args: string[]) {
  const { code, stdout, stderr } = await project.run([...args, '--json'])
  expect(stderr).toBe('')
  expect(code).toBe(0)
  const documents = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  for (const { schemaVersion } of documents) expect(schemaVersion).toBe(1)
  return documents
}

describe('get', () => {
  test('for people', async () => {
    const outcome = await project.run(['get', 'SFO'])
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    expect(shown(project, outcome)).toMatchSnapshot()
  })

  test('as JSON is exactly what is documented', async () => {
    const [read, ...more] = await json('get', 'SFO', '--features', 'departures_7d,departures.departures_late_share_7d')
    expect(more).toEqual([])
    const { latencyMs, ...rest } = read
    expect(latencyMs).toBeGreaterThan(0)
    expect(rest).toEqual({
      schemaVersion: 1,
      entity: 'airport',
      keys: { airport: 'SFO' },
      metadata: { skipped: [] },
      features: {
        'departures.departures_7d': {
          value: expect.any(Number),
          status: 'PRESENT',
          eventTimestamp: '2001-02-01T00:00:00Z',
          source: 'latest',
        },
        'departures.departures_late_share_7d': {
          value: expect.any(Number),
          status: 'PRESENT',
          eventTimestamp: '2001-02-01T00:00:00Z',
          source: 'latest',
        },
      },
    })
    expect(Object.keys(read)).toEqual(['schemaVersion', 'entity', 'keys', 'features', 'latencyMs', 'metadata'])
  })

  test('of several entities gives a line each, in their order', async () => {
    const reads = await json('get', 'SFO', 'LAX', 'SFO')
    expect(reads.map(({ keys }) => keys.airport)).toEqual(['SFO', 'LAX', 'SFO'])
    expect(reads[2].features).toEqual(reads[0].features)
  })

  test('of an entity with two keys', async () => {
    const [read] = await json('get', 'destination=LAX', 'origin=SFO')
    expect(read).toMatchObject({ entity: 'route', keys: { origin: 'SFO', destination: 'LAX' } })
    expect(read.features['routes.distance']).toMatchObject({ value: 337, status: 'PRESENT' })
  })

  test('of nobody is no failure, and is said', async () => {
    const outcome = await project.run(['get', 'XXX', '--features', 'arrivals_7d'])
    expect(shown(project, outcome)).toMatchSnapshot()
    const [read] = await json('get', 'XXX', '--features', 'arrivals_7d')
    expect(read.features).toEqual({
      'arrivals.arrivals_7d': { value: null, status: 'NOT_FOUND', eventTimestamp: null, source: null },
    })
  })

  test.each([
    ['an unknown feature', ['SFO', '--features', 'arrivals_8d'], 'NAME_UNKNOWN'],
    ['a feature of another entity', ['SFO', '--features', 'routes.distance'], 'NAME_UNKNOWN'],
    ['an unknown entity', ['SFO', '--entity', 'airprot'], 'NAME_UNKNOWN'],
    ['half a key', ['origin=SFO'], 'KEY_INVALID'],
    ['a misspelled key', ['origin=SFO', 'dest=LAX'], 'KEY_INVALID'],
    ['a bare key of an entity that has two', ['SFO', '--entity', 'route'], 'KEY_INVALID'],
  ])('refuses %s', async (_, args, code) => {
    const outcome = await project.run(['get', ...args])
    expect(outcome).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(code) })
    expect(shown(project, outcome)).toMatchSnapshot()
  })
})

describe('list', () => {
  test.each(['groups', 'features', 'entities'])('%s', async (what) => {
    expect(shown(project, await project.run(['list', what]))).toMatchSnapshot()
    const [document] = await json('list', what)
    expect(Object.keys(document)).toEqual(['schemaVersion', what])
    const [first] = document[what]
    const fingerprint = what === 'groups' ? { fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/) } : {}
    expect(first).toMatchSnapshot(fingerprint)
  })

  test('works from a folder inside the project', async () => {
    const inside = await project.run(['list'], { cwd: 'features' })
    expect(inside).toEqual(await project.run(['list']))
  })
})

describe('preview', () => {
  const args = ['preview', 'departures', '--at', '2001-01-20', '--limit', '2']

  test('for people and as JSON', async () => {
    expect(shown(project, await project.run(args))).toMatchSnapshot()
    const [document] = await json(...args)
    expect(document).toMatchSnapshot()
  })

  test('refuses an unknown group, a naive timestamp', async () => {
    expect(shown(project, await project.run(['preview', 'departure']))).toMatchSnapshot()
    expect(shown(project, await project.run(['preview', 'departures', '--at', '2001-01-20 10:00']))).toMatchSnapshot()
  })
})

describe('migrate', () => {
  test('finds nothing to do, and shows what is applied', async () => {
    expect(await json('migrate')).toEqual([{ schemaVersion: 1, applied: [] }])
    expect(await json('migrate', '--dry-run')).toEqual([{ schemaVersion: 1, migrations: [] }])
    const [{ migrations }] = await json('migrate', '--status')
    expect(migrations[0]).toEqual({ version: 1, name: 'registry', appliedAt: expect.any(String), state: 'applied' })
    expect(shown(project, await project.run(['migrate', '--status']))).toMatchSnapshot()
  })

  test('prints SQL without a database', async () => {
    const plain = await fstore.directory('plain')
    const outcome = await plain.run(['migrate', '--print-sql', '--config', project.folder])
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    expect(outcome.stdout).toMatch(/^BEGIN;.*CREATE TABLE.*COMMIT;\n$/s)
    expect(await readdir(plain.folder)).toEqual([])
  })
})

describe('sql', () => {
  test('prints rows, and JSON', async () => {
    const count = 'SELECT count(*) AS n, NULL AS nothing FROM flights'
    expect(await project.run(['sql', '-c', count])).toEqual({
      code: 0,
      stdout: '    n  nothing\n20000  -\n',
      stderr: '',
    })
    expect(await json('sql', '-c', count)).toEqual([
      { schemaVersion: 1, rows: [{ n: 20000, nothing: null }], count: 1 },
    ])
  })

  test.each([
    ['a mistake in the second line', ['-c', 'SELECT 1 +\n  foo']],
    ['two statements', ['-c', 'SELECT 1; SELECT 2']],
    ['a script that is not there', ['data/nope.sql']],
    ['a script that has run', ['data/load.sql']],
  ])('refuses %s', async (_, args) => {
    expect(shown(project, await project.run(['sql', ...args]))).toMatchSnapshot()
  })
})

describe('init', () => {
  test('says what it made, and what comes next', () => {
    expect(made).toMatchSnapshot()
  })

  test('again leaves everything as it is', async () => {
    expect(shown(project, await project.run(['init', '.', '--template', 'flights']))).toMatchSnapshot()
    const { code, stdout } = await project.run(['init', '.', '--template', 'flights', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      directory: project.folder,
      template: 'flights',
      files: [],
      loaded: [],
      skipped: expect.any(String),
      next: ['fstore build', 'fstore get SFO', 'fstore test'],
    })
  })

  test('of another template overwrites nothing', async () => {
    const outcome = await project.run(['init'])
    expect(outcome.code).toBe(2)
    expect(shown(project, outcome)).toMatchSnapshot()
  })
})
