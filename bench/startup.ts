/** How long a command takes to start, as a multiple of starting node with nothing to do. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { measure, report } from './harness.js'
import { withDatabase } from './postgres.js'
import type { BenchOptions } from './run.js'

const bin = fileURLToPath(new URL('../bin/fstore.js', import.meta.url))

export async function run({ runs }: BenchOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fstore-startup-'))
  try {
    await withDatabase(async (url) => {
      const env = { ...process.env, DATABASE_URL: url }
      const node = (...args: string[]) => void execFileSync(process.execPath, args, { cwd: folder, env, stdio: 'pipe' })
      node(bin, 'init', '.', '--template', 'flights', '--yes')
      node(bin, 'build')
      const side = (name: string, ...args: string[]) => ({ name, run: async () => node(...args) })
      const sides = [
        side('node -e 0', '-e', '0'),
        side('fstore --help', bin, '--help'),
        side('fstore get SFO (PostgreSQL)', bin, 'get', 'SFO', '--json'),
      ]
      const measured = await measure(sides, { runs: runs * 4, warmup: 3 })
      console.log(report('start-up', measured, 'node -e 0'))
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
