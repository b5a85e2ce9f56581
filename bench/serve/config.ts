/** Ten features of users: what the server of the benchmark serves. */
import { batch, defineConfig, entity, float64, sql } from '../../src/index.js'

export const names = Array.from({ length: 10 }, (_, i) => `f${i}`)
const columns = names.map((name, i) => `round((n * ${i + 1}) % 997 / 7.0, 3)::float8 AS ${name}`).join(', ')
const text = `SELECT user_id, ${columns} FROM users`

const g = batch('g', {
  entity: entity('user', { user_id: 'string' }),
  start: '2026-01-01',
  end: '2026-01-02',
  features: Object.fromEntries(names.map((name) => [name, float64()])),
  sql: sql(Object.assign([text], { raw: [text] })),
})

export const config = defineConfig({ project: 'bench_serve', groups: [g] })
