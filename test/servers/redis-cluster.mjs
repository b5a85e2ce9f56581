// A real Redis Cluster: three masters that share the slots.

import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './child.mjs'
import { ask, describeRedis, startNode } from './redis.mjs'

const slots = 16_384
const masters = 3

/** Resolves to { url, nodes, description, stop }. */
export async function startRedisCluster({ args = [] } = {}) {
  const starting = Array.from({ length: masters }, async () => startClusterNode({ args, bus: await freePort() }))
  const started = await Promise.allSettled(starting)
  const nodes = started.flatMap(({ value }) => value ?? [])
  const stop = async () => void (await Promise.all(nodes.map((node) => node.stop())))
  try {
    for (const { reason } of started) if (reason) throw reason
    await join(nodes)
  } catch (error) {
    await stop()
    throw error
  }
  const url = `redis-cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`
  return { url, nodes, description: `${await describeRedis()}, cluster of ${masters}`, stop }
}

async function startClusterNode({ args, bus }) {
  const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(bus), '--cluster-node-timeout', '2000']
  return Object.defineProperty(await startNode({ args: [...cluster, ...args] }), 'bus', { value: bus })
}

async function join(nodes) {
  const [first] = nodes
  const bounds = [...nodes, undefined].map((_, i) => Math.floor((i * slots) / nodes.length))
  for (const [i, node] of nodes.entries()) {
    const own = ['CLUSTER', 'ADDSLOTSRANGE', bounds[i], bounds[i + 1] - 1]
    const meet = ['CLUSTER', 'MEET', '127.0.0.1', first.port, first.bus]
    await ask(node, own, ['CLUSTER', 'SET-CONFIG-EPOCH', i + 1], ...(node === first ? [] : [meet]))
  }
  for (const node of nodes) await settled(node, nodes.length)
}

async function settled(node, size) {
  for (let attempt = 0; attempt < 300; attempt++) {
    const [info] = await ask(node, ['CLUSTER', 'INFO'])
    if (/cluster_state:ok/.test(info) && info.includes(`cluster_size:${size}`)) return
    await sleep(100)
  }
  throw new Error('The nodes of the Redis Cluster did not come to know each other')
}
