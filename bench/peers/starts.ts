/** How long a command takes from nothing to its end. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Comparison, clocked, inTurns } from './comparison.js'
import { quiet } from './python.js'

const execute = promisify(execFile)
const bin = fileURLToPath(new URL('../../bin/fstore.js', import.meta.url))

export interface Command {
  readonly what: string
  readonly ours: readonly string[]
  readonly theirs: readonly string[]
  /** What both print. */
  readonly mark: RegExp
}

/** @param options.command the peer's program */
export async function startRows(
  commands: readonly Command[],
  { command, cwd, runs }: { command: string; cwd: string; runs: number },
): Promise<Comparison[]> {
  const env = { ...process.env, ...quiet }
  const rows: Comparison[] = []
  for (const { what, ours, theirs, mark } of commands) {
    const sides = [
      () => execute(process.execPath, [bin, ...ours], { cwd, env }),
      () => execute(command, theirs, { cwd, env }),
    ] as const
    const told = [await sides[0](), await sides[1]()]
    const times = await inTurns({ ours: () => clocked(sides[0]), theirs: () => clocked(sides[1]) }, { runs })
    const isTold = told.every(({ stdout }) => mark.test(stdout))
    rows.push({ what, ...times, ...(isTold ? { same: 'both tell it' } : { differs: 'not told by both' }) })
  }
  return rows
}
