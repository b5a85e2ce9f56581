/** The server of the benchmark, in a process of its own; beside it, on the same kind of server, a route that does nothing. */
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { getRequestListener } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import { serveLog } from '../../src/cli/serve-log.js'
import { createFeatureStore } from '../../src/index.js'
import { createServer } from '../../src/serve/index.js'

const [tier, file] = process.argv.slice(2) as [string, string]
const { config } = await import(file)
const cache = tier === 'redis' ? { max: 0 } : { ttl: 600_000 }
const store = createFeatureStore(config, { root: tmpdir(), cache, redisTimeout: 10_000 })
const { log, flush } = serveLog('info')
const server = createServer(store, { log, maxInFlight: 10_000 })
const { port } = await server.listen({ port: 0 })

let bytes = ''
const bare = new Hono<{ Bindings: { incoming: NodeJS.ReadableStream; outgoing: import('node:http').ServerResponse } }>()
bare.post('/v1/features', async (c) => {
  const { incoming, outgoing } = c.env
  const chunks: Buffer[] = []
  await new Promise((resolve) => incoming.on('data', (chunk) => chunks.push(chunk)).on('end', resolve))
  JSON.parse(Buffer.concat(chunks).toString())
  outgoing.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(bytes) })
  outgoing.end(bytes)
  return RESPONSE_ALREADY_SENT
})
const listener = getRequestListener(bare.fetch as never, { overrideGlobalObjects: false })
const beside = createHttpServer((incoming, outgoing) => void listener(incoming, outgoing))
await new Promise<void>((resolve) => beside.listen(0, '127.0.0.1', resolve))

process.on('message', async (message: { bytes?: string; end?: true }) => {
  if (message.bytes !== undefined) bytes = message.bytes
  if (message.end) {
    await server.close()
    beside.close()
    await store.close()
    flush()
    return process.disconnect()
  }
  global.gc?.()
  process.send?.({ rss: process.memoryUsage().rss, heap: process.memoryUsage().heapUsed })
})
process.on('disconnect', () => process.exit())
process.send?.({ port, bare: (beside.address() as AddressInfo).port })
