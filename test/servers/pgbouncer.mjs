// A real PgBouncer in transaction mode before the tests' PostgreSQL.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { findOrInstall } from './binary.mjs'
import { freePort, ownFolder, run } from './child.mjs'
import { serve } from './serve.mjs'

/** Resolves to { url, ownerUrl, description, stop }; the URLs name the database `postgres`, any other will do. */
export async function startPgBouncer(postgres) {
  const { command, env } = await findOrInstall({ names: ['pgbouncer'], packages: ['pgbouncer'] })
  const folder = ownFolder('pgb')
  const port = await freePort()
  const server = new URL(postgres.url)
  const users = [postgres.url, postgres.ownerUrl].map((url) => new URL(url))
  const quoted = users.map(
    ({ username, password }) => `"${decodeURIComponent(username)}" "${decodeURIComponent(password)}"`,
  )
  writeFileSync(join(folder, 'users.txt'), `${quoted.join('\n')}\n`)
  writeFileSync(
    join(folder, 'pgbouncer.ini'),
    `[databases]
* = host=${server.hostname} port=${server.port || 5432}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(folder, 'users.txt')}
pool_mode = transaction
default_pool_size = 3
max_client_conn = 100
`,
  )
  const through = (url) => {
    const address = new URL(url)
    address.host = `127.0.0.1:${port}`
    return address.href
  }
  const url = through(postgres.url)
  const { stop } = await serve({
    command,
    args: [join(folder, 'pgbouncer.ini')],
    env,
    folder,
    signal: 'SIGINT',
    ready: async () => {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      await client.end()
    },
  })
  const version = (await run(command, ['--version'], { env: { ...process.env, ...env } })).match(/\d+\.\d+\.\d+/)?.[0]
  return { url, ownerUrl: through(postgres.ownerUrl), description: `PgBouncer ${version} (transaction mode)`, stop }
}
