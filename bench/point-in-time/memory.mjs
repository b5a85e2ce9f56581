/** A process of its own, with nothing in it but what users have: exports a spine to a file and tells its peak memory. */
import { createReadStream } from 'node:fs'
import { tmpdir } from 'node:os'
import { batch, createFeatureStore, defineConfig, entity, float64, sql } from '../../dist/index.js'
import { writeWhole } from '../../dist/training/output-file.js'

const [spine, output, format, features] = process.argv.slice(2)
const names = features.split(',')
const config = defineConfig({
  project: 'bench',
  groups: [
    batch('group_0', {
      entity: entity('user', { user_id: 'string' }),
      start: '2026-01-01',
      features: Object.fromEntries(names.map((name) => [name, float64()])),
      sql: sql`SELECT 1`,
    }),
  ],
})
const store = createFeatureStore(config, { root: tmpdir() })
const request = { spine: { csv: createReadStream(spine) }, features: names, format, names: 'short' }
const { rows } = await writeWhole(output, (file) => store.exportPointInTime(request, (bytes) => file.write(bytes)))
await store.close()
console.log(JSON.stringify({ rows, peak: process.resourceUsage().maxRSS * 1024 }))
