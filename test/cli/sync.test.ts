/** build --online, sync and verify on the command line: what they print, and what a killed one leaves. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { asSuperuser, createDatabase, type OwnDatabase } from '../servers/databases.js'
import { givenProject } from '../servers/redis-project.js'
import { server } from '../servers/server.js'
import { Fstore, type Outcome, type Project, shown } from './fstore.js'

const name = givenProject('redis')
const users = 60_000

const config = `import { batch, defineConfig, entity, int64, sql } from 'featurestore'

const user = entity('user', { user_id: 'string' })
const once = { entity: user, every: '1d', start: '2024-03-01', end: '2024-03-02' } as const
export default defineConfig({
  project: '${name}',
  groups: [
    batch('few', { ...once, features: { n: int64() }, sql: sql\`SELECT * FROM (VALUES ('ann', 1), ('bob', 2)) AS v (user_id, n)\` }),
    batch('many', { ...once, features: { m: int64() }, sql: sql\`SELECT user_id, m FROM public.numbers\` }),
  ],
})
`

let fstore: Fstore
let project: Project
let database: OwnDatabase
let redis: Redis
let url: string
let env: Record<string, string>

beforeAll(async () => {
  url = (await server('redis')).url
  redis = new Redis(url)
  database = await createDatabase()
  env = { DATABASE_URL: database.ownerUrl, REDIS_URL: url }
  await asSuperuser(
    database.ownerUrl,
    `CREATE TABLE public.numbers AS SELECT 'user ' || n AS user_id, n::bigint AS m FROM generate_series(1, ${users}) AS n`,
  )
  fstore = await Fstore.compile()
  project = await fstore.directory('online')
  await project.write('featurestore.config.ts', config)
  expect(await run('migrate')).toMatchObject({ code: 0 })
  await asSuperuser(database.ownerUrl, 'GRANT SELECT ON public.numbers TO fstore_app')
})
afterAll(async () => {
  redis?.disconnect()
  await fstore?.remove()
  await database?.drop()
})

const run = (...args: string[]): Promise<Outcome> => project.run(args, { env })
const told = (outcome: Outcome) =>
  shown(project, outcome)
    .replaceAll(new URL(url).host, '<redis>')
    .replaceAll(name, '<name>')
    .replaceAll(/^<now> /gm, '')
    // What is still running in other databases makes rows be sent twice.
    .replaceAll(/\d[\d,]* rows sent/g, '<rows> sent')
    .replaceAll(/sent in \d+(\.\d+)?m?s\b/g, 'sent in <time>')
    .replaceAll(/^(few|many)( +\d+ +default) +[\d,]+ {2}(all|what changed)$/gm, '$1$2  <rows>  $3')
const events = ({ stdout }: Outcome) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

async function empty(): Promise<void> {
  for await (const keys of redis.scanStream({ match: `fs:{${name}*`, count: 10_000 }))
    if (keys.length > 0) await redis.unlink(...(keys as string[]))
}

describe('without a Redis', () => {
  const alone = (...args: string[]) => project.run(args, { env: { DATABASE_URL: database.ownerUrl } })

  test('build --online says so, and builds', async () => {
    const outcome = await alone('build', '--select', 'few', '--online')
    expect(outcome.code).toBe(0)
    expect(told(outcome)).toMatchSnapshot()
  })

  test('sync is wrong usage, and verify compares latest and history', async () => {
    const refused = await alone('sync')
    expect(refused.code).toBe(2)
    expect(told(refused)).toMatchSnapshot()
    const verified = await alone('verify')
    expect(verified.code).toBe(0)
    expect(told(verified)).toMatchSnapshot()
  })
})

test('build --online plans what it sends, sends it, and goes on where another build did not', async () => {
  expect(told(await run('build', '--select', 'few', '--online', '--dry-run'))).toMatchSnapshot()
  const outcome = await run('build', '--select', 'few', '--online')
  expect(outcome.code).toBe(0)
  expect(told(outcome)).toMatchSnapshot()
  expect(await redis.hkeys(`fs:{${name}}:active`)).toEqual(['few'])
  const again = await run('materialize', 'few', '--start', '2024-03-01', '--end', '2024-03-02', '--online', '--json')
  expect(events(again).at(-1)).toMatchObject({ event: 'result', groups: [{ group: 'few', sent: expect.any(Number) }] })
})

/** Ends it once it has told of rows that were sent. */
async function interrupted(signal: 'SIGKILL' | 'SIGINT', args: readonly string[]) {
  const child = spawn(process.execPath, [fstore.binary, ...args, '--json'], {
    cwd: project.folder,
    env: fstore.environment(env),
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let sent = 0
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { event, rows } = JSON.parse(line)
    if (event !== 'sync') return
    // Once: a second Ctrl-C would end it at once.
    if (sent === 0) child.kill(signal)
    sent = rows
  })
  const [code] = await once(child, 'close')
  return { code, sent }
}

test('killed, stopped or cut off while it sends, the next goes on', async () => {
  expect(await run('build')).toMatchObject({ code: 0 })
  for (const signal of ['SIGKILL', 'SIGINT'] as const) {
    await empty()
    const { code, sent } = await interrupted(signal, ['sync', 'many'])
    expect(code).toBe(signal === 'SIGINT' ? 130 : null)
    expect(sent).toBeGreaterThanOrEqual(20_000)
    expect(sent).toBeLessThan(users)
    const state = JSON.parse((await redis.hvals(`fs:{${name}}:synced`))[0] as string)
    if (signal === 'SIGINT') expect(state.next.after).toHaveLength(1)
    const outcome = await run('sync', '--json')
    expect(outcome.code).toBe(0)
    expect(events(outcome).at(-1)).toMatchObject({ event: 'result', status: 'done', published: ['few', 'many'] })
    const verified = await run('verify', '--all', '--json')
    expect(verified.code).toBe(0)
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, groups: [{}, { redis: { rows: users } }] })
  }
}, 240_000)

test('verify tells what it finds, and exits 4', async () => {
  await run('sync')
  const fingerprint = (await redis.hget(`fs:{${name}}:active`, 'few'))?.split(':')[1]
  const key = (of: string) => `fs:{${name}:default:user:${of}}:few@${fingerprint}`
  await redis.unlink(key('ann'))
  await redis.set(key('eve'), '["2024-03-01T00:00:00+00:00", "2024-03-02T00:00:00+00:00", 1]')
  const outcome = await run('verify', 'few', '--all')
  expect(outcome.code).toBe(4)
  expect(told(outcome)).toMatchSnapshot()
  const repaired = await run('sync', '--full')
  expect(repaired.code).toBe(0)
  expect(told(repaired)).toMatchSnapshot()
  expect(told(await run('verify', 'few', '--sample', '2'))).toMatchSnapshot()
})

test('another database’s values, and a Redis that is not there', async () => {
  await run('sync')
  await redis.set(`fs:{${name}}:store`, 'of another')
  for (const command of ['sync', 'verify']) {
    const outcome = await run(command)
    expect(outcome.code).toBe(3)
    expect(told(outcome)).toMatchSnapshot()
  }
  const gone = { ...env, REDIS_URL: 'redis://127.0.0.1:1' }
  expect(await project.run(['sync'], { env: gone })).toMatchObject({ code: 5, stdout: '' })
  const built = await project.run(['build', '--online'], { env: gone })
  expect(built.code).toBe(5)
  expect(told(built)).toMatchSnapshot()
})

test.each([
  ['sync', 'nosuch'],
  ['verify', '--sample', '0'],
  ['verify', '--sample', 'x'],
  ['verify', '--all', '--sample', '5'],
])('%s %s %s %s', async (...args) => {
  const outcome = await run(...args.filter((word): word is string => word !== undefined))
  expect(outcome).toMatchObject({ code: 2, stdout: '' })
  expect(told(outcome)).toMatchSnapshot()
})
