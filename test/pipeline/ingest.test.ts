/** Ingesting as applications do: into several groups and Redis, with what cannot be used, over versions, and forgotten. */

import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { z } from 'zod'
import { openRedis } from '../../src/db/redis.js'
import type { BuildEvent } from '../../src/index.js'
import {
  type AnyGroup,
  type AnyStore,
  average,
  createFeatureStore,
  defineConfig,
  ema,
  entity,
  float64,
  increment,
  int64,
  last,
  stream,
  string,
} from '../../src/index.js'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'
import { type OwnRedis, startOwnRedis } from '../servers/own.js'

const user = entity('user', { user_id: 'string' })
const conversation = entity('conversation', { id: 'int64' })
const feedback = z.object({ user: z.string().nullable(), rating: z.number(), conversation: z.number() })
const key = ({ user }: { user: string | null }) => user
const rating = ({ rating }: { rating: number }) => rating

const mood = stream('mood', {
  entity: user,
  version: 1,
  features: { tendency: float64({ min: -1, max: 1 }), ratings: int64() },
  events: { 'feedback.received': feedback },
  on: { 'feedback.received': { key, set: { tendency: ema(0.3, rating), ratings: increment() } } },
})
const talk = stream('talk', {
  entity: conversation,
  version: 1,
  features: { rated: int64(), status: string() },
  // Takes its time.
  events: { 'feedback.received': feedback.refine(async () => true), closed: z.object({ conversation: z.number() }) },
  on: {
    'feedback.received': { key: ({ conversation }) => conversation, set: { rated: last(rating) } },
    closed: { key: ({ conversation }) => ({ id: conversation }), set: { status: last(() => 'closed') } },
  },
})

let own: OwnDatabase
let redis: OwnRedis
const open: AnyStore[] = []

beforeAll(async () => {
  own = await createDatabase()
  redis = await startOwnRedis()
  const store = storeOf([mood, talk])
  await store.build({ online: true })
})
afterAll(async () => {
  for (const store of open) await store.close()
  await own?.drop()
  await redis?.stop()
})

function storeOf(groups: readonly AnyGroup[], tenant = 'default'): AnyStore {
  const before = { ...process.env }
  Object.assign(process.env, { DATABASE_URL: own.ownerUrl, REDIS_URL: redis.url })
  const config = defineConfig({ project: 'ingested', groups })
  const store = createFeatureStore(config, { cache: { max: 0 }, redisTimeout: 5_000, tenant }) as unknown as AnyStore
  process.env = before
  open.push(store)
  return store
}

let number = 0
const rated = (user: string | null, rating: unknown, conversation: unknown = 1, others: object = {}) => ({
  id: `e${number++}`,
  type: 'feedback.received',
  timestamp: '2026-03-01T08:00:00Z',
  payload: { user, rating, conversation },
  ...others,
})

async function read(store: AnyStore, entity: string, key: unknown) {
  const { values, features } = await store.getFeatures({ entity, key })
  const named = Object.entries(values).map(([name, value]) => [name.split('.')[1], value])
  return {
    ...Object.fromEntries(named),
    from: [...new Set(Object.values(features).map(({ source }) => source))].join(),
  }
}

test('an event goes to every group that takes it, and is in Redis when the call returns; again it is a duplicate', async () => {
  const store = storeOf([mood, talk])
  const events = [rated('ann', 1), rated('ann', -1), rated(null, 1, 2)]
  const result = await store.ingest([...events, events[0]])
  expect(result).toEqual({
    applied: 3,
    duplicates: 1,
    rejected: [],
    groups: { mood: { applied: 3, duplicates: 1, rejected: 0 }, talk: { applied: 3, duplicates: 1, rejected: 0 } },
    online: 'redis',
  })
  expect(await read(store, 'user', 'ann')).toEqual({ tendency: 0.3 * -1 + (1 - 0.3) * 1, ratings: 2, from: 'redis' })
  expect(await read(store, 'conversation', 1)).toEqual({ rated: -1, status: null, from: 'redis' })
  expect(await store.ingest(events)).toMatchObject({ applied: 0, duplicates: 3, online: 'latest' })
  expect(await read(storeOf([mood, talk], 'other'), 'user', 'ann')).toMatchObject({ ratings: null })
  expect(await store.ingest([])).toMatchObject({ applied: 0, duplicates: 0, rejected: [], groups: {} })
})

test('calls at once, in one process and two, lose nothing', async () => {
  const stores = [storeOf([mood, talk]), storeOf([mood, talk])]
  const events = Array.from({ length: 60 }, () => rated('bob', 1, 3))
  // Each of them twice.
  const results = await Promise.all(
    stores.flatMap((store) => events.map((_, i) => store.ingest(events.slice(i, i + 1)))),
  )
  for (const group of ['mood', 'talk'])
    expect(results.reduce((sum, { groups }) => sum + (groups[group]?.applied ?? 0), 0)).toBe(60)
  expect(await read(stores[0] as AnyStore, 'user', 'bob')).toMatchObject({ ratings: 60, tendency: 1 })
})

const unusable: [string, unknown, string | RegExp][] = [
  ['no object', 3, 'is not an object'],
  ['no id', rated('x', 1, 1, { id: undefined }), 'id is missing'],
  ['a long id', rated('x', 1, 1, { id: 'x'.repeat(256) }), 'id has not 1 to 255 characters'],
  [
    'another type',
    rated('x', 1, 1, { type: 'feedback.recieved' }),
    /^type "feedback.recieved" is no event of the config \(Did you mean/,
  ],
  [
    'no instant',
    rated('x', 1, 1, { timestamp: '2026-03-01T08:00:00' }),
    /^timestamp cannot be read: .* has no time zone/,
  ],
  ['another payload', rated('x', 'much'), /^payload.rating: /],
  ['a key that is none', rated('x', 1, 1.5), /^key of talk cannot be read: /],
]

test.each(unusable)('%s fails a call with nothing applied, or is set aside', async (_, event, reason) => {
  const store = storeOf([mood, talk])
  const sound = rated('cid', 1)
  const message = reason instanceof RegExp ? expect.stringMatching(reason) : reason
  const error: unknown = await store.ingest([sound, event]).catch((error: unknown) => error)
  expect(error).toMatchObject({ code: 'EVENT_INVALID', message: expect.stringMatching(/^events\[1\]: /) })
  const lenient = await store.ingest([event, sound], { lenient: true })
  expect(lenient).toMatchObject({ applied: 1, rejected: [{ event: 0, group: null, reasons: [message] }] })
})

test('an event that breaks a rule changes nothing of that group, is kept, and counts as applied; one from the future is not', async () => {
  const store = storeOf([mood, talk])
  const bad = rated('dan', 7, 9, { payload: { user: 'dan', rating: 7, conversation: 9 } })
  const late = rated('dan', 1, 9, { timestamp: new Date(Date.now() + 3_600_000) })
  const result = await store.ingest([bad, late])
  expect(result).toMatchObject({
    applied: 0,
    rejected: [
      { event: 0, group: 'mood', reasons: ['tendency: is above the maximum 1'] },
      { event: 1, group: null, reasons: ['timestamp lies more than a minute ahead of the clock of the database'] },
    ],
    groups: { mood: { applied: 0, rejected: 2 }, talk: { applied: 1, rejected: 1 } },
  })
  expect(await read(store, 'user', 'dan')).toMatchObject({ ratings: null })
  expect((await store.rejected({ group: 'mood' })).rows).toMatchObject([
    { content: { user_id: 'dan', event: { id: bad.id, type: bad.type, payload: bad.payload } } },
  ])
  expect(await store.ingest([bad])).toMatchObject({ applied: 0, duplicates: 1 })
  expect(await store.ingest([{ ...late, timestamp: new Date(Date.now() + 1_000) }])).toMatchObject({ applied: 1 })
  // What lies a little ahead holds from when it is there.
  const found = (await store.getFeatures({ entity: 'user', key: 'dan' })).features['mood.ratings']
  expect(found?.eventTimestamp?.getTime()).toBeLessThanOrEqual(Date.now())
  await store.erase({ entity: 'user', key: 'dan' })
  expect((await store.rejected({ group: 'mood' })).rows).toEqual([])
})

test('nothing is pushed to what events feed', async () => {
  await expect(
    storeOf([mood, talk]).setFeatures({ group: 'mood', rows: [{ key: 'ann', features: { ratings: 1 } }] }),
  ).rejects.toMatchObject({ code: 'PUSH_REFUSED', fix: expect.stringContaining('feedback.received') })
})

test('a feature more keeps what was folded, and what was applied; a raised version begins empty, and takes the same events again', async () => {
  const declare = (options: object = {}, set: object = {}) =>
    stream('grown', {
      entity: user,
      version: 1,
      features: { mean: float64(), n: int64() },
      events: { 'feedback.received': feedback },
      on: { 'feedback.received': { key, set: { mean: average(rating), n: increment(), ...set } } },
      ...options,
    })
  const built = async (group: AnyGroup) => {
    const store = storeOf([group])
    const events: BuildEvent[] = []
    const run = store.build({ online: true, select: ['grown'] })
    for await (const event of run) events.push(event)
    return { store, said: events.flatMap((event) => (event.type === 'warning' ? [event.message] : [])) }
  }
  const events = [rated('eve', 1), rated('eve', 0)]
  const { store: first } = await built(declare())
  await first.ingest(events)

  const more = declare({ features: { mean: float64(), n: int64(), more: int64() } }, { more: increment() })
  await expect(storeOf([more]).ingest(events)).rejects.toMatchObject({ code: 'NOT_BUILT' })
  const { store: second, said } = await built(more)
  expect(said).toEqual([])
  expect(await second.ingest([...events, rated('eve', 0)])).toMatchObject({ applied: 1, duplicates: 2 })
  expect(await read(second, 'user', 'eve')).toEqual({ mean: 1 / 3, n: 3, more: 1, from: 'redis' })
  // The first store runs on with its older config: what that changes is there.
  expect(await first.ingest([rated('eve', 0)])).toMatchObject({ applied: 1 })
  expect(await second.history({ feature: 'grown.n', key: 'eve', all: true })).toHaveLength(3)

  const { store: third, said: raised } = await built(declare({ version: 2 }))
  expect(raised).toEqual(['grown: version 2 begins empty; ingest its events again for what they would have come to'])
  await expect(first.ingest([rated('eve', 0)])).rejects.toMatchObject({ code: 'NOT_BUILT' })
  expect(await third.ingest(events)).toMatchObject({ applied: 2, duplicates: 0 })
  expect(await read(third, 'user', 'eve')).toMatchObject({ mean: 0.5, n: 2 })

  await third.rollback({ group: 'grown', version: 2 })
  expect(await read(second, 'user', 'eve')).toMatchObject({ mean: 0.25, n: 4 })
  expect(await third.verify({ groups: ['grown'], all: true })).toMatchObject({ ok: true })
})

test('ids are forgotten when their time is over, and what the next event goes on from is kept for as long as history', async () => {
  const brief = stream('brief', {
    entity: user,
    version: 1,
    ttl: '1s',
    remember: '1s',
    features: { n: int64() },
    events: { 'feedback.received': feedback },
    on: { 'feedback.received': { key, set: { n: increment() } } },
  })
  const store = storeOf([brief])
  await store.build({ select: ['brief'] })
  const event = rated('fay', 1)
  await store.ingest([event])
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  const cleaned = { kind: 'events', group: 'brief', version: 1, tenant: 'default', rows: 1 }
  expect((await store.cleanup({ dryRun: true, only: ['events', 'expired'] })).removed).toEqual([cleaned])
  expect((await store.cleanup({ only: ['events', 'expired'] })).removed).toEqual([cleaned])
  expect(await store.ingest([event])).toMatchObject({ applied: 1 })
  expect(await store.history({ feature: 'brief.n', key: 'fay' })).toMatchObject([{ value: 2 }])
})

test('what Redis could not be told at once is there in the end', async () => {
  const store = storeOf([mood, talk])
  const admin = openRedis({ url: redis.url })
  await admin.command('client', 'pause', '10000', 'WRITE')
  const result = await store.ingest([rated('gus', 1)])
  await admin.command('client', 'unpause')
  await admin.close()
  expect(['pending', 'redis']).toContain(result.online)
  await store.sync()
  // The store may keep away from a server that was silent for a while.
  for (let found = await read(store, 'user', 'gus'); found.from !== 'redis'; found = await read(store, 'user', 'gus')) {
    expect(found).toMatchObject({ ratings: 1, from: 'latest' })
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect(await read(store, 'user', 'gus')).toMatchObject({ ratings: 1 })
})
