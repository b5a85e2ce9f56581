/** mlforge's command line against fstore's. It has no command that reads a feature. */
import { join } from 'node:path'
import { comparisonTable } from '../comparison.js'
import { writeConfig } from '../facts.js'
import type { Given } from '../mlforge.js'
import { startRows } from '../starts.js'

const commands = [
  { what: '--help', ours: ['--help'], theirs: ['--help'], mark: /Usage/ },
  { what: '--version', ours: ['--version'], theirs: ['--version'], mark: /\d+\.\d+/ },
  { what: 'list', ours: ['list'], theirs: ['list', 'features', '--target', 'definitions.py'], mark: /facts/ },
]

export async function compareStarts({ bench, venv, folder }: Given): Promise<void> {
  writeConfig(folder)
  const rows = await startRows(commands, { command: join(venv.bin, 'mlforge'), cwd: folder, runs: bench.runs })
  bench.keep(comparisonTable('Commands, from start to end; milliseconds', 'mlforge', rows))
}
