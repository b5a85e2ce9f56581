/** Searches for what is similar: against a count by hand, of tenants of very different sizes, through the index and not. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseConfig } from '../../src/config/parse.js'
import {
  batch,
  createFeatureStore,
  defineConfig,
  embedding,
  entity,
  type Metric,
  sql,
  stream,
  string,
} from '../../src/index.js'
import { searchOf } from '../../src/online/search-request.js'
import { indexedSql } from '../../src/online/search-sql.js'
import { Catalog } from '../../src/registry/catalog.js'
import { rounds } from '../rounds.js'
import { describeEachVectorDatabase } from '../servers/vector.js'

const doc = entity('doc', { doc_id: 'int64' })
const place = entity('place', { city: 'string', street: 'string' })
const span = { start: '2026-03-01', end: '2026-03-02' } as const
const dimension = 8

const docs = (metric: Metric) =>
  batch('docs', {
    ...span,
    entity: doc,
    features: { body: embedding(dimension, { metric }), long: embedding(2_001), title: string() },
    sql: sql`SELECT doc_id, body, NULL::vector AS long, 'doc ' || doc_id AS title FROM doc_source WHERE tenant = :tenant_id`,
  })
const fleeting = batch('fleeting', {
  ...span,
  entity: doc,
  ttl: '1h',
  features: { body: embedding(dimension) },
  sql: sql`SELECT doc_id, body FROM doc_source WHERE tenant = :tenant_id AND doc_id < 5`,
})
const places = stream('places', {
  entity: place,
  features: {
    flat: embedding(2, { metric: 'l2' }),
    inner: embedding(2, { metric: 'ip' }),
    round: embedding(2),
    name: string(),
  },
})

/** Of the big tenant 2,500 documents in clusters, of the small one 40 among them. */
const [big, small] = [2_500, 40]

/** Mulberry32, so that every run has the same documents. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296 - 0.5
  }
}

function vectors(count: number, seed: number): Float32Array[] {
  const next = numbers(seed)
  const random = () => Float32Array.from({ length: dimension }, next)
  const centres = Array.from({ length: 20 }, random)
  return Array.from({ length: count }, (_, i) => random().map((x, k) => x / 4 + (centres[i % 20]?.[k] as number)))
}

function similarity(metric: Metric, a: Float32Array, b: ArrayLike<number>): number {
  const dot = a.reduce((sum, x, i) => sum + x * (b[i] as number), 0)
  if (metric === 'ip') return dot
  if (metric === 'l2') return 1 / (1 + Math.hypot(...Array.from(a, (x, i) => x - (b[i] as number))))
  return dot / (Math.hypot(...a) * Math.hypot(...Array.from(b)))
}

describeEachVectorDatabase((given) => {
  const all = { acme: vectors(big, 1), tiny: vectors(small, 2) }
  let root: string
  const configOf = (metric: Metric) =>
    defineConfig({
      project: 'demo',
      groups: [docs(metric), fleeting, places],
      profiles: { default: { database: given.url } },
    })
  const open = (tenant: string, metric: Metric = 'cosine') =>
    createFeatureStore(configOf(metric), { root, tenant, cache: { max: 0 } })
  let store: ReturnType<typeof open>
  /** One at a time: the embedded database has one owner. */
  const turn = async (tenant: string, metric?: Metric) => {
    await store?.close()
    store = open(tenant, metric)
    return store
  }

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'fstore-search-'))
    await (await turn('acme')).migrate()
    await store.query('CREATE TABLE doc_source (tenant text, doc_id bigint, body real[])')
    await store.query('GRANT SELECT ON doc_source TO fstore_app')
    for (const [tenant, rows] of Object.entries(all)) {
      const values = rows.map((row, i) => `('${tenant}', ${i}, '{${Array.from(row).join(',')}}')`)
      await store.query(`INSERT INTO doc_source VALUES ${values.join(', ')}, ('${tenant}', -1, NULL)`)
    }
    for (const tenant of ['acme', 'tiny']) expect(await (await turn(tenant)).build()).toMatchObject({ status: 'done' })
  })
  afterAll(async () => {
    await store?.close()
    await rm(root, { recursive: true, force: true })
  })

  const found = (rows: readonly { readonly key: object }[]) =>
    rows.map(({ key }) => Number((key as { doc_id: unknown }).doc_id))
  const expected = (tenant: keyof typeof all, metric: Metric, vector: ArrayLike<number>) =>
    all[tenant]
      .map((row, i) => ({ i, similarity: similarity(metric, row, vector) }))
      .sort((a, b) => b.similarity - a.similarity)
  const vector = fc
    .float32Array({ minLength: dimension, maxLength: dimension, min: -1, max: 1, noNaN: true })
    .filter((one) => one.some((x) => Math.abs(x) > 1e-3))
  const asked = fc.record({
    vector,
    limit: fc.integer({ min: 1, max: 60 }),
    threshold: fc.option(fc.double({ min: -1, max: 1, noNaN: true }), { nil: undefined }),
  })

  test.each(['acme', 'tiny'] as const)('of %s: all rows compared, and through the index', async (tenant) => {
    await turn(tenant)
    let hits = 0
    let wanted = 0
    await fc.assert(
      fc.asyncProperty(asked, async ({ vector, limit, threshold = -2 }) => {
        const oracle = expected(tenant, 'cosine', vector)
          .slice(0, limit)
          .filter((one) => one.similarity >= threshold - 1e-6)
        const exact = await store.searchSimilar({ feature: 'docs.body', vector, limit, threshold, exact: true })
        const near = await store.searchSimilar({ feature: 'docs.body', vector, limit, threshold })
        // Ties, and what lies just at the threshold, may fall either way.
        const scores = exact.map((row) => row.similarity)
        expect(Math.abs(exact.length - oracle.length)).toBeLessThanOrEqual(1)
        for (const [i, score] of scores.entries()) expect(score).toBeCloseTo(oracle[i]?.similarity ?? threshold, 4)
        expect(scores).toEqual(scores.toSorted((a, b) => b - a))
        if (threshold === -2) expect(near).toHaveLength(exact.length)
        const ids = new Set(found(near))
        expect(ids.size).toBe(near.length)
        hits += found(exact).filter((id) => ids.has(id)).length
        wanted += exact.length
        // So few are compared one by one.
        if (tenant === 'tiny') expect(near).toEqual(exact)
      }),
      rounds(15),
    )
    expect(hits / wanted).toBeGreaterThan(0.95)
  })

  test('the index of a server serves a tenant under its policy', async () => {
    await turn('acme')
    const project = parseConfig(configOf('cosine'))
    const scope = { db: given.db, project, tenant: 'acme', catalog: new Catalog(given.db, 'fstore') }
    // The store's own database is a file when embedded, and the suite's is in memory.
    if (given.kind === 'pglite') return
    const search = await searchOf(scope, { feature: 'docs.body', vector: all.acme[0] as Float32Array })
    const { text, values } = indexedSql(
      search,
      { schema: 'fstore', tenant: 'acme', since: undefined },
      search.vector as string,
    )
    const plan = await given.db.transaction({ role: 'app', tenant: 'acme' }, async (tx) => {
      await tx.query(`SELECT set_config('enable_sort', 'off', true), set_config('enable_seqscan', 'off', true)`)
      return (await tx.query(`EXPLAIN ${text}`, values)).rows.map((row) => row['QUERY PLAN']).join('\n')
    })
    expect(plan).toMatch(/Index Scan using docs__\w+_v\d+_c on/)
  })

  describe('of one entity', () => {
    beforeAll(() => turn('acme'))

    test('by its own key, with features of what is found', async () => {
      const rows = await store.searchSimilar({ feature: 'docs.body', key: 7, limit: 5, features: ['docs.title'] })
      const oracle = expected('acme', 'cosine', all.acme[7] as Float32Array).filter(({ i }) => i !== 7)
      expect(found(rows)).toEqual(oracle.slice(0, 5).map(({ i }) => i))
      expect(rows[0]).toEqual({
        key: { doc_id: oracle[0]?.i },
        similarity: expect.closeTo(oracle[0]?.similarity as number, 5),
        eventTimestamp: new Date('2026-03-02T00:00:00Z'),
        eventTimestampText: '2026-03-02T00:00:00Z',
        values: { 'docs.title': `doc ${oracle[0]?.i}` },
      })
    })

    test('what has expired is neither found nor searched by', async () => {
      const one = all.acme[0] as Float32Array
      expect(await store.searchSimilar({ feature: 'fleeting.body', vector: one })).toEqual([])
      const message = expect.stringContaining('has no value for doc_id=1')
      await expect(store.searchSimilar({ feature: 'fleeting.body', key: 1 })).rejects.toMatchObject({
        code: 'EMBEDDING_MISSING',
        message,
      })
    })

    test.each<[string, object, string, string | undefined]>([
      ['docs.body', { vector: [1, 2] }, 'VALUE_INVALID', 'has 2 dimensions, and must have 8'],
      ['docs.body', { vector: [1, 2, 3, 4, 5, 6, 7, Number.NaN] }, 'VALUE_INVALID', '[7], that is no finite number'],
      ['docs.body', { vector: Array(8).fill(0) }, 'VALUE_INVALID', 'no direction'],
      ['docs.body', { vector: 'x' }, 'VALUE_INVALID', 'a list'],
      ['docs.body', {}, 'USAGE', 'a vector or a key'],
      ['docs.body', { key: 1, vector: [1] }, 'USAGE', 'not both'],
      ['docs.body', { key: 1, limit: 0 }, 'USAGE', 'The limit 0'],
      ['docs.body', { key: 1, limit: 1e6 }, 'USAGE', 'The limit'],
      ['docs.body', { key: 1, threshold: Number.NaN }, 'USAGE', 'The threshold'],
      ['docs.body', { key: 'x' }, 'KEY_INVALID', undefined],
      ['docs.body', { key: 123_456 }, 'EMBEDDING_MISSING', 'doc_id=123456'],
      ['docs.body', { key: -1 }, 'EMBEDDING_MISSING', 'doc_id=-1'],
      ['docs.title', { key: 1 }, 'USAGE', 'is no embedding but string'],
      ['docs.bodi', { key: 1 }, 'NAME_UNKNOWN', undefined],
      ['docs.body@9', { key: 1 }, 'NOT_BUILT', undefined],
      ['docs.body', { key: 1, features: ['places.name'] }, 'NAME_UNKNOWN', undefined],
    ])('%s %j is refused: %s', async (feature, request, code, message) => {
      const error = expect.objectContaining({
        code,
        ...(message !== undefined && { message: expect.stringContaining(message) }),
      })
      await expect(store.searchSimilar({ feature, ...request } as never)).rejects.toEqual(error)
    })

    test('an abandoned search ends at once', async () => {
      const signal = AbortSignal.abort(new Error('enough'))
      await expect(store.searchSimilar({ feature: 'docs.body', key: 1, signal })).rejects.toThrow('enough')
    })
  })

  test('pushed, by every metric; corrected, taken away, retracted', async () => {
    await turn('acme')
    const row = (street: string, x: number, y: number) => ({
      key: { city: 'Rome', street },
      features: { flat: [x, y], inner: [x, y], round: [x, y], name: street },
    })
    await store.setFeatures({
      group: 'places',
      rows: [row('east', 2, 0), row('north', 0, 1), row('far', 30, 40), row('zero', 0, 0)],
    })
    const search = async (feature: 'places.flat' | 'places.inner' | 'places.round', limit = 10) =>
      (await store.searchSimilar({ feature, vector: [1, 0], limit })).map(({ key, similarity }) => [
        key.street,
        Math.round(similarity * 1e4) / 1e4,
      ])
    expect(await search('places.flat')).toEqual([
      ['east', 0.5],
      ['zero', 0.5],
      ['north', 0.4142],
      ['far', 0.0198],
    ])
    expect(await search('places.inner', 3)).toEqual([
      ['far', 30],
      ['east', 2],
      ['north', 0],
    ])
    // What is zero has no direction, and so is like nothing.
    expect(await search('places.round')).toEqual([
      ['east', 1],
      ['far', 0.6],
      ['north', 0],
    ])
    await store.setFeatures({
      group: 'places',
      rows: [row('far', -1, 0), { key: { city: 'Rome', street: 'east' }, features: { round: null } }],
    })
    expect(await search('places.round')).toEqual([
      ['north', 0],
      ['far', -1],
    ])
    expect(
      await store.searchSimilar({
        feature: 'places.round',
        key: { city: 'Rome', street: 'north' },
        features: ['places.name'],
      }),
    ).toEqual([expect.objectContaining({ key: { city: 'Rome', street: 'far' }, values: { 'places.name': 'far' } })])
    // One of the documents is no longer yielded: it is a tombstone.
    await store.query(`DELETE FROM doc_source WHERE tenant = 'acme' AND doc_id = 3`)
    await store.build({ select: ['docs'], full: true })
    const third = all.acme[3] as Float32Array
    expect(found(await store.searchSimilar({ feature: 'docs.body', vector: third, limit: 3 }))).not.toContain(3)
  })

  test('another metric makes another index, and no other version', async () => {
    await turn('acme', 'l2')
    const indexes = async () =>
      (
        await store.query(
          `SELECT indexdef FROM pg_indexes WHERE indexdef LIKE '%USING hnsw%' AND tablename LIKE 'docs%'`,
        )
      ).rows.map(({ indexdef }) => /\((.*?)\)/.exec(indexdef)?.[1])
    expect(await indexes()).toEqual(['body vector_cosine_ops'])
    const plan = await store.plan({ select: ['docs'] })
    expect(plan.steps).toEqual([
      expect.objectContaining({
        kind: 'register',
        change: 'described',
        version: 1,
        summary: 'descriptions, and another index for body',
      }),
    ])
    // Until it is there, all rows are compared.
    const one = all.acme[9] as Float32Array
    const before = await store.searchSimilar({ feature: 'docs.body', vector: one, limit: 4 })
    await store.build({ select: ['docs'] })
    expect(await indexes()).toEqual(['body vector_l2_ops'])
    expect(await store.searchSimilar({ feature: 'docs.body', vector: one, limit: 4 })).toEqual(before)
    expect((await store.plan({ select: ['docs'] })).steps).toEqual([])
  })
}, 'odd ext')
