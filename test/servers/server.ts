/** Real servers, started when a test first asks for one; a server that cannot be had fails the test. */

export interface PostgresServer {
  /** A superuser's URL of the database `postgres`. */
  readonly url: string
  /** The same as a user who may only make roles and owns the tests' databases. */
  readonly ownerUrl: string
  /** The folder of its programs, `psql` maybe among them. */
  readonly folder: string
}

export interface RedisServer {
  /** As a profile names it. */
  readonly url: string
  /** Each process of it. */
  readonly nodes: readonly { readonly url: string }[]
}

export interface Servers {
  readonly postgres: PostgresServer
  /** PgBouncer in transaction mode before that PostgreSQL. */
  readonly pgbouncer: Omit<PostgresServer, 'folder'>
  readonly redis: RedisServer
  /** Three masters. */
  readonly 'redis-cluster': RedisServer
  /** A master, its replica, and three sentinels. */
  readonly 'redis-sentinel': RedisServer
  /** Trusted by the certificate in the file `ca`. */
  readonly 'redis-tls': RedisServer & { readonly ca: string }
  /** No server: the package, compiled into a folder that nobody may change. */
  readonly compiled: { readonly folder: string }
}

/** The one that all tests of a run share. */
export async function server<Name extends keyof Servers>(name: Name): Promise<Servers[Name]> {
  return ask(name)
}

/** @internal */
export async function ask<T>(path: string, body?: unknown): Promise<T> {
  const keeper = process.env.FSTORE_TEST_KEEPER
  if (keeper === undefined) throw new Error('The keeper of the test servers is not running: start the tests with jest')
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const response = await fetch(`${keeper}/${path}`, init)
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as T
}

/** A URL with another database in it. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}
