/** A database of its own on the server of FSTORE_BENCH_DATABASE_URL, else on one started for the benchmark. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { startPostgres } from '../test/servers/postgres.mjs'
import { versions } from './machine.js'

/** As a server would be set for such data: durable, with memory to sort in and room between checkpoints. */
const settings = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  shared_buffers: '1GB',
  max_wal_size: '8GB',
}

export async function withDatabase(work: (url: string, client: pg.Client) => Promise<void>): Promise<void> {
  const given = process.env.FSTORE_BENCH_DATABASE_URL
  const server = given ? { url: given, stop: async () => {} } : await startPostgres({ fresh: true, settings })
  const name = `fstore_bench_${randomBytes(4).toString('hex')}`
  const admin = new pg.Client(server.url)
  await admin.connect()
  const url = new URL(server.url)
  url.pathname = `/${name}`
  try {
    await admin.query(`CREATE DATABASE ${name}`)
    const client = new pg.Client(url.href)
    await client.connect()
    const { rows } = await client.query("SELECT current_setting('server_version') AS version")
    versions.set('PostgreSQL', String(rows[0].version).split(' ')[0] as string)
    try {
      await work(url.href, client)
    } finally {
      await client.end()
    }
  } finally {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    await admin.end()
    await server.stop()
  }
}
