/** A store that is open while it is looked at, and no longer than others can spare it. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { batch, createFeatureStore, defineConfig, entity, int64, sql } from '../../src/index.js'
import { AnyStore } from '../../src/store.js'
import { Lending } from '../../src/ui/lending.js'
import { type Child, startChild } from '../db/child.js'

const one = batch('one', {
  entity: entity('user', { user_id: 'string' }),
  every: '1d',
  features: { n: int64() },
  sql: sql`SELECT 'u' AS user_id, 1::bigint AS n WHERE :end_time > :start_time`,
})
const { project } = createFeatureStore(
  defineConfig({ project: 'lent', groups: [one], profiles: { default: { database: '' } } }),
) as unknown as AnyStore
const profile = { name: 'default', tenant: 'default', database: undefined, redis: undefined } as never

let root: string
let lending: Lending
let isCurrent: boolean
let opened: number
let children: Child[]

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fstore-lending-'))
  isCurrent = true
  opened = 0
  children = []
  lending = lent(600_000)
})
afterEach(async () => {
  for (const child of children) child.process.kill('SIGKILL')
  await lending.close()
  await rm(root, { recursive: true, force: true })
})

const lent = (lingering: number) =>
  new Lending({
    open: async (whenWanted) => {
      opened++
      return { store: new AnyStore({ project, profile, root, whenWanted }), isCurrent: async () => isCurrent }
    },
    lingering,
  })
const lock = () => join(root, '.fstore', 'pglite.lock')
const look = () => lending.use(undefined, (store) => store.overview())

test('another process that wants the database has it as soon as nobody looks; then it is opened again', async () => {
  expect((await look()).groups).toMatchObject([{ group: 'one', freshness: 'not built' }])
  expect(existsSync(lock())).toBe(true)
  const other = await startChild('holder.ts', lock())
  children.push(other)
  expect(await other.line()).toBe('ready')
  other.process.stdin?.write('go\n')
  expect(await other.line()).toBe('held')
  await expect(look()).rejects.toMatchObject({ code: 'LOCKED', message: expect.stringMatching('holds the project') })
  await other.end()
  expect((await look()).groups).toHaveLength(1)
  expect(opened).toBe(2)
})

test('many at once share one; a config that has changed opens another', async () => {
  await Promise.all([look(), look(), look()])
  expect(opened).toBe(1)
  isCurrent = false
  const patience = Date.now() + 60_000
  while (opened === 1 && Date.now() < patience) await look()
  expect(opened).toBe(2)
})

test('it is closed when nobody has asked for a while', async () => {
  lending = lent(1)
  await look()
  const patience = Date.now() + 60_000
  while (existsSync(lock()) && Date.now() < patience) await sleep(20)
  expect(existsSync(lock())).toBe(false)
})

test('one that could not be opened, and was given away meanwhile, leaves its successor alone', async () => {
  let fail = () => {}
  const failure = new Promise<never>((_, reject) => {
    fail = () => reject(new Error('It broke.'))
  })
  let attempts = 0
  lending = new Lending({
    open: async (whenWanted) => {
      if (attempts++ > 0) return { store: new AnyStore({ project, profile, root }), isCurrent: async () => true }
      whenWanted()
      return failure
    },
    lingering: 600_000,
  })
  const broken = expect(look()).rejects.toThrow('It broke.')
  await sleep(0)
  const next = look()
  fail()
  await broken
  expect((await next).groups).toHaveLength(1)
  await lending.close()
  expect(existsSync(lock())).toBe(false)
})
