// A real Redis or Valkey: the one a URL names, else one found or installed here.

import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { findOrInstall } from './binary.mjs'
import { freePort, ownFolder, run } from './child.mjs'
import { serve } from './serve.mjs'

/**
 * Resolves to { url, nodes, description, stop }.
 *
 * @param {{ fresh?: boolean, args?: readonly string[] }} options `fresh`: always a new one; `args` of that one
 */
export async function startRedis({ fresh = false, args = [] } = {}) {
  const given = process.env.FSTORE_TEST_REDIS_URL
  if (given && !fresh)
    return { url: given, nodes: [{ url: given }], description: 'Redis (given)', stop: async () => {} }
  const node = await startNode({ args })
  return { url: node.url, nodes: [node], description: await describeRedis(), stop: node.stop }
}

export async function findRedis() {
  return findOrInstall({ names: ['redis-server', 'valkey-server'], packages: ['redis-server'] })
}

export async function describeRedis() {
  const { command, env } = await findRedis()
  const version = (await run(command, ['--version'], { env: { ...process.env, ...env } })).match(/v=(\S+)/)?.[1]
  return `Redis ${version} (${command})`
}

/** One process, which keeps no data over a restart unless `args` say so. What `config` says, a Sentinel may change. */
export async function startNode({ args = [], config = [], port, folder = ownFolder('redis'), tls } = {}) {
  const { command, env } = await findRedis()
  const own = port ?? (await freePort())
  const listen = tls ? ['--port', '0', '--tls-port', String(own)] : ['--port', String(own)]
  const usual = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const file = configFile(folder, config)
  const ready = () => ask({ port: own, tls }, ['PING'])
  const node = await serve({ command, args: [file, ...listen, ...usual, ...args], env, folder, ready })
  const url = `${tls ? 'rediss' : 'redis'}://127.0.0.1:${own}`
  return Object.defineProperties(node, { port: { value: own }, url: { value: url, enumerable: true } })
}

/** One that the server may write to. */
export function configFile(folder, lines) {
  const file = join(folder, 'redis.conf')
  writeFileSync(file, [...lines, ''].join('\n'))
  chmodSync(file, 0o666)
  return file
}

/** The answers to commands, on a connection of their own. A server that wants a password first is there, too. */
export async function ask({ port, tls }, ...commands) {
  const client = new Redis({
    port,
    host: '127.0.0.1',
    ...(tls && { tls }),
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: 1000,
    commandTimeout: 5000,
    disableClientInfo: true,
    protocol: 2,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const answers = []
    for (const [name, ...parameters] of commands) answers.push(await client.call(name, ...parameters.map(String)))
    return answers
  } catch (error) {
    if (/^NOAUTH/.test(error.message)) return []
    throw error
  } finally {
    client.disconnect()
  }
}
