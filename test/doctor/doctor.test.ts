/** What doctor finds on real servers that have something wrong. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openPostgres } from '../../src/db/postgres.js'
import { openRedis, type Redis } from '../../src/db/redis.js'
import type { Check } from '../../src/doctor/check.js'
import { clockSkew } from '../../src/doctor/clock.js'
import { diagnose } from '../../src/doctor/doctor.js'
import { checkMachine } from '../../src/doctor/machine.js'
import { checkPostgres } from '../../src/doctor/postgres.js'
import { checkRedis } from '../../src/doctor/redis.js'
import { embedding } from '../../src/index.js'
import { Trial } from '../plan/trial.js'
import { group } from '../project.js'
import { asSuperuser, createDatabase, describeEachDatabase, type OwnDatabase } from '../servers/databases.js'
import { type OwnRedis, startOwnRedis } from '../servers/own.js'

const found = (checks: readonly Check[], name: string) => checks.find((check) => check.name === name)
const wrong = (checks: readonly Check[]) => checks.filter(({ state }) => state !== 'ok').map(({ name }) => name)

describeEachDatabase((given) => {
  const look = async (...groups: Parameters<Trial['declare']>) => {
    const { project } = new Trial({ db: given.db }).declare(...groups)
    return checkPostgres({ db: given.db, project, place: 'here' })
  }

  test('the schema that is not made yet, then made, then with its row security off', async () => {
    const before = await look(group('visits'))
    expect(wrong(before)).toEqual(['schema'])
    expect(found(before, 'role')?.message).toMatch(/may (make|become) fstore_app/)
    await new Trial({ db: given.db }).migrate()
    expect(wrong(await look(group('visits')))).toEqual([])
    await given.db.query({ role: 'owner' }, 'ALTER TABLE fstore.coverage NO FORCE ROW LEVEL SECURITY')
    const after = await look(group('visits'))
    expect(wrong(after)).toEqual(['row security'])
    expect(found(after, 'row security')?.message).toBe('off for fstore.coverage')
    const fix = /^ALTER TABLE fstore\.coverage [^;]*;/.exec(found(after, 'row security')?.fix ?? '')?.[0]
    await given.db.query({ role: 'owner' }, String(fix))
    expect(wrong(await look(group('visits')))).toEqual([])
  })

  test('pgvector is asked for where an embedding is declared', async () => {
    expect(found(await look(group('visits')), 'pgvector')).toBeUndefined()
    const { rows } = await given.db.query<{ there: boolean }>(
      { role: 'owner' },
      `SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') AS there`,
    )
    const checks = await look(group('documents', { features: { vector: embedding(3) } }))
    if (rows[0]?.there) expect(found(checks, 'pgvector')?.message).toMatch(/^vector \d/)
    else expect(found(checks, 'pgvector')).toMatchObject({ state: 'failed', fix: expect.stringContaining('pgvector') })
  })
})

describe('a server', () => {
  let own: OwnDatabase
  beforeAll(async () => {
    own = await createDatabase()
    await asSuperuser(own.url, `CREATE ROLE ${own.name}_guest LOGIN PASSWORD 'guest'`)
  })
  afterAll(async () => {
    await asSuperuser(own.url, `DROP ROLE ${own.name}_guest`)
    await own.drop()
  })

  const { project } = new Trial({ db: openPostgres({ url: 'postgres://nobody@localhost/none' }) }).declare(
    group('visits'),
  )
  const look = async (url: string) => {
    const db = openPostgres({ url })
    try {
      return await diagnose({ project, db, redis: undefined, url, directory: '/nowhere' })
    } finally {
      await db.close()
    }
  }

  test('a user who may make nothing is told whom to ask', async () => {
    const url = new URL(own.url)
    url.username = `${own.name}_guest`
    url.password = 'guest'
    const checks = await look(url.href)
    expect(found(checks, 'role')).toMatchObject({ state: 'failed', fix: expect.stringMatching(/GRANT|--print-sql/) })
    expect(JSON.stringify(checks)).not.toContain('guest@')
  })

  test('through a pooler it is another port', async () => {
    expect(found(await look(await own.pgbouncerUrl()), 'pooler')).toMatchObject({ state: 'warning' })
    expect(found(await look(own.ownerUrl), 'pooler')).toMatchObject({ state: 'ok' })
  })

  test('that is not there', async () => {
    const checks = await look('postgres://me:geheim@localhost:1/none')
    expect(found(checks, 'reachable')).toMatchObject({ state: 'failed', fix: expect.any(String) })
    expect(JSON.stringify(checks)).not.toContain('geheim')
  })
})

describe('redis', () => {
  let own: OwnRedis
  let redis: Redis
  beforeAll(async () => {
    own = await startOwnRedis()
    redis = openRedis({ url: own.url })
  })
  afterAll(async () => {
    await redis.close()
    await own.stop()
  })

  test('as it should be, and evicting what it should not', async () => {
    expect(wrong(await checkRedis(redis))).toEqual([])
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    const checks = await checkRedis(redis)
    expect(wrong(checks)).toEqual(['eviction'])
    expect(found(checks, 'eviction')?.fix).toContain('volatile-lru')
  })

  test('that is not there, and where none is configured', async () => {
    const none = openRedis({ url: 'redis://:geheim@localhost:1' })
    const checks = await checkRedis(none)
    expect(checks).toMatchObject([{ name: 'reachable', state: 'failed' }])
    expect(JSON.stringify(checks)).not.toContain('geheim')
    expect(wrong(await checkRedis(undefined))).toEqual([])
    await none.close()
  })
})

test.each([
  [1_000, 'ok'],
  [30_000, 'warning'],
  [61_200, 'failed'],
] as const)('a clock %d ms away is %s, ahead or behind', (away, state) => {
  expect(clockSkew([5_000_000, 5_000_010], 5_000_010 + away).state).toBe(state)
  expect(clockSkew([5_000_000, 5_000_010], 5_000_000 - away).state).toBe(state)
})

test.each([
  ['20.18.3', 'failed'],
  ['20.19.0', 'ok'],
  ['22.1.0', 'ok'],
])('node %s is %s', (version, state) => {
  expect(checkMachine(version)).toMatchObject([{ state }])
})
