/** Feast's command line against fstore's. */
import { join } from 'node:path'
import { comparisonTable } from '../comparison.js'
import { writeConfig } from '../facts.js'
import type { Given } from '../feast.js'
import { startRows } from '../starts.js'

const commands = [
  { what: '--help', ours: ['--help'], theirs: ['--help'], mark: /Usage/ },
  { what: '--version', ours: ['--version'], theirs: ['version'], mark: /\d+\.\d+/ },
  {
    what: 'one user’s feature from Redis',
    ours: ['get', 'user_1', 'facts.f0', '--json'],
    theirs: ['get-online-features', '-e', 'user_id=user_1', '-f', 'facts:f0'],
    mark: new RegExp(String(Math.sin(3 + 2)).slice(0, 8)),
  },
]

export async function compareStarts({ bench, venv, folder }: Given): Promise<void> {
  writeConfig(folder)
  const rows = await startRows(commands, { command: join(venv.bin, 'feast'), cwd: folder, runs: bench.runs })
  bench.keep(comparisonTable('Commands, from start to end; milliseconds', 'Feast', rows))
}
