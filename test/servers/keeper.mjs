// Holds the real servers of a test run. `GET /postgres`, `/redis` and `/pgbouncer` start one, once, and answer with
// how to reach it. Lives as long as its standard input is open.

import { createServer } from 'node:http'
import { startPgBouncer } from './pgbouncer.mjs'
import { startPostgres } from './postgres.mjs'
import { startRedis } from './redis.mjs'

const starters = {
  postgres: () => startPostgres(),
  redis: () => startRedis(),
  pgbouncer: async () => startPgBouncer(await server('postgres')),
}
const servers = {}

function server(name) {
  servers[name] ??= announce(starters[name]())
  return servers[name]
}

async function announce(starting) {
  const started = await starting
  process.stderr.write(`test server: ${started.description}\n`)
  return started
}

const http = createServer(async (request, response) => {
  try {
    const { stop, ...reach } = await server(request.url.slice(1))
    response.end(JSON.stringify(reach))
  } catch (error) {
    response.writeHead(500).end(String(error?.stack ?? error))
  }
})

http.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${http.address().port}\n`))

async function stop() {
  // PgBouncer before the server it stands before.
  for (const name of ['pgbouncer', 'redis', 'postgres']) {
    const started = await servers[name]?.catch(() => undefined)
    await started?.stop?.()
  }
  process.exit(0)
}

process.stdin.resume().on('end', stop).on('error', stop)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop)
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})
