/** Figures at one size, and the curve that they are of. */
import type { Bench } from '../harness.js'
import { type Spread, spread } from '../spread.js'
import type { Cell } from '../table.js'

export type Point = Readonly<Record<string, Cell>>

export interface Curve {
  /** What there is more of; the column of each point that says how much. */
  readonly name: string
  readonly about: string
  /** Columns whose exponents are told. */
  readonly fits: readonly string[]
  run(bench: Bench): Promise<Point[]>
}

/** Sizes at this scale, each once, none below `least`. */
export function sizes(all: readonly number[], scale: number, least = 1): number[] {
  return [...new Set(all.map((size) => Math.max(least, Math.round(size * scale))))]
}

/** Seconds, several times over. */
export async function repeated(
  runs: number,
  work: () => Promise<unknown>,
  prepare?: () => Promise<unknown>,
): Promise<Spread> {
  const times: number[] = []
  for (let i = 0; i < runs; i++) {
    await prepare?.()
    const started = performance.now()
    await work()
    times.push((performance.now() - started) / 1000)
  }
  return spread(times)
}

/** Seconds of something that is done once, and the most memory meanwhile. */
export async function onceWithMemory(work: () => Promise<unknown>): Promise<{ seconds: number; memory: number }> {
  let seconds = 0
  const memory = await peakMemory(async () => {
    seconds = (await repeated(1, work)).median
  })
  return { seconds, memory }
}

/** The most memory this process held while it worked: MiB. */
export async function peakMemory(work: () => Promise<unknown>): Promise<number> {
  let most = process.memoryUsage.rss()
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 10)
  try {
    await work()
  } finally {
    clearInterval(timer)
  }
  return Math.max(most, process.memoryUsage.rss()) / 2 ** 20
}
