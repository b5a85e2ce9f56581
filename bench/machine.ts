/** What the figures were taken on: they mean nothing without it. */
import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem } from 'node:os'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly kernel: string
  readonly node: string
}

export function machine(): Machine {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
  }
}

/** Of the last minute. */
export function load(): number {
  return Math.round((loadavg()[0] as number) * 100) / 100
}

/** More than half a core was at work on something else when it began. */
export function isBusy(before: number): boolean {
  return before > 0.5
}

/** Versions of the servers and packages that a run met, by name. */
export const versions = new Map<string, string>()

export function commit(): string {
  try {
    const changed = execFileSync('git', ['status', '--porcelain', '--', 'src', 'bench', ':!bench/results'], {
      encoding: 'utf8',
    }).trim()
    const head = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
    return changed === '' ? head : `${head}, changed`
  } catch {
    return 'unknown'
  }
}
