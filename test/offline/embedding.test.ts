/** Embeddings as features like any other: written by SQL and by push, read now and then, exported, checked. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { parquetReadObjects } from 'hyparquet'
import { z } from 'zod'
import {
  batch,
  createFeatureStore,
  defineConfig,
  embedding,
  entity,
  last,
  sql,
  stream,
  string,
} from '../../src/index.js'
import { givenProject } from '../servers/redis-project.js'
import { server } from '../servers/server.js'
import { describeEachVectorDatabase } from '../servers/vector.js'

const doc = entity('doc', { doc_id: 'string' })
const span = { entity: doc, start: '2026-03-01', end: '2026-03-03' } as const
const docs = batch('docs', {
  ...span,
  features: { body: embedding(3, { notNull: true }), list: embedding(2, { metric: 'l2' }) },
  sql: sql`SELECT doc_id, body, list FROM doc_source WHERE day < :end_time`,
})
/** A SELECT for each feature. */
const apart = batch('apart', {
  ...span,
  features: { v: embedding(2, { sql: sql`SELECT doc_id AS entity_id, list AS value FROM doc_source` }) },
})
/** Reads another group's vectors, with an operator of pgvector's. */
const lengths = batch('lengths', {
  ...span,
  features: { near: string(), mean: embedding(3) },
  sql: sql`SELECT doc_id, (body <-> '[0,0,0]' < 2)::text AS near, avg(body) OVER () AS mean FROM fstore_offline.docs
    WHERE event_timestamp = :end_time`,
})
const pushed = (dimension: number) =>
  stream('pushed', { entity: doc, features: { v: embedding(3), w: embedding(dimension), title: string() } })

const seen = stream('seen', {
  version: 1,
  entity: doc,
  features: { v: embedding(2) },
  events: { read: z.object({ id: z.string(), v: z.array(z.number()) }) },
  on: { read: { key: ({ id }) => id, set: { v: last(({ v }) => v) } } },
})

describeEachVectorDatabase((given) => {
  const project = givenProject('redis')
  let root: string
  const open = (dimension = 2) =>
    createFeatureStore(
      defineConfig({
        project,
        groups: [docs, apart, lengths, pushed(dimension), seen],
        profiles: { default: { database: given.url, redis: redisUrl } },
      }),
      { root, cache: { max: 0 } },
    )
  let redisUrl: string
  let store: ReturnType<typeof open>

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'fstore-embedding-'))
    redisUrl = (await server('redis')).url
    store = open()
    await store.migrate()
    const table = `CREATE TABLE doc_source (doc_id text, day date, body vector, list real[]);
      GRANT SELECT ON doc_source TO fstore_app; INSERT INTO doc_source VALUES
        ('a', '2026-03-01', '[1,0,0.1]', '{1,2}'), ('b', '2026-03-02', '[0,1,1e-10]', NULL),
        ('short', '2026-03-01', '[1,2]', '{3,4}'), ('none', '2026-03-01', NULL, '{3,4}'),
        ('wide', '2026-03-01', '[1,2,3]', '{1,2,3}'), ('nan', '2026-03-01', '[1,2,3]', '{1,NaN}'),
        ('infinite', '2026-03-01', '[1,2,3]', '{-Infinity,1}'), ('hole', '2026-03-01', '[1,2,3]', '{1,NULL}'),
        ('empty', '2026-03-01', '[1,2,3]', '{}'), ('flat', '2026-03-01', '[1,2,3]', '{{1,2}}')`
    await store.runScript(await file('source.sql', table))
  })
  afterAll(async () => {
    await store?.close()
    await rm(root, { recursive: true, force: true })
  })
  async function file(name: string, text: string): Promise<string> {
    await writeFile(join(root, name), text)
    return join(root, name)
  }

  test('by SQL: what fits is written, every other row is rejected with its reason', async () => {
    const result = await store.build({ select: ['docs', 'lengths'], online: true })
    expect(result.groups.map(({ status, error }) => [status, error])).toEqual([
      ['built', undefined],
      ['built', undefined],
    ])
    const { rows } = await store.rejected({ group: 'docs', limit: 100 })
    const unfit = 'list: has an element that is no finite number of 32 bits'
    const wrong = 'list: does not have 2 dimensions'
    const newest = rows.filter(({ windowEnd }) => JSON.stringify(windowEnd).includes('2026-03-03'))
    expect(Object.fromEntries(newest.map(({ content, reasons }) => [content.doc_id, reasons]))).toEqual({
      short: ['body: does not have 3 dimensions'],
      none: ['body: is null'],
      wide: [wrong],
      nan: [unfit],
      infinite: [unfit],
      hole: [unfit],
      empty: [wrong],
      flat: [wrong],
    })
    const vectors = { 'docs.body': Float32Array.of(1, 0, 0.1), 'docs.list': Float32Array.of(1, 2) }
    for (const tier of ['redis', 'latest'] as const) {
      const read = await store.getFeatures({ entity: 'doc', key: 'a', features: ['docs.body', 'docs.list'], tier })
      expect(read.values).toEqual(vectors)
    }
    const b = await store.getFeatures({
      entity: 'doc',
      key: 'b',
      features: ['docs.body', 'docs.list', 'lengths.near', 'lengths.mean'],
    })
    expect(b.values).toEqual({
      'docs.body': Float32Array.of(0, 1, 1e-10),
      'docs.list': null,
      'lengths.near': 'true',
      'lengths.mean': expect.any(Float32Array),
    })
    // A window that runs again finds the same values.
    const again = await store.build({ select: ['docs'], full: true })
    expect(again.groups[0]).toMatchObject({ written: 0, superseded: 0 })
    expect(await store.verify({ groups: ['docs', 'lengths'] })).toMatchObject({ ok: true })
  })

  test('a SELECT of its own for a feature', async () => {
    expect((await store.build({ select: ['apart'] })).groups[0]).toMatchObject({ status: 'built', rejected: 12 })
    const { values } = await store.getFeatures({ entity: 'doc', key: 'short', features: ['apart.v'] })
    expect(values).toEqual({ 'apart.v': Float32Array.of(3, 4) })
  })

  test('in the past, and in a training set', async () => {
    const features = ['docs.body'] as const
    const at = await store.featuresAt({ entity: 'doc', key: 'a', features, at: '2026-03-02' })
    expect(at.values).toEqual({ 'docs.body': Float32Array.of(1, 0, 0.1) })
    const [row] = await store.history({ feature: 'docs.body', key: 'a' })
    expect(row?.value).toEqual(Float32Array.of(1, 0, 0.1))
    const spine = {
      rows: [
        { doc_id: 'b', event_timestamp: '2026-03-05T00:00:00Z' },
        { doc_id: 'b', event_timestamp: '2026-03-02T12:00:00Z' },
      ],
    }
    const joined = []
    for await (const one of store.pointInTime({ spine, features: [...features] })) joined.push(one.features)
    expect(joined).toEqual([{ 'docs.body': Float32Array.of(0, 1, 1e-10) }, { 'docs.body': null }])
    const texts: Record<string, string> = {}
    for (const format of ['csv', 'jsonl', 'parquet'] as const) {
      const parts: Uint8Array[] = []
      await store.exportPointInTime(
        { spine, features: [...features], names: 'short', format },
        (bytes) => void parts.push(bytes.slice()),
      )
      const bytes = Buffer.concat(parts)
      if (format !== 'parquet') texts[format] = bytes.toString()
      else {
        const rows = await parquetReadObjects({
          file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
        })
        expect(rows.map(({ body }) => body ?? null)).toEqual([[0, 1, Math.fround(1e-10)], null])
      }
    }
    expect(texts.csv?.split('\n')[1]).toMatch(/,"\{0,1,1e-10\}"$/)
    expect(JSON.parse(texts.jsonl?.split('\n')[0] as string)).toMatchObject({ body: [0, 1, 1e-10] })
  })

  test('by push: corrected, taken away, carried to the next version', async () => {
    await store.build({ select: ['pushed'] })
    const v = Float32Array.of(0.1, -2, 3e-38)
    expect(
      await store.setFeatures({
        group: 'pushed',
        rows: [
          { key: 'a', features: { v, w: [1, 2], title: 'A' } },
          { key: 'b', features: { v: [1, 2, 3] } },
        ],
      }),
    ).toMatchObject({ written: 2 })
    // The same again is no change, in whatever digits it comes.
    const eventTimestamp = '2026-03-01T00:00:00Z'
    const early = (v: Float32Array | number[]) =>
      store.setFeatures({ group: 'pushed', rows: [{ key: 'c', features: { v }, eventTimestamp }] })
    expect(await early(v)).toMatchObject({ written: 1 })
    expect(await early([0.1, -2, 3e-38])).toMatchObject({ written: 0, unchanged: 1 })
    await store.setFeature({ feature: 'pushed.v', key: 'b', value: null })
    for (const wrong of [
      [1, 2],
      [1, 2, Number.NaN],
      [1, 2, Number.POSITIVE_INFINITY],
      [1, 2, 1e39],
    ])
      await expect(store.setFeature({ feature: 'pushed.v', key: 'b', value: wrong })).rejects.toMatchObject({
        code: 'VALUE_INVALID',
      })
    const features = ['pushed.v', 'pushed.w', 'pushed.title'] as const
    const a = { 'pushed.v': v, 'pushed.w': Float32Array.of(1, 2), 'pushed.title': 'A' }
    expect((await store.getFeatures({ entity: 'doc', key: 'a', features })).values).toEqual(a)
    expect((await store.getFeatures({ entity: 'doc', key: 'b', features })).values).toMatchObject({
      'pushed.v': null,
    })
    const inspected = await store.inspect({ of: 'pushed.v', now: true })
    expect(JSON.stringify(inspected)).toContain('"nulls":1')
    await store.close()
    store = open(5)
    expect((await store.build({ select: ['pushed'] })).groups[0]).toMatchObject({ promoted: true, version: 2 })
    expect((await store.getFeatures({ entity: 'doc', key: 'a', features })).values).toEqual({ ...a, 'pushed.w': null })
  })

  test('by events', async () => {
    await store.build({ select: ['seen'] })
    const event = (id: string, v: number[]) =>
      ({ id, type: 'read', timestamp: new Date(0), payload: { id: 'a', v } }) as const
    expect(await store.ingest([event('1', [0.1, 2]), event('2', [3, 0.4])])).toMatchObject({ applied: 2 })
    expect(await store.ingest([event('3', [1])], { lenient: true })).toMatchObject({
      rejected: [{ reasons: [expect.stringContaining('has 1 dimensions, and must have 2')] }],
    })
    expect((await store.getFeatures({ entity: 'doc', key: 'a', features: ['seen.v'] })).values).toEqual({
      'seen.v': Float32Array.of(3, 0.4),
    })
    expect(await store.searchSimilar({ feature: 'seen.v', vector: [1, 0] })).toHaveLength(1)
  })

  test('text is no vector until it is cast', async () => {
    const text = batch('text', {
      ...span,
      features: { v: embedding(2) },
      sql: sql`SELECT 'a' AS doc_id, '[1,2]' AS v`,
    })
    await store.close()
    const other = createFeatureStore(
      defineConfig({
        project: `${project}_text`,
        schema: 'text_only',
        groups: [text],
        profiles: { default: { database: given.url } },
      }),
      { root },
    )
    try {
      const { findings } = await other.validate()
      expect(findings.slice(0, 1)).toEqual([
        expect.objectContaining({
          code: 'TRANSFORM_TYPE',
          message: expect.stringContaining('is text'),
          fix: expect.stringContaining('::vector(2)'),
        }),
      ])
    } finally {
      await other.close()
      store = open()
    }
  })
}, 'odd ext')
