/** Long commands on a terminal: what is seen while they run, and what Ctrl-C leaves on the screen. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import { givenProject } from '../servers/redis-project.js'
import { server } from '../servers/server.js'
import { Fstore, type Project } from './fstore.js'
import { Terminal } from './terminal.js'

const name = givenProject('redis')

const config = `import { batch, dataset, defineConfig, entity, increment, int64, service, sql, stream } from 'featurestore'

const user = entity('user', { user_id: 'string' })
const days = { entity: user, every: '1d', start: '2024-03-01', features: { n: int64() } } as const
const slow = batch('slow', { ...days, end: '2024-05-01', sql: sql\`SELECT 'ann' AS user_id, 1 AS n FROM pg_sleep(0.2)\` })
const reader = batch('reader', { ...days, end: '2024-05-01', sql: sql\`SELECT user_id, n FROM fstore_offline.slow\` })
const quick = batch('quick', { ...days, end: '2024-03-04', sql: sql\`SELECT 'ann' AS user_id, 2 AS n\` })
const profile = stream('profile', { entity: user, features: { clicks: int64() } })
const clicks = stream('clicks', {
  entity: user, version: 1, features: { total: int64() },
  events: { clicked: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } } },
  on: { clicked: { key: (payload) => payload.user_id, set: { total: increment() } } },
})
const numbers = service('numbers', [quick.pick('n')])
export default defineConfig({
  project: '${name}',
  groups: [slow, reader, quick, profile, clicks],
  services: [numbers],
  datasets: [dataset('labels', { service: numbers, spine: sql\`SELECT 'ann' AS user_id, timestamptz '2024-03-03' AS event_timestamp\` })],
})
`
const at = '"event_timestamp":"2024-03-03T00:00:00Z"'

let fstore: Fstore
let project: Project
let env: Record<string, string>

beforeAll(async () => {
  fstore = await Fstore.onPostgres()
  env = { REDIS_URL: (await server('redis')).url }
  project = await fstore.directory('views')
  await project.write('featurestore.config.ts', config)
  await project.write('rows.jsonl', `{"user_id":"ann","clicks":1,${at}}\n`)
  await project.write('spine.csv', 'user_id,event_timestamp\nann,2024-03-03T00:00:00Z\n')
  const click = '{"id":"1","type":"clicked","timestamp":"2024-03-01T08:00:00Z","payload":{"user_id":"ann"}}'
  await project.write('events.jsonl', `${click}\n`)
  const built = await project.run(['build', '--select', 'quick,profile,clicks', '--json'], { env })
  expect(built).toMatchObject({ code: 0, stderr: '' })
})
afterAll(() => fstore?.remove())

let terminal: Terminal | undefined

const on = (args: string, asked: ConstructorParameters<typeof Terminal>[2] = {}) => {
  terminal = new Terminal(project, args.split(' '), { ...asked, env: { ...env, ...asked.env } })
  return terminal
}
// One that a test has failed on.
afterEach(() => terminal?.end())

/** What a command leaves: no task that seems to run, none broken in two, and a terminal as it was found. */
function expectTidy(terminal: Terminal): void {
  expect(terminal.lines.filter(({ text }) => /^[●○]|more waiting|of \d+ steps|getting ready/.test(text))).toEqual([])
  expect(terminal.lines.filter(({ text, isBroken }) => isBroken && /^[✓✗⚠]/.test(text))).toEqual([])
  expect(terminal.isAsFound).toBe(true)
}

/** Holds a group's table, so that whoever works with it is in flight until `work` is over. */
async function holding(table: string, work: (release: () => Promise<void>) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: fstore.databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query(
      `SELECT oid::regclass AS name FROM pg_class
       WHERE relname ~ '^${table}__[0-9a-f]+$' AND relnamespace::regnamespace::text IN ('fstore_offline', 'fstore_online')`,
    )
    await client.query(`BEGIN; LOCK TABLE ${rows.map((row) => row.name).join(', ')} IN ACCESS EXCLUSIVE MODE`)
    await work(async () => void (await client.query('COMMIT')))
  } finally {
    await client.end()
  }
}

describe('a build', () => {
  test('shows what runs and what waits, at any width, and ends after Ctrl-C with the way to go on', async () => {
    const terminal = on('build --select slow,reader')
    await terminal.until(/^● slow +[1-9]\d?\/61 .*░/m)
    expect(terminal.text).toMatch(/^○ reader +waits for slow$/m)
    expect(terminal.text).toMatch(/^ {2}0 of 2 steps/m)
    terminal.resize(40, 24)
    await terminal.until(/^● slow +\d+\/61[^░]*$/m)
    terminal.resize(100, 24)
    await terminal.until(/^● slow .*░/m)
    terminal.press('\u0003')
    await terminal.until(/Stopping after the window in flight; Ctrl-C again stops at once\./)
    expect(await terminal.ended()).toBe(130)
    expectTidy(terminal)
    expect(terminal.text).toMatch(/^⚠ slow +\d+\/61 /m)
    expect(terminal.text).toMatch(/^\d+ windows?, .*\nTo go on: fstore build --select slow,reader\n/m)
  })

  test('without colours at 40 columns, stopped at once by the second Ctrl-C', async () => {
    const terminal = on('build --select slow', { columns: 40, env: { NO_COLOR: '1' } })
    await terminal.until(/^● slow +\d+\/\d+/m)
    terminal.press('\u0003')
    await terminal.until(/Stopping after the window/)
    terminal.press('\u0003')
    expect(await terminal.ended()).toBe(130)
    expectTidy(terminal)
    expect(terminal.text).toContain('Stopped at once. To go on: fstore build --select slow'.slice(0, 30))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
    expect(terminal.sent).not.toMatch(/\u001B\[[\d;]*m/)
  })
})

test('materialize ends after SIGTERM as after Ctrl-C', async () => {
  const terminal = on('materialize slow --start 2024-03-01 --end 2024-05-01')
  await terminal.until(/^● slow +\d+\/61/m)
  terminal.kill('SIGTERM')
  await terminal.until(/Stopping after the window in flight; SIGTERM again/)
  expect(await terminal.ended()).toBe(130)
  expectTidy(terminal)
})

test.each([{ CI: '1' }, { TERM: 'dumb' }])('lines with the time instead of a view: %p', async (own) => {
  const terminal = on('materialize quick --start 2024-03-01 --end 2024-03-04', { env: own as Record<string, string> })
  expect(await terminal.ended()).toBe(0)
  expect(terminal.text).toMatch(/^20\S+Z quick: 3 windows due\nBuilt 1 group, 3 windows/)
  expect(terminal.sent).not.toContain('\u001B[?')
})

test.each([
  ['sync quick --full', 'quick', /^● quick|getting ready/m, 'fstore sync quick'],
  ['ingest events.jsonl', 'clicks', /^● events\.jsonl/m, 'fstore ingest events.jsonl'],
  ['push profile rows.jsonl', 'profile', /^● profile/m, 'fstore push profile rows.jsonl'],
  ['pit-export spine.csv -f quick.n -o out.csv', 'quick', /^● quick +.*joining/m, 'fstore pit-export spine.csv'],
  ['verify quick', 'quick', /^● quick/m, 'fstore verify quick'],
  ['export-training labels --csv', 'quick', /^● quick +.*joining/m, 'fstore export-training labels --csv'],
])('%s ends after Ctrl-C', async (args, table, running, again) => {
  await holding(table, async (release) => {
    const terminal = on(args)
    await terminal.until(running)
    terminal.press('\u0003')
    await terminal.until(/Stopping.*; Ctrl-C again stops at once\./)
    await release()
    expect(await terminal.ended()).toBe(130)
    expectTidy(terminal)
    expect(terminal.text).toContain(again)
  })
})

test('a view that comes to its end leaves what was done, and the closing line', async () => {
  await holding('quick', async (release) => {
    const terminal = on('pit-export spine.csv --features quick.n --output done.csv')
    await terminal.until(/^● quick +.*joining/m)
    expect(terminal.text).toMatch(/^✓ spine +1 row/m)
    expect(terminal.text).toMatch(/^○ done\.csv +waits for quick/m)
    await release()
    expect(await terminal.ended()).toBe(0)
    expectTidy(terminal)
    expect(terminal.text).toMatch(/^✓ spine.*\n✓ quick.*\n✓ done\.csv .*\n(.*\n)*1 row to done\.csv\.$/m)
  })
})

test('stopped at once by the second Ctrl-C, an export leaves no file', async () => {
  await holding('quick', async () => {
    const terminal = on('pit-export spine.csv --features quick.n --output none.csv', { columns: 40 })
    await terminal.until(/^● quick/m)
    terminal.press('\u0003')
    await terminal.until(/Stopping/)
    terminal.press('\u0003')
    expect(await terminal.ended()).toBe(130)
    expectTidy(terminal)
    expect(terminal.text).toContain('To start again')
  })
})
