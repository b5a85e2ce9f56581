/** The Redis of FSTORE_BENCH_REDIS_URL, which is emptied, else one started for the benchmark. */
import { Redis } from 'ioredis'
import { startRedis } from '../test/servers/redis.mjs'

export async function withRedis(work: (url: string, client: Redis) => Promise<void>): Promise<void> {
  const given = process.env.FSTORE_BENCH_REDIS_URL
  const server = given ? { url: given, description: 'Redis (given)', stop: async () => {} } : await startRedis()
  console.log(server.description)
  const client = new Redis(server.url, { protocol: 2 })
  try {
    await work(server.url, client)
  } finally {
    client.disconnect()
    await server.stop()
  }
}
