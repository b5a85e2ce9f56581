// The quickstart of the README, as it is typed: a project of real flights, in a fresh folder of the system's temporary
// ones. Run: npm run quickstart [-- --keep]
//
// With DATABASE_URL set it works on that server, and leaves its tables there.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(root, 'bin', 'fstore.js')
const keep = process.argv.includes('--keep')

const project = 'flights'
const steps = [
  { arguments: ['init', project, '--template', 'flights', '--yes'], folder: '.' },
  { arguments: ['build'], folder: project },
  { arguments: ['get', 'SFO'], folder: project },
  { arguments: ['get', '--service', 'late_v1', 'origin=SFO', 'destination=LAX'], folder: project },
  { arguments: ['export-training', 'late_flights', '--csv', '-o', 'late.csv'], folder: project },
]

// Piped or not, it shows what a person would see.
const env = { FSTORE_FORCE_TTY: '120', ...process.env }

/** The exit code as a shell tells it: 128 and the signal's number for a command that was stopped. */
function run(command, args, cwd) {
  const { status, signal, error } = spawnSync(command, args, { cwd, stdio: 'inherit', env })
  if (error) throw error
  return status ?? 128 + constants.signals[signal]
}

function runSteps(workspace) {
  for (const step of steps) {
    process.stdout.write(`\n$ fstore ${step.arguments.join(' ')}\n`)
    const code = run(process.execPath, [bin, ...step.arguments], join(workspace, step.folder))
    if (code !== 0) return code
  }
  return 0
}

function quickstart() {
  if (!existsSync(join(root, 'dist', 'cli', 'main.cjs'))) {
    const code = run('npm', ['run', '--silent', 'build'], root)
    if (code !== 0) return code
  }
  const started = performance.now()
  const workspace = mkdtempSync(join(tmpdir(), 'fstore-quickstart-'))
  try {
    const code = runSteps(workspace)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    process.stdout.write(
      code === 0 ? `\nDone in ${seconds} s.\n` : `\nStopped after ${seconds} s: exit code ${code}.\n`,
    )
    return code
  } finally {
    if (keep) process.stdout.write(`Kept: ${join(workspace, project)}\n`)
    else rmSync(workspace, { recursive: true, force: true })
  }
}

// Ctrl-C reaches the running command; this process lives on to clean up.
process.on('SIGINT', () => {})
process.exitCode = quickstart()
