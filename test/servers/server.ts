/** Real servers, started when a test first asks for one; a server that cannot be had fails the test. */

export interface PostgresServer {
  /** A superuser's URL of the database `postgres`. */
  readonly url: string
  /** The same as a user who may only make roles and owns the tests' databases. */
  readonly ownerUrl: string
  /** The folder of its programs, `psql` maybe among them. */
  readonly folder: string
}

interface Servers {
  readonly postgres: PostgresServer
  /** PgBouncer in transaction mode before that PostgreSQL. */
  readonly pgbouncer: Omit<PostgresServer, 'folder'>
  readonly redis: { readonly url: string }
}

export async function server<Name extends keyof Servers>(name: Name): Promise<Servers[Name]> {
  const keeper = process.env.FSTORE_TEST_KEEPER
  if (keeper === undefined) throw new Error('The keeper of the test servers is not running: start the tests with jest')
  const response = await fetch(`${keeper}/${name}`)
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as Servers[Name]
}

/** A URL with another database in it. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}
