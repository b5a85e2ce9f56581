/** How long a command takes to start, as a multiple of starting node with nothing to do. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Bench, measure, ratios } from './harness.js'
import { withDatabase } from './postgres.js'
import { withRedis } from './redis.js'

const bin = fileURLToPath(new URL('../bin/fstore.js', import.meta.url))

export async function run({ runs, keep }: Bench): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fstore-startup-'))
  try {
    await withRedis((redis) =>
      withDatabase(async (database) => {
        const node = (env: Record<string, string>, ...args: string[]) =>
          void execFileSync(process.execPath, args, { cwd: folder, env: { ...process.env, ...env }, stdio: 'pipe' })
        const both = { DATABASE_URL: database, REDIS_URL: redis }
        node(both, bin, 'init', '.', '--template', 'flights', '--yes')
        node(both, bin, 'build', '--online')
        const side = (name: string, env: Record<string, string>, ...args: string[]) => ({
          name,
          run: async () => node(env, ...args),
        })
        const sides = [
          side('node -e 0', {}, '-e', '0'),
          side('fstore --help', {}, bin, '--help'),
          side('fstore get SFO (Redis)', both, bin, 'get', 'SFO', '--json'),
          side('fstore get SFO (PostgreSQL)', { DATABASE_URL: database }, bin, 'get', 'SFO', '--json'),
        ]
        const measured = await measure(sides, { runs: runs * 4, warmup: 3 })
        keep(ratios('Commands, from start to end', measured, 'node -e 0'))
      }),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
