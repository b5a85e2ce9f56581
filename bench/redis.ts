/** The Redis of FSTORE_BENCH_REDIS_URL, which is emptied, else one started for the benchmark. */
import { Redis } from 'ioredis'
import { startRedis } from '../test/servers/redis.mjs'
import { versions } from './machine.js'

export async function withRedis(work: (url: string, client: Redis) => Promise<void>): Promise<void> {
  const given = process.env.FSTORE_BENCH_REDIS_URL
  const server = given ? { url: given, stop: async () => {} } : await startRedis()
  const client = new Redis(server.url, { protocol: 2 })
  const version = /redis_version:(\S+)/.exec(await client.info('server'))?.[1]
  if (version !== undefined) versions.set('Redis', version)
  try {
    await work(server.url, client)
  } finally {
    client.disconnect()
    await server.stop()
  }
}
