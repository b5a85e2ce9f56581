// A real Redis or Valkey: the one a URL names, else one found or installed here.

import { connect } from 'node:net'
import { findOrInstall } from './binary.mjs'
import { freePort, ownFolder, run, serve } from './child.mjs'

/** Resolves to { url, description, stop }. */
export async function startRedis() {
  const given = process.env.FSTORE_TEST_REDIS_URL
  if (given) return { url: given, description: 'Redis (given)', stop: async () => {} }
  const { command, env } = await findOrInstall({
    names: ['redis-server', 'valkey-server'],
    packages: ['redis-server'],
  })
  const folder = ownFolder('redis')
  const port = await freePort()
  const args = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder].map(String)
  const { stop } = await serve({ command, args, env, folder, ready: () => ping(port) })
  const version = (await run(command, ['--version'], { env: { ...process.env, ...env } })).match(/v=(\S+)/)?.[1]
  return { url: `redis://127.0.0.1:${port}`, description: `Redis ${version} (${command})`, stop }
}

function ping(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.on('error', reject).once('data', (answer) => {
      socket.destroy()
      if (String(answer).startsWith('+PONG')) resolve()
      else reject(new Error(String(answer)))
    })
  })
}
