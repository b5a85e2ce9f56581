/** What the figures were taken on: they mean nothing without it. */
import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  /** Its major and minor version; the rest says whose build it is. */
  readonly kernel: string
  readonly node: string
}

export function machine(): Machine {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release().split('.', 2).join('.'),
    node: process.version,
  }
}

/** Cores at work in the next two seconds. A load average would still count the benchmark before this one. */
export async function coresAtWork(): Promise<number> {
  const before = idleSeconds()
  await wait(2_000)
  return Math.max(0, cpus().length - (idleSeconds() - before) / 2)
}

function idleSeconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.idle / 1000, 0)
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
