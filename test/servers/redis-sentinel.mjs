// A real Redis master with a replica, watched by three sentinels.

import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, ownFolder } from './child.mjs'
import { ask, configFile, describeRedis, findRedis, startNode } from './redis.mjs'
import { serve } from './serve.mjs'

const name = 'fstore'
const count = 3

/** Resolves to { url, nodes, description, stop }; the nodes are the master, the replica, then the sentinels. */
export async function startRedisSentinel({ args = [] } = {}) {
  const nodes = []
  const stop = async () => {
    // Sentinels first: they would promote the replica of a master that is gone.
    for (const node of [...nodes].reverse()) await node.stop()
  }
  try {
    const master = await startNode({ args })
    nodes.push(master)
    const replica = await startNode({ args, config: [`replicaof 127.0.0.1 ${master.port}`] })
    nodes.push(replica)
    await until(async () => (await ask(replica, ['INFO', 'replication'])).join().includes('master_link_status:up'))
    const watching = await Promise.allSettled(Array.from({ length: count }, () => startSentinel(master.port)))
    nodes.push(...watching.flatMap(({ value }) => value ?? []))
    for (const { reason } of watching) if (reason) throw reason
    for (const sentinel of nodes.slice(2)) await until(() => knowsAll(sentinel))
  } catch (error) {
    await stop()
    throw error
  }
  const sentinels = nodes.slice(2).map(({ port }) => `127.0.0.1:${port}`)
  const url = `redis-sentinel://${sentinels.join(',')}/0#${name}`
  return { url, nodes, description: `${await describeRedis()}, with ${count} sentinels`, stop }
}

async function startSentinel(master) {
  const { command, env } = await findRedis()
  const folder = ownFolder('sentinel')
  const port = await freePort()
  const config = configFile(folder, [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${name} 127.0.0.1 ${master} 2`,
    `sentinel down-after-milliseconds ${name} 1000`,
    `sentinel failover-timeout ${name} 3000`,
  ])
  const ready = () => ask({ port }, ['PING'])
  const node = await serve({ command, args: [config, '--sentinel'], env, folder, ready })
  return Object.defineProperties(node, {
    port: { value: port },
    url: { value: `redis://127.0.0.1:${port}`, enumerable: true },
  })
}

async function knowsAll(sentinel) {
  const [flat] = await ask(sentinel, ['SENTINEL', 'MASTER', name])
  const value = (field) => Number(flat[flat.indexOf(field) + 1])
  return value('num-slaves') === 1 && value('num-other-sentinels') === count - 1
}

async function until(holds) {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (await holds()) return
    await sleep(100)
  }
  throw new Error('The sentinels did not come to know each other')
}
