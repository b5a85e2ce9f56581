/** Reads as a store makes them, through memory and Redis, over values that were built and sent. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Redis, type RedisCommand } from '../../src/db/redis.js'
import { redisTarget } from '../../src/db/redis-target.js'
import type { MemoryOptions } from '../../src/online/memory.js'
import { type Online, openOnline } from '../../src/online/open.js'
import type { AnyRead, ReadLimits } from '../../src/online/reader.js'
import { projectKeys } from '../../src/online/redis-keys.js'
import { Catalog } from '../../src/registry/catalog.js'
import { describeEachDatabase } from '../servers/databases.js'
import { givenProjected } from './projected.js'

/** Notes how often rows are asked for. */
class Counted extends Redis {
  readonly asked: number[] = []

  override async send(commands: readonly RedisCommand[], within?: number): Promise<unknown[]> {
    for (const [name, ...words] of commands) if (name === 'mget') this.asked.push(words.length - 1)
    return super.send(commands, within)
  }
}

describeEachDatabase((given) => {
  const own = givenProjected(given)
  let opened: { online: Online; redis: Counted }[] = []

  beforeEach(async () => {
    await own.store.script(`INSERT INTO source VALUES ('default', 'u1', 5, 'a', '2024-03-01T08:00:00Z')`)
    await own.store.built()
    await own.store.sync()
  })
  afterEach(async () => {
    for (const { online, redis } of opened) {
      await online.close()
      await redis.close()
    }
    opened = []
  })

  function open(cache: MemoryOptions = { ttl: 600_000 }) {
    const redis = new Counted(redisTarget(own.url))
    const { project, db, schema } = own.store
    const registry = new Catalog(db, schema)
    const online = openOnline({ project, tenant: 'default', db, registry, redis, cache, redisTimeout: 5_000 })
    opened.push({ online, redis })
    return { online, redis }
  }

  /** When a store begins to hear of writes it forgets what it read before. */
  async function listening() {
    const own = open()
    while ((await read(own.online))[1] !== 'memory') await new Promise((resolve) => setTimeout(resolve, 50))
    return own
  }

  async function read(online: Online, limits: ReadLimits = {}, key = 'u1') {
    const request = { entity: 'user', keys: [key], features: ['spent.spent'], ...limits }
    const [{ features }] = (await online.readFeatures(request)) as [AnyRead]
    const { value, source, status } = features['spent.spent'] as NonNullable<(typeof features)[string]>
    return [value ?? status, source]
  }

  /** As a writer would that is not ours: what each tier holds can then be told apart. */
  async function plant(redis: Redis, value: number): Promise<void> {
    const [[key, text]] = Object.entries(await own.store.inRedis()) as [[string, string]]
    const packed = JSON.parse(text)
    packed[2] = value
    const { definition } = await own.store.compiled('spent')
    await redis.command('set', own.store.nameOf(key, definition.fingerprint), JSON.stringify(packed))
  }

  test('the nearest tier that may tell answers', async () => {
    const { online, redis } = await listening()
    expect(await read(online)).toEqual([5, 'memory'])
    await plant(redis, 6)
    expect(await read(online)).toEqual([5, 'memory'])
    expect(await read(online, { tier: 'redis' })).toEqual([6, 'redis'])
    expect(await read(online, { tier: 'memory' })).toEqual([5, 'memory'])
    expect(await read(online, { tier: 'latest' })).toEqual([5, 'latest'])
    expect(await read(online, { tier: 'memory' }, 'nobody')).toEqual(['NOT_FOUND', null])
  })

  test('a tier that may be older than asked is passed over', async () => {
    const { online, redis } = await listening()
    await plant(redis, 6)
    expect(await read(online, { maxAge: '1h' })).toEqual([6, 'redis'])
    // Memory knows since when it is so, because Redis said so.
    expect(await read(online, { maxAge: '1h' })).toEqual([6, 'memory'])
    expect(await read(online, { maxAge: '0s' })).toEqual([5, 'latest'])
    await expect(read(online, { maxAge: 'soon' as '1h' })).rejects.toMatchObject({ code: 'USAGE' })
  })

  test('an entity is forgotten everywhere but in Postgres when it is invalidated', async () => {
    const [here, there] = [open(), open()]
    await plant(here.redis, 6)
    expect([await read(here.online), await read(there.online)]).toEqual([
      [6, 'redis'],
      [6, 'redis'],
    ])
    expect(await here.online.invalidate('user', ['u1'], ['spent'])).toBe(1)
    expect(await read(here.online)).toEqual([5, 'latest'])
    while ((await read(there.online))[0] !== 5) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await here.online.invalidate('user', ['nobody'], ['spent'])).toBe(0)
  })

  test('what Redis lacks comes from Postgres, and is put back', async () => {
    const { online, redis } = open({ max: 0 })
    await online.invalidate('user', ['u1'], ['spent'])
    expect(await read(online)).toEqual([5, 'latest'])
    while (Object.keys(await own.store.inRedis()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await read(online)).toEqual([5, 'redis'])
    expect(await own.store.verify({ all: true })).toMatchObject({ ok: true })
    expect(redis.asked.length).toBeGreaterThan(1)
  })

  test('what is not ours in Redis tells nothing', async () => {
    const { definition } = await own.store.compiled('spent')
    const { synced, versions, changes } = projectKeys(own.store.project.name)
    const { redis } = open()
    for (const text of ['{', 'null', '7', '{}']) {
      await redis.command('set', own.store.nameOf('u1', definition.fingerprint), text)
      await redis.command('hset', synced, `default:spent@${definition.fingerprint}`, text)
      expect((await read(open({ max: 0 }).online))[0]).toBe(5)
      expect((await read(open({ max: 0 }).online, { maxAge: '1h' }))[0]).toBe(5)
    }
    await redis.command('hset', versions, `spent@${definition.fingerprint}`, 'null')
    await redis.command('incr', changes)
    expect((await read(open({ max: 0 }).online))[0]).toBe(5)
  })

  test('reads that miss the same row ask for it once', async () => {
    const { online, redis } = open({ max: 0 })
    await read(online)
    redis.asked.length = 0
    const reads = await Promise.all(Array.from({ length: 20 }, (_, i) => read(online, {}, i % 2 ? 'u1' : 'u2')))
    expect(reads.filter(([value]) => value === 5)).toHaveLength(10)
    expect(redis.asked).toEqual([1, 1])
  })

  test('a read that is given up ends at once', async () => {
    const { online } = open()
    await expect(read(online, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
    const late = new AbortController()
    const reading = read(online, { maxAge: '0s', signal: late.signal })
    late.abort()
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
  })
})
