import type { Redis } from '../db/redis.js'
import { type Check, type Found, failed, failure, isAtLeast, ok, warning } from './check.js'
import { clockSkew } from './clock.js'

/** Redis 7, or Valkey, which counts on from 7.2. */
const floor = '7'

export async function checkRedis(redis: Redis | undefined): Promise<Check[]> {
  const check = (name: string, found: Found): Check => ({ area: 'redis', name, ...found })
  if (redis === undefined) return [check('reachable', ok('none is configured; reads go to Postgres'))]
  try {
    await redis.command('PING')
    const started = performance.now()
    await redis.command('PING')
    const took = performance.now() - started
    const info = await readInfo(redis)
    return [
      check('reachable', ok(`${redis.place}, ${took.toFixed(1)} ms${redis.isCluster ? ', a cluster' : ''}`)),
      check('version', versionOf(info)),
      check('eviction', evictionOf(info)),
      check('persistence', persistenceOf(info)),
      check('clock', await clockOf(redis)),
    ]
  } catch (error) {
    return [check('reachable', failure(error))]
  }
}

/** `INFO` as a map; empty where the user may not ask. */
async function readInfo(redis: Redis): Promise<ReadonlyMap<string, string>> {
  const text = await redis.command('INFO').catch(() => '')
  const lines = String(text).split(/\r?\n/)
  return new Map(lines.flatMap((line) => (line.includes(':') ? [pairOf(line)] : [])))
}

function pairOf(line: string): [string, string] {
  const at = line.indexOf(':')
  return [line.slice(0, at), line.slice(at + 1)]
}

const notTold = (what: string) =>
  warning(`${what} is not told: this user may not run INFO`, 'Allow INFO to the user (ACL SETUSER … +info).')

function versionOf(info: ReadonlyMap<string, string>): Found {
  const valkey = info.get('valkey_version')
  if (valkey !== undefined) return ok(`Valkey ${valkey}`)
  const version = info.get('redis_version')
  if (version === undefined) return notTold('its version')
  if (isAtLeast(version, floor)) return ok(`Redis ${version}`)
  return failed(`Redis ${version} is older than ${floor}`, `Upgrade to Redis ${floor} or newer.`)
}

function evictionOf(info: ReadonlyMap<string, string>): Found {
  const policy = info.get('maxmemory_policy')
  if (policy === undefined) return notTold('what it evicts')
  const limit = info.get('maxmemory') === '0' ? 'no memory limit' : `limit ${info.get('maxmemory_human')}`
  const words = `${policy}, ${limit}, ${info.get('used_memory_human')} used`
  if (!policy.startsWith('allkeys')) return ok(words)
  return warning(
    `${words}: when it is full it also drops what says which versions it serves`,
    'Use volatile-lru or noeviction: CONFIG SET maxmemory-policy volatile-lru. What was dropped, fstore sync sends again.',
  )
}

function persistenceOf(info: ReadonlyMap<string, string>): Found {
  const aof = info.get('aof_enabled')
  if (aof === undefined) return notTold('what it keeps on disk')
  if (info.get('rdb_last_bgsave_status') === 'err')
    return failed('its last snapshot failed', 'Look at the disk and the log of Redis: it may refuse writes until then.')
  if (aof === '1') return ok('an append-only file')
  return ok('snapshots or none; after a restart run fstore sync, which sends what it lost')
}

async function clockOf(redis: Redis): Promise<Found> {
  const before = Date.now()
  const [seconds, micros] = (await redis.command('TIME')) as [string, string]
  return clockSkew([before, Date.now()], Number(seconds) * 1000 + Number(micros) / 1000)
}
