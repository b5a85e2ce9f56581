/** Searches of embeddings: what the index finds of what is nearest, and how fast, against comparing every row. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { batch, createFeatureStore, defineConfig, embedding, entity, sql } from '../src/index.js'
import type { Bench } from './harness.js'
import { withDatabase } from './postgres.js'
import { median } from './spread.js'
import type { Cell } from './table.js'

const dimension = 128
const limit = 10
const span = { entity: entity('doc', { doc_id: 'int64' }), start: '2026-01-01', end: '2026-01-02' } as const
const docs = batch('docs', {
  ...span,
  features: { body: embedding(dimension) },
  sql: sql`SELECT doc_id, body FROM doc_source WHERE tenant = :tenant_id`,
})
const shapes = [
  { name: 'random', clusters: 1, spread: 1 },
  { name: '100 clusters', clusters: 100, spread: 0.5 },
]

type Row = Record<string, Cell>

export async function run({ scale, runs, say, keep }: Bench): Promise<void> {
  const rows = Math.max(200, Math.round(20_000 * scale))
  const found: Row[] = []
  for (const shape of shapes) {
    await withServer(say, async (url) => void found.push(...(await benchmark(url, rows, runs, shape))))
    found.push(...(await benchmark('', rows, runs, shape)))
  }
  keep({
    title: `Searches of ${limit} among ${rows} vectors of ${dimension} dimensions; a small tenant has 1 in 100`,
    rows: found,
  })
}

/** PostgreSQL where it has pgvector. */
async function withServer(say: Bench['say'], work: (url: string) => Promise<void>): Promise<void> {
  await withDatabase(async (url, client) => {
    const { rowCount } = await client.query("SELECT FROM pg_available_extensions WHERE name = 'vector'")
    if (rowCount === 1) await work(url)
    else say('skipped: this server has no pgvector')
  })
}

type Shape = (typeof shapes)[number]

async function benchmark(database: string, rows: number, runs: number, shape: Shape): Promise<Row[]> {
  const root = await mkdtemp(join(tmpdir(), 'fstore-bench-'))
  const config = defineConfig({ project: 'bench_search', groups: [docs], profiles: { default: { database } } })
  const open = (tenant: string) => createFeatureStore(config, { root, tenant, cache: { max: 0 } })
  try {
    const owner = open('default')
    await owner.migrate()
    await owner.query('CREATE TABLE doc_source (tenant text, doc_id bigint, body real[])')
    await owner.query('GRANT SELECT ON doc_source TO fstore_app')
    const next = numbers(7)
    const vectors = cloud(rows + 100, shape, next)
    const queries = vectors.splice(0, 100)
    // A small tenant among the rows of a large one.
    for (let i = 0; i < vectors.length; i += 1_000) {
      const values = vectors.slice(i, i + 1_000).map((vector, k) => {
        const tenant = (i + k) % 100 === 0 ? 'small' : 'default'
        return `('${tenant}', ${i + k}, '{${Array.from(vector).join(',')}}')`
      })
      await owner.query(`INSERT INTO doc_source VALUES ${values.join(', ')}`)
    }
    const started = performance.now()
    await owner.build()
    const built = (performance.now() - started) / 1000
    await owner.close()
    const where = database === '' ? 'PGlite' : 'PostgreSQL'
    const found: Row[] = []
    for (const tenant of ['small', 'default']) {
      const store = open(tenant)
      await store.build()
      const which = { vectors: shape.name, database: where, tenant, 'built, s': built }
      found.push({ ...which, ...(await compare(store, queries, runs)) })
      await store.close()
    }
    return found
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

type Store = ReturnType<typeof createFeatureStore<ReturnType<typeof defineConfig<[typeof docs]>>>>

async function compare(store: Store, queries: readonly Float32Array[], runs: number): Promise<Row> {
  const times = { exact: [] as number[], index: [] as number[] }
  let hits = 0
  let wanted = 0
  for (let round = -1; round < runs; round++)
    for (const vector of queries) {
      const timed = async (way: keyof typeof times) => {
        const at = performance.now()
        const found = await store.searchSimilar({ feature: 'docs.body', vector, limit, exact: way === 'exact' })
        if (round >= 0) times[way].push(performance.now() - at)
        return found.map(({ key }) => String(key.doc_id))
      }
      const [exact, index] = [await timed('exact'), await timed('index')]
      hits += exact.filter((id) => index.includes(id)).length
      wanted += exact.length
    }
  const of = (way: keyof typeof times) => median(times[way])
  return {
    [`recall@${limit}`]: hits / wanted,
    'exact, ms': of('exact'),
    'as it chooses, ms': of('index'),
    ratio: of('index') / of('exact'),
  }
}

/** Mulberry32. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296 - 0.5
  }
}

function cloud(count: number, { clusters, spread }: Shape, next: () => number): Float32Array[] {
  const random = () => Float32Array.from({ length: dimension }, next)
  const centres = Array.from({ length: clusters }, random)
  return Array.from({ length: count }, (_, i) =>
    random().map((x, k) => x * spread + (clusters === 1 ? 0 : (centres[i % clusters]?.[k] as number))),
  )
}
