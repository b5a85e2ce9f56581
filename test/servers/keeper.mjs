// Holds the real servers of a test run. `GET /redis` starts that one, once, and answers with how to reach it; `POST
// /redis` starts another for one test, and `POST /<id>/<node>/<action>` does something to it. The package is compiled
// once in the same way, and so is a script of the tests. Lives as long as its standard input is open.

import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { compile, compileScript } from './compiled.mjs'
import { startPgBouncer } from './pgbouncer.mjs'
import { startPostgres } from './postgres.mjs'
import { startRedis } from './redis.mjs'
import { startRedisCluster } from './redis-cluster.mjs'
import { startRedisSentinel } from './redis-sentinel.mjs'
import { startRedisTls } from './redis-tls.mjs'

const starters = {
  postgres: startPostgres,
  redis: startRedis,
  'redis-cluster': startRedisCluster,
  'redis-sentinel': startRedisSentinel,
  'redis-tls': startRedisTls,
  pgbouncer: async () => startPgBouncer(await shared('postgres')),
  compiled: compile,
}
const servers = {}
/** Those of one test each, by their id. */
const owned = new Map()

/** Files of the tests that run in processes of their own, by their names. */
const scripts = new Map()

async function script(name) {
  const { folder } = await shared('compiled')
  if (!scripts.has(name)) scripts.set(name, compileScript(folder, name))
  return { file: await scripts.get(name) }
}

function shared(name) {
  servers[name] ??= announce(starters[name]())
  return servers[name]
}

async function announce(starting) {
  const started = await starting
  process.stderr.write(`test server: ${started.description}\n`)
  return started
}

async function own(name, options) {
  const id = String(owned.size)
  const starting = starters[name]({ ...options, fresh: true })
  owned.set(id, starting)
  return { ...reach(await starting), id }
}

async function control(id, node, action) {
  const started = await owned.get(id)
  if (node === 'all') await started[action]()
  else await started.nodes[node][action]()
  return reach(started)
}

/** What can be told of a server: all but what can be done to it. */
function reach({ nodes, ...rest }) {
  return { ...rest, ...(nodes && { nodes: nodes.map(({ url, pid }) => ({ url, pid })) }) }
}

async function answer(request) {
  const [name, node, action] = request.url.slice(1).split('/')
  if (name === 'script') return script(decodeURIComponent(node))
  if (request.method === 'GET') return reach(await shared(name))
  return action === undefined ? own(name, await json(request)) : control(name, node, action)
}

const http = createServer(async (request, response) => {
  try {
    response.end(JSON.stringify(await answer(request)))
  } catch (error) {
    response.writeHead(500).end(String(error?.stack ?? error))
  }
})

http.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${http.address().port}\n`))

async function stop() {
  // PgBouncer before the server it stands before.
  await stopAll([...owned.values(), servers.pgbouncer])
  await stopAll(Object.values(servers))
  process.exit(0)
}

async function stopAll(starting) {
  const settled = await Promise.allSettled(starting)
  await Promise.allSettled(settled.map(({ value }) => value?.stop()))
}

process.stdin.resume().on('end', stop).on('error', stop)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop)
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})
