/** Hostile texts in a config, and in a URL. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { dataset } from '../../src/config/dataset.js'
import { openDatabase } from '../../src/db/open.js'
import { openPostgres } from '../../src/db/postgres.js'
import {
  batch,
  createFeatureStore,
  defineConfig,
  embedding,
  entity,
  int64,
  last,
  onDemand,
  payload,
  service,
  sql,
  sqlFile,
  stream,
  string,
  timestamp,
} from '../../src/index.js'
import type { AnyStore } from '../../src/store.js'
import { sqlOf } from '../plan/trial.js'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'
import { as, canary, expectHarmless, secret } from './harmless.js'
import { hostile } from './hostile.js'

let own: OwnDatabase
let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'fstore-injection-'))
  own = await createDatabase()
  const db = openPostgres({ url: own.ownerUrl })
  await db.transaction({ role: 'owner' }, async (tx) => {
    await tx.script(`${canary}; CREATE TABLE texts (text text); GRANT SELECT ON texts TO fstore_app`)
    await tx.query('INSERT INTO texts SELECT * FROM unnest($1::text[])', [printable])
  })
  await db.close()
})
afterAll(async () => {
  await own?.drop()
  await rm(root, { recursive: true, force: true })
})

const printable = [...new Set(hostile.filter((text) => !text.includes('\0') && !/\p{Surrogate}/u.test(text)))]
const days = { start: '2024-02-28', end: '2024-02-29' }
const thing = entity('thing', { id: 'string' })
const query = sql`SELECT text AS id, text AS value FROM texts`

/** What one hostile text may be, in a config that is otherwise sound. */
const places: Readonly<Record<string, (text: any) => any>> = {
  project: (project) => ({ project }),
  schema: (schema) => ({ schema }),
  entity: (name) => grouped({ entity: entity(name, { id: 'string' }) }),
  key: (name) => grouped({ entity: entity('thing', { [name]: 'string' }) }),
  feature: (name) => grouped({ features: { [name]: string() } }),
  group: (name) => grouped({}, name),
  start: (start) => grouped({ start }),
  every: (every) => grouped({ every }),
  ttl: (ttl) => grouped({ ttl }),
  partition: (partition) => grouped({ partition }),
  lookback: (lookback) => grouped({ lookback }),
  schedule: (schedule) => grouped({ schedule }),
  metric: (metric) => grouped({ features: { value: embedding(2, { metric }) } }),
  'a stream’s memory': (remember) => ({ groups: [fed('acted', { remember })] }),
  'a type of event': (type) => ({ groups: [fed(type)] }),
  'a field of a payload': (field) => ({
    groups: [fed('acted', { events: { acted: payload({ [field]: 'string' }) } })],
  }),
  'a group that is computed': (name) => ({ groups: [group({}), computed({}, name)] }),
  'a feature that is computed': (name) => ({ groups: [computed({ features: { [name]: string() } })] }),
  'request data': (name) => ({ groups: [computed({ request: { [name]: string() } })] }),
  'an alias of what is computed with': (name) => ({
    groups: [group({}), computed({ inputs: [group({}).pick('value').as(name, { id: 'id' })] })],
  }),
  'a key that on-demand SQL names': (key) => ({
    groups: [asking(entity('thing', { [key]: 'string' }), `SELECT :${key} AS value WHERE :at IS NOT NULL`)],
  }),
  'what on-demand SQL reads': (name) => ({ groups: [asking(thing, `SELECT value FROM fstore_offline.${name}`)] }),
  'what on-demand SQL is': (text) => ({ groups: [asking(thing, text)] }),
  min: (min) => grouped({ features: { value: timestamp({ min }) } }),
  max: (max) => grouped({ features: { value: int64({ max }) } }),
  sqlFile: (path) => grouped({ sql: sqlFile(path) }),
  service: (name) => ({ services: [service(name, [group({}).pick('value')])] }),
  alias: (name) => ({ services: [service('vector', [group({}).pick('value').as(name, { id: 'id' })])] }),
  'join key': (name) => ({ services: [service('vector', [group({}).pick('value').as('other', { id: name })])] }),
  dataset: (name) => labelled(name, 'label'),
  label: (name) => labelled('labels', name),
  'a description': (description) => grouped({ description, tags: [description] }),
  'a description of a feature': (text) => grouped({ features: { value: string({ description: text, owner: text }) } }),
  'an allowed value': (text) => grouped({ features: { value: string({ allowedValues: [text] }) } }),
  'a pattern': (pattern) => grouped({ features: { value: string({ pattern }) } }),
}
const group = (options: any, name: any = 'nasty') =>
  batch(name, { entity: thing, ...days, sql: query, features: { value: string() }, ...options })
const fed = (type: any, options: any = {}) =>
  stream('fed', {
    ...{ entity: thing, version: 1, features: { value: string() }, events: { [type]: payload({}) } },
    on: { [type]: { key: () => 'a', set: { value: last(() => 'a') } } },
    ...options,
  } as never)
const computed = (options: any, name: any = 'computed') =>
  onDemand(name, {
    ...{ entity: thing, version: 1, inputs: [], features: { value: string() }, compute: () => ({ value: 'a' }) },
    ...options,
  } as never)
const asking = (of: any, text: any) =>
  onDemand('asking', { entity: of, features: { value: string() }, sql: sqlOf(text) } as never)
const grouped = (options: any, name?: any) => ({ groups: [group(options, name)] })
const labelled = (name: any, label: any) => {
  const vector = service('vector', [group({}).pick('value')])
  return {
    services: [vector],
    datasets: [dataset(name, { service: vector, spine: query, label: { [label]: string() } })],
  }
}
const storeOf = (options: object) =>
  createFeatureStore(
    defineConfig({
      project: 'texts',
      groups: [group({})],
      profiles: { default: { database: own.ownerUrl } },
      ...options,
    } as never),
    { root },
  )

/** A plan does not look at what is computed when it is read. */
const isAsked = /on-demand/

test.each(Object.entries(places))('a name or a rule: %s', async (surface, configOf) => {
  for (const text of hostile)
    await expectHarmless(
      async () => {
        const store = storeOf(configOf(text))
        try {
          if (isAsked.test(surface)) await (store as unknown as AnyStore).validate()
          return await store.planReport()
        } finally {
          await store.close()
        }
      },
      { surface, text },
    )
})

test('what is said about things, and what values may be, is text and nothing else', async () => {
  const escaped = printable.map((text) => text.replaceAll(/[^\p{L}\p{N}]/gu, (c) => `\\${c}`))
  const features = {
    value: string({
      allowedValues: printable,
      description: printable.join(''),
      owner: printable.join(),
      tags: [...printable],
    }),
    same: string({ pattern: `^(${escaped.map((text) => text.slice(0, 250)).join('|')})` }),
  }
  const about = {
    description: printable.join(' '),
    displayName: hostile[0],
    tags: [...printable],
  }
  const store = storeOf(
    grouped({ ...about, features, sql: sql`SELECT text AS id, text AS value, text AS same FROM texts` }),
  )
  try {
    const done = await store.build()
    expect(done).toMatchObject({ status: 'done', groups: [{ written: printable.length, rejected: 0 }] })
    const keys = printable.map((text) => ({ id: text }))
    const reads = await store.getMany({ entity: 'thing', keys, features: ['nasty.value'] } as never)
    expect(reads.map(({ values }: any) => values['nasty.value'])).toEqual(printable)
    const { rows } = await store.query(
      `SELECT obj_description('fstore_offline.nasty'::regclass) AS said, (SELECT secret FROM canary) AS secret`,
    )
    expect(rows).toEqual([{ said: about.description, secret }])
  } finally {
    await store.close()
  }
})

test('a tenant of any name has rows of its own, and its turn when a schedule comes round', async () => {
  const names = printable.filter((text) => text.trim() === text && text !== '').slice(0, 30)
  const store = storeOf({
    schema: 'tenants',
    groups: [group({ schedule: '0 6 * * *' }), asking(thing, 'SELECT :tenant_id AS value WHERE :at > :id::date')],
  }) as unknown as AnyStore
  for (const tenant of names)
    await as(store, tenant, async (own) => {
      expect([tenant, await own.build()]).toMatchObject([
        tenant,
        { status: 'done', groups: [{ written: printable.length }] },
      ])
      const read = await own.getFeatures({ entity: 'thing', key: '2024-01-01', features: ['asking.value'] })
      expect(read.values).toEqual({ 'asking.value': tenant })
    })
  const events = []
  for await (const event of store.schedule({ once: true })) events.push(event)
  expect(events.at(-1)).toMatchObject({ type: 'finished', status: 'completed', tenants: names.length + 1 })
  expect(await store.query('SELECT count(*) AS n FROM canary')).toMatchObject({ rows: [{ n: 1 }] })
  await store.close()
})

test('a URL', async () => {
  for (const text of hostile)
    for (const url of [
      text,
      `postgres://127.0.0.1:1/${text}`,
      `postgres://u:${text}@127.0.0.1:1/x`,
      `postgres://127.0.0.1:1/x?options=${text}`,
    ]) {
      if (url === '') continue
      const surface = 'a URL'
      await expectHarmless(
        async () => {
          const db = openDatabase({ url, directory: root })
          try {
            return await db.query({ role: 'app' }, 'SELECT 1')
          } finally {
            await db.close()
          }
        },
        { surface, text: url },
      )
    }
})
