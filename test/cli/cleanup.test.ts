/** `cleanup` and `erase` on the command line: counted before, stopped half way, and run again. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Database, Row } from '../../src/db/database.js'
import { openPostgres } from '../../src/db/postgres.js'
import { nodeOptions } from '../compiled.js'
import { rounds } from '../rounds.js'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'
import { Fstore, type Outcome, type Project, shown as shownOf } from './fstore.js'

const config = (factor: number, more = '') => `import { batch, defineConfig, entity, int64, sql } from 'featurestore'
const user = entity('user', { user_id: 'string' })
const span = { entity: user, every: '7d', start: '2023-01-02', end: '2024-03-04'${more} } as const
const counts = (name: string) => batch(name, { ...span, features: { n: int64() },
  sql: sql\`SELECT user_id, ${factor} AS n FROM (VALUES ('u'), ('v')) AS s (user_id) WHERE :start_time <= :end_time\` })
export default defineConfig({ project: 'clean', groups: [counts('one'), counts('two')] })
`

let fstore: Fstore
let project: Project
const databases: OwnDatabase[] = []
let db: Database

let model: OwnDatabase

/** A database in which there is something of everything to be removed. */
async function messy(): Promise<Record<string, string>> {
  const own = await model.copy()
  databases.push(own)
  await project.write('featurestore.config.ts', config(3, ", ttl: '1d', retention: '30d'"))
  return { DATABASE_URL: own.ownerUrl }
}

beforeAll(async () => {
  fstore = await Fstore.onPostgres()
  project = await fstore.directory('clean')
  model = await createDatabase()
  databases.push(model)
  for (const factor of [1, 2, 3]) {
    await project.write('featurestore.config.ts', config(factor))
    expect(await project.run(['build'], { env: { DATABASE_URL: model.ownerUrl } })).toMatchObject({ code: 0 })
  }
})
afterAll(async () => {
  await db?.close()
  for (const own of databases) await own.drop()
  await fstore.remove()
})

const shown = (outcome: Outcome) => shownOf(project, outcome).replaceAll(/__[0-9a-f]{12}/g, '__<fingerprint>')

/** What is left, but for when it was written. */
async function state(url: string | undefined): Promise<Record<string, Row[]>> {
  const open = openPostgres({ url })
  const read = async (sql: string) => (await open.query({ role: 'app', tenant: 'default' }, sql)).rows
  try {
    const tables = await read(`SELECT schemaname || '.' || quote_ident(tablename) AS name FROM pg_tables
      WHERE schemaname IN ('fstore_offline', 'fstore_online') ORDER BY 1`)
    const left: Record<string, Row[]> = { tables }
    for (const { name } of tables.filter(({ name }) => /__[0-9a-f]{12}"?$/.test(name)))
      left[name] = await read(`SELECT user_id, event_timestamp, n FROM ${name} ORDER BY 1, 2`)
    left.coverage = await read('SELECT group_name, fingerprint, covered::text FROM fstore.coverage ORDER BY 1, 2')
    left.versions = await read(
      `SELECT group_name, version, dropped_at IS NULL AS there FROM fstore.versions ORDER BY 1, 2`,
    )
    return left
  } finally {
    await open.close()
  }
}

test('counts first, then removes as much, then nothing', async () => {
  const env = await messy()
  const before = await state(env.DATABASE_URL)
  const dry = await project.run(['cleanup', '--dry-run', '--json'], { env })
  expect(await state(env.DATABASE_URL)).toEqual(before)
  expect(shown(await project.run(['cleanup', '--dry-run', '--keep-versions', '3'], { env }))).toMatchSnapshot()
  const expired = await project.run(['cleanup', '--dry-run', '--json', '--only', 'expired', 'staging'], { env })
  expect(JSON.parse(expired.stdout).removed.length).toBe(6)
  const done = await project.run(['cleanup', '--json'], { env })
  expect(done).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(done.stdout)).toEqual({ ...JSON.parse(dry.stdout), dryRun: false })
  expect(await project.run(['cleanup'], { env })).toEqual({ code: 0, stdout: 'Nothing to clean up.\n', stderr: '' })
  expect(await project.run(['build'], { env })).toMatchObject({ code: 0 })
  expect(await project.run(['cleanup'], { env })).toMatchObject({ stdout: 'Nothing to clean up.\n' })
})

test('killed at any moment, and run again, it ends as though nothing had happened', async () => {
  const calm = await messy()
  expect(await project.run(['cleanup'], { env: calm })).toMatchObject({ code: 0 })
  const undisturbed = await state(calm.DATABASE_URL)
  for (let round = 0; round < Math.min(rounds(1).numRuns, 10); round++) {
    const env = await messy()
    for (let ms = 300; ms <= 900; ms += 150) {
      const child = spawn(process.execPath, [...nodeOptions, fstore.binary, 'cleanup'], {
        cwd: project.folder,
        env: fstore.environment(env),
        stdio: 'ignore',
      })
      await sleep(ms + round * 10)
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    }
    const ended = await Promise.all([1, 2].map(() => project.run(['cleanup'], { env })))
    expect(ended).toMatchObject([{ code: 0 }, { code: 0 }])
    expect(await state(env.DATABASE_URL)).toEqual(undisturbed)
  }
}, 180_000)

test('an export killed half way leaves its spine to the next cleanup; one that goes on keeps its own', async () => {
  const env = await messy()
  db = openPostgres({ url: env.DATABASE_URL })
  const owner = { role: 'owner' } as const
  const spines = async () =>
    (await db.query(owner, "SELECT oid::regclass::text AS name FROM pg_class WHERE relname LIKE 'fstore\\_spine%'"))
      .rows
  const joining = async () =>
    (
      await db.query(
        owner,
        "SELECT FROM pg_stat_activity WHERE query LIKE '%fstore_spine%' AND pid <> pg_backend_pid() AND state <> 'idle'",
      )
    ).count
  const many = "SELECT 'u' AS user_id, timestamptz '2024-01-01Z' AS event_timestamp FROM generate_series(1, 600000)"
  const args = ['pit-export', '--spine-sql', many, '--features', 'one.n,two.n', '--full-names', '-o']
  const start = (output: string) =>
    spawn(process.execPath, [...nodeOptions, fstore.binary, ...args, output], {
      cwd: project.folder,
      env: fstore.environment(env),
      stdio: 'ignore',
    })
  const killed = start('killed.csv')
  while ((await spines()).length === 0) await sleep(5)
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  // The server goes on until it notices.
  while ((await joining()) > 0) await sleep(20)
  const [left] = await spines()
  const going = start('going.csv')
  const ended = once(going, 'exit')
  while ((await spines()).length < 2) await sleep(5)
  const done = await project.run(['cleanup', '--json', '--only', 'staging'], { env })
  expect(JSON.parse(done.stdout).removed).toEqual([
    { kind: 'staging', table: String(left?.name).replace('fstore_offline.', '') },
  ])
  expect(await ended).toEqual([0, null])
  expect(await spines()).toEqual([])
})

describe('erase', () => {
  let env: Record<string, string>
  const erase = (...args: string[]) => project.run(['erase', ...args], { env })

  beforeAll(async () => {
    env = await messy()
    await project.write('featurestore.config.ts', config(3))
    for (const tenant of ['acme', 'acme'])
      expect(await project.run(['build', '--tenant', tenant, '--create-tenant'], { env })).toMatchObject({ code: 0 })
  })

  test.each([
    ['nobody to ask', ['user', 'u']],
    ['nobody named', []],
    ['no key', ['user', '--yes']],
    ['no such entity', ['usr', 'u', '--yes']],
    ['two of them', ['user', 'u', 'v', '--yes']],
  ])('%s', async (_, args) => {
    expect(shown(await erase(...args))).toMatchSnapshot()
  })

  test('a person', async () => {
    const dry = await erase('user', 'u', '--dry-run')
    expect(shown(dry)).toMatchSnapshot()
    expect(shown(await erase('user', 'user_id=u', '--yes'))).toMatchSnapshot()
    expect(JSON.parse((await erase('user', 'u', '--yes', '--json')).stdout)).toMatchObject({ rows: 0, left: 0 })
    expect(await project.run(['get', 'u', '--json'], { env })).toMatchObject({
      stdout: expect.not.stringContaining('PRESENT'),
    })
    const other = await project.run(['get', 'u', '--tenant', 'acme', '--json'], { env })
    expect(other.stdout).toContain('PRESENT')
  })

  test('a tenant', async () => {
    const done = await erase('--tenant', 'acme', '--yes', '--json')
    expect(done).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(done.stdout)).toMatchObject({ tenant: 'acme', entity: null, left: 0 })
    const other = await project.run(['get', 'v', '--json'], { env })
    expect(other.stdout).toContain('PRESENT')
  })

  test('what cannot be proven is no success', async () => {
    await project.write('featurestore.config.ts', config(3).replaceAll('user_id', 'id'))
    await project.run(['build'], { env })
    expect(shown(await erase('user', 'v', '--yes'))).toMatchSnapshot()
    await project.write('featurestore.config.ts', config(3))
  })
})
