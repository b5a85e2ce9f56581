/** What can be searched, inferred from a config. Checked by tsc, not run. */
import { batch, defineConfig, embedding, entity, type FeatureStore, int64, sql, string } from '../../src/index.js'

const doc = entity('doc', { lang: 'string', id: 'int64' })
const user = entity('user', { user_id: 'string' })
const docs = batch('docs', {
  entity: doc,
  features: { body: embedding(3, { metric: 'ip' }), title: string() },
  sql: sql`SELECT 1`,
})
const users = batch('users', { entity: user, features: { taste: embedding(3), n: int64() }, sql: sql`SELECT 1` })
const config = defineConfig({ project: 'demo', groups: [docs, users] })
declare const store: FeatureStore<typeof config>

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const check = <_ extends true>(): void => {}

export async function searches(): Promise<void> {
  const [one] = await store.searchSimilar({ feature: 'docs.body', vector: [1, 2, 3], features: ['docs.title'] })
  check<Equal<NonNullable<typeof one>['key'], { lang: string; id: number | bigint | string }>>()
  check<Equal<NonNullable<typeof one>['values'], { readonly 'docs.title': string | null }>>()
  const [bare] = await store.searchSimilar({ feature: 'users.taste', key: 'u1', limit: 3, threshold: 0.7, exact: true })
  check<Equal<keyof NonNullable<typeof bare>['values'], never>>()
  // @ts-expect-error no embedding
  await store.searchSimilar({ feature: 'docs.title', vector: [1] })
  // @ts-expect-error a vector or a key
  await store.searchSimilar({ feature: 'users.taste', vector: [1], key: 'u1' })
  // @ts-expect-error nothing to find the like of
  await store.searchSimilar({ feature: 'users.taste' })
  // @ts-expect-error of another entity
  await store.searchSimilar({ feature: 'users.taste', key: 'u1', features: ['docs.title'] })
  // @ts-expect-error not its key
  await store.searchSimilar({ feature: 'docs.body', key: 'u1' })
  // @ts-expect-error no such metric
  embedding(3, { metric: 'cosinus' })
}
