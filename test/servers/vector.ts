/** Suites about embeddings: on PGlite in every run, on PostgreSQL where its server has pgvector, else a skip that says so. */
import { beforeAll, describe, test } from '@jest/globals'
import pg from 'pg'
import { asSuperuser, describeEachDatabase, type Given } from './databases.js'
import { server, withDatabase } from './server.js'

/** Whether PostgreSQL, as the tests have it, can be given pgvector. */
export const hasVector = await isAvailable()

async function isAvailable(): Promise<boolean> {
  const { url } = await server('postgres')
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(`SELECT FROM pg_available_extensions WHERE name = 'vector'`)).rowCount === 1
  } finally {
    await client.end()
  }
}

/** @param schema where a server's pgvector is put: hosts have schemas of their own for extensions */
export function describeEachVectorDatabase(suite: (given: Given) => void, schema = 'public'): void {
  describeEachDatabase(
    (given) => {
      beforeAll(async () => {
        if (given.kind !== 'pglite') await createVector(given.url, schema)
      })
      suite(given)
    },
    hasVector ? ['pglite', 'postgres'] : ['pglite'],
  )
  if (!hasVector)
    describe.skip('on postgres: the tests’ server has no pgvector', () => {
      test('skipped', () => {})
    })
}

/** As a superuser, for whom alone it is. */
export async function createVector(database: string, schema = 'public'): Promise<void> {
  const { url } = await server('postgres')
  const path = withDatabase(url, new URL(database).pathname.slice(1))
  const quoted = `"${schema}"`
  await asSuperuser(
    path,
    `CREATE SCHEMA IF NOT EXISTS ${quoted}; GRANT USAGE ON SCHEMA ${quoted} TO PUBLIC;
     CREATE EXTENSION vector SCHEMA ${quoted}`,
  )
}
