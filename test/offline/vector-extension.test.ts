/** A server that lacks pgvector, or does not let us create it, is told of before anything is written. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { batch, createFeatureStore, defineConfig, embedding, entity, sql } from '../../src/index.js'
import { asSuperuser, createDatabase, type OwnDatabase } from '../servers/databases.js'
import { hasVector } from '../servers/vector.js'

const docs = batch('docs', {
  entity: entity('doc', { doc_id: 'string' }),
  start: '2026-03-01',
  end: '2026-03-02',
  features: { body: embedding(2) },
  sql: sql`SELECT 'a' AS doc_id, '[1,2]'::vector AS body`,
})
let own: OwnDatabase
let root: string
const open = () =>
  createFeatureStore(
    defineConfig({ project: 'demo', groups: [docs], profiles: { default: { database: own.ownerUrl } } }),
    { root },
  )
let store: ReturnType<typeof open>

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'fstore-extension-'))
  own = await createDatabase()
  store = open()
})
afterAll(async () => {
  await store.close()
  await own.drop()
  await rm(root, { recursive: true, force: true })
})

const missing = expect.objectContaining({
  code: 'EXTENSION_MISSING',
  why: expect.any(String),
  fix: expect.stringContaining('CREATE EXTENSION vector;'),
})

test('without it, nothing is written', async () => {
  await expect(store.build()).rejects.toEqual(missing)
  await expect(store.migrate()).rejects.toEqual(missing)
  // Where the server has it, who builds may be somebody who may create it.
  if (!hasVector) await expect(store.plan()).rejects.toEqual(missing)
  const { findings } = await store.validate()
  expect(findings).toContainEqual(
    expect.objectContaining({ code: 'EXTENSION_MISSING', severity: hasVector ? 'warning' : 'error' }),
  )
  const { rows } = await store.query(`SELECT nspname FROM pg_namespace WHERE nspname LIKE 'fstore%'`)
  expect(rows).toEqual([])
})

const withVector = hasVector ? test : test.skip
withVector('created in a schema that fstore may not use: the grant is told', async () => {
  await asSuperuser(own.url, 'CREATE SCHEMA extensions; CREATE EXTENSION vector SCHEMA extensions')
  // Whoever owns the database finds it; the role that data is written as does not.
  await asSuperuser(own.url, `GRANT USAGE ON SCHEMA extensions TO ${new URL(own.ownerUrl).username}`)
  const grant = 'GRANT USAGE ON SCHEMA "extensions" TO fstore_app;'
  await expect(store.build()).rejects.toMatchObject({ code: 'PERMISSION_DENIED', fix: expect.stringContaining(grant) })
  await asSuperuser(own.url, grant)
  expect(await store.build()).toMatchObject({ status: 'done' })
  expect(await store.searchSimilar({ feature: 'docs.body', vector: [1, 2] })).toHaveLength(1)
})
