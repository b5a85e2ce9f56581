/** Which process is which: a pid alone comes back for another process once its first one has died. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename } from 'node:path'
import { errorCode } from './error-code.js'

export interface ProcessIdentity {
  readonly pid: number
  /** When it started, in the system's own words: clock ticks since boot on Linux. Absent where that is not told. */
  readonly started?: string
  /** What it runs, for people: `fstore build`. */
  readonly command: string
  readonly host: string
  /** Which boot of the host, where that is told. */
  readonly boot?: string
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  const started = startOf(process.pid)
  const boot = readText('/proc/sys/kernel/random/boot_id')?.trim()
  return {
    pid: process.pid,
    ...(started !== undefined && { started }),
    command: ownCommand(),
    host: hostname(),
    ...(boot !== undefined && { boot }),
  }
}

/** Whether that process may still run. Of another host nothing can be known, so it counts as running. */
export function mayRun(other: ProcessIdentity): boolean {
  const own = ownIdentity()
  if (other.host !== own.host) return true
  if (other.boot !== undefined && own.boot !== undefined && other.boot !== own.boot) return false
  if (!exists(other.pid)) return false
  const started = startOf(other.pid)
  return started === undefined ? process.platform !== 'linux' : !other.started || other.started === started
}

/** The program and its verb; further arguments may hold a secret. */
function ownCommand(): string {
  const [, program = 'node', verb = ''] = process.argv
  return `${basename(program)} ${/^[a-z][a-z-]*$/.test(verb) ? verb : ''}`.trim()
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}

/** Undefined for a process that is gone, or a zombie. */
function startOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    // The second field is the command in parentheses, which may itself hold spaces and parentheses.
    const stat = readText(`/proc/${pid}/stat`)
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields === undefined || /[ZX]/.test(fields[0] ?? '') ? undefined : fields[19]
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return undefined
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
