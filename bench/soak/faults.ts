/** What goes wrong during a soak, one after another in turn. */
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { startRedis } from '../../test/servers/redis.mjs'
import type { Crew } from './crew.js'

/** A Redis of the soak's own, since it is paused and killed. */
export interface FaultyRedis {
  readonly url: string
  readonly nodes: readonly [
    { pause(): Promise<void>; resume(): Promise<void>; kill(): Promise<void>; restart(): Promise<void> },
  ]
  stop(): Promise<void>
}

export async function startFaultyRedis(): Promise<FaultyRedis> {
  return (await startRedis()) as unknown as FaultyRedis
}

export interface Fault {
  readonly name: string
  strike(): Promise<void>
}

export function faultsOf(given: {
  readonly redis: FaultyRedis
  readonly admin: pg.Client
  readonly ingesting: Crew
  readonly computing: Crew
}): Fault[] {
  const { redis, admin, ingesting, computing } = given
  const [node] = redis.nodes
  return [
    {
      name: 'Redis hangs for two seconds',
      async strike() {
        await node.pause()
        await sleep(2_000)
        await node.resume()
      },
    },
    { name: 'a worker that ingests is killed', strike: async () => ingesting.kill() },
    {
      name: 'every connection to PostgreSQL is cut',
      async strike() {
        await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()`)
      },
    },
    { name: 'a worker that computes is killed', strike: async () => computing.kill() },
    {
      name: 'Redis is killed, and comes back empty after two seconds',
      async strike() {
        await node.kill()
        await sleep(2_000)
        await node.restart()
      },
    },
  ]
}
