/** `npm run bench -- NAME [--scale 0.1] [--runs 5]`. A benchmark is a file of this folder that exports `run`. */
import { parseArgs } from 'node:util'
import { machine } from './harness.js'

export interface BenchOptions {
  /** Of the full size; a smoke test takes 0.01. */
  readonly scale: number
  readonly runs: number
}

const benchmarks: Record<string, () => Promise<{ run(options: BenchOptions): Promise<void> }>> = {
  backfill: () => import('./backfill.js'),
  materialize: () => import('./materialize.js'),
  online: () => import('./online.js'),
  'point-in-time': () => import('./point-in-time.js'),
  rolling: () => import('./rolling.js'),
  serve: () => import('./serve.js'),
  search: () => import('./search.js'),
  startup: () => import('./startup.js'),
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { scale: { type: 'string', default: '1' }, runs: { type: 'string', default: '5' } },
})
const chosen = positionals.length > 0 ? positionals : Object.keys(benchmarks)
console.log(machine())
for (const name of chosen) {
  const load = benchmarks[name]
  if (load === undefined) throw new Error(`No benchmark is called ${name}: ${Object.keys(benchmarks).join(', ')}`)
  await (await load()).run({ scale: Number(values.scale), runs: Number(values.runs) })
}
