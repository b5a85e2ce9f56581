/** A pushed group whose meaning changes: its rows, which nothing could compute again, come along. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  type AnyGroup,
  type BuildEvent,
  batch,
  createFeatureStore,
  defineConfig,
  entity,
  float64,
  int64,
  type StreamOptions,
  sql,
  stream,
  string,
} from '../../src/index.js'
import type { AnyStore } from '../../src/store.js'
import { describeEachDatabase } from '../servers/databases.js'

const user = entity('user', { user_id: 'string' })
const at = (n: number) => `2026-0${n}-01T00:00:00Z`

describeEachDatabase((given) => {
  let root: string
  const open: AnyStore[] = []

  function store(groups: readonly AnyGroup[], tenant = 'default'): AnyStore {
    const profiles = { default: { database: given.url } }
    const config = defineConfig({ project: 'demo', groups, profiles })
    const opened = createFeatureStore(config, { root, tenant, cache: { max: 0 } }) as unknown as AnyStore
    open.push(opened)
    return opened
  }
  const closeAll = async () => {
    await Promise.all(open.splice(0).map((one) => one.close()))
  }
  /** PGlite is one process's at a time. */
  const only = async (groups: readonly AnyGroup[], tenant?: string) => {
    await closeAll()
    return store(groups, tenant)
  }
  const followed = async (of: AnyStore) => {
    const events: BuildEvent[] = []
    const run = of.build()
    for await (const event of run) events.push(event)
    expect(await run).toMatchObject({ status: 'done' })
    return events.flatMap((event) => (event.type === 'warning' ? [event.message] : []))
  }
  const declare = (name: string, options: Partial<StreamOptions<any, any>> = {}) =>
    stream(name, { entity: user, features: { n: int64(), s: string() }, ...options } as StreamOptions<any, any>)
  const history = async (of: AnyStore, feature: string) =>
    (await of.history({ feature, key: 'u', all: true })).map((row) => [
      row.eventTimestampText,
      row.value,
      row.supersededAt === null,
    ])
  const latest = async (of: AnyStore, ...features: string[]) =>
    Object.values((await of.getFeatures({ entity: 'user', key: 'u', features })).values)

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'fstore-push-versions-'))
  })
  afterAll(async () => {
    await closeAll()
    await rm(root, { recursive: true, force: true })
  })

  test('history and latest rows come along for every tenant, features of another type stay behind', async () => {
    const first = [declare('a', { features: { n: int64(), s: string(), gone: float64() } })]
    for (const tenant of ['default', 'other']) {
      const one = await only(first, tenant)
      await one.build()
      const set = (n: number, month: number) =>
        one.setFeatures({
          group: 'a',
          rows: [{ key: 'u', features: { n, s: `${tenant} ${n}`, gone: 1 }, eventTimestamp: at(month) }],
        })
      for (const [n, month] of [
        [1, 1],
        [2, 2],
        [3, 2],
      ] as const)
        await set(n, month)
    }
    const before = await (await only(first)).history({ feature: 'a.n', key: 'u', all: true })
    const second = [declare('a', { partition: 'year', features: { n: int64({ min: 0 }), s: int64(), extra: int64() } })]
    expect(await followed(await only(second))).toEqual([
      'a: pushed values stay behind with the version before: s (another type), gone (no longer declared)',
    ])
    for (const tenant of ['default', 'other']) {
      const one = await only(second, tenant)
      expect(await history(one, 'a.n')).toEqual([
        [at(2), 3, true],
        [at(2), 2, false],
        [at(1), 1, true],
      ])
      expect(await latest(one, 'a.n', 'a.s', 'a.extra')).toEqual([3, null, null])
      await one.setFeature({ feature: 'a.extra', key: 'u', value: 7, eventTimestamp: at(3) })
      expect(await latest(one, 'a.n', 'a.extra')).toEqual([3, 7])
    }
    // Stamps too, so that what was known at a time is what was known then.
    const after = await (await only(second)).history({ feature: 'a.n', key: 'u', all: true, end: at(3) })
    expect(after).toEqual(before)
    // And back, with what has been pushed since.
    const again = await only(first)
    await again.build()
    expect(await latest(again, 'a.n', 'a.s', 'a.gone')).toEqual([3, null, null])
    const past = await again.featuresAt({ entity: 'user', key: 'u', features: ['a.n', 'a.s'], at: at(2) })
    expect(past.values).toEqual({ 'a.n': 3, 'a.s': 'default 3' })
  })

  test('a rollback takes along what was pushed since', async () => {
    await (await only([declare('r')])).build()
    const second = await only([declare('r', { version: 2 })])
    await second.build()
    await second.setFeature({ feature: 'r.n', key: 'u', value: 5 })
    expect(await second.rollback({ group: 'r' })).toMatchObject({ done: true, version: 1 })
    expect(await latest(second, 'r.n')).toEqual([5])
    expect(await second.setFeature({ feature: 'r.s', key: 'u', value: 'x' })).toMatchObject({ written: true })
    expect(await latest(second, 'r.n', 'r.s')).toEqual([5, 'x'])
  })

  test('other keys leave everything behind, and say so', async () => {
    const old = await only([declare('k')])
    await old.build()
    await old.setFeature({ feature: 'k.n', key: 'u', value: 1 })
    const number = entity('number', { user_id: 'int64' })
    expect(await followed(await only([declare('k', { entity: number })]))).toEqual([
      'k: pushed values stay behind with the version before: n (other keys), s (other keys)',
    ])
  })

  test('a computed group that becomes a pushed one begins with what was computed', async () => {
    const every = { every: '1d', start: '2026-02-28', end: '2026-03-01' } as const
    const select = sql`SELECT 'u' AS user_id, 4 AS n, 'x' AS s WHERE :end_time > :start_time`
    await (
      await only([batch('c', { entity: user, features: { n: int64(), s: string() }, sql: select, ...every })])
    ).build()
    const pushed = await only([declare('c')])
    // What is live is computed still.
    await expect(pushed.setFeature({ feature: 'c.n', key: 'u', value: 1 })).rejects.toMatchObject({ code: 'NOT_BUILT' })
    await pushed.build()
    expect(await latest(pushed, 'c.n', 'c.s')).toEqual([4, 'x'])
    await pushed.setFeature({ feature: 'c.n', key: 'u', value: 5, eventTimestamp: at(4) })
    expect(await history(pushed, 'c.n')).toEqual([
      [at(4), 5, true],
      [at(3), 4, true],
    ])
  })

  if (given.kind !== 'pglite')
    test('pushes of other processes follow a promotion, and none is lost', async () => {
      await closeAll()
      const [old, other, next] = [store([declare('p')]), store([declare('p')]), store([declare('p', { version: 2 })])]
      await old.build()
      const results: Promise<unknown>[] = []
      let going = true
      const pushing = [old, other].map(async (one, i) => {
        for (let n = 0; going || n < 20; n++) {
          const pushed = one.setFeature({ feature: i === 0 ? 'p.n' : 'p.s', key: 'u', value: i === 0 ? n : `${n}` })
          results.push(pushed)
          await pushed
        }
      })
      await next.build()
      going = false
      await Promise.all(pushing)
      const rows = await next.history({ feature: 'p.n', key: 'u', all: true })
      expect(rows.length).toBe(results.length)
      // Each keeps what the other has written last.
      for (const feature of ['p.n', 'p.s']) {
        const values = (await next.history({ feature, key: 'u' })).map(({ value }) => Number(value ?? -1))
        expect(values).toEqual(values.toSorted((a, b) => b - a))
      }
    })
})
