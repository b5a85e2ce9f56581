/** Sides that do the same work, run in turns; what counts is their ratio in one run, not their times. */
import { cpus, release, totalmem } from 'node:os'

/** One way to do the work: `prepare` is not measured. */
export interface Side {
  readonly name: string
  prepare?(): Promise<void>
  run(): Promise<void>
}

export interface Measured {
  readonly name: string
  /** Milliseconds. */
  readonly median: number
  readonly min: number
  readonly max: number
}

/** Runs the sides in turns, so that a noisy moment hits all of them, after one round that is thrown away. */
export async function measure(
  sides: readonly Side[],
  { runs, warmup = 1 }: { runs: number; warmup?: number },
): Promise<Measured[]> {
  const times = new Map(sides.map(({ name }) => [name, [] as number[]]))
  for (let round = -warmup; round < runs; round++) {
    for (const side of sides) {
      await side.prepare?.()
      const started = performance.now()
      await side.run()
      if (round >= 0) times.get(side.name)?.push(performance.now() - started)
    }
  }
  return [...times].map(([name, all]) => ({ name, median: median(all), min: Math.min(...all), max: Math.max(...all) }))
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** A table of the sides, each as a multiple of the one named. */
export function report(title: string, measured: readonly Measured[], base: string): string {
  const reference = measured.find(({ name }) => name === base)?.median ?? Number.NaN
  const lines = measured.map(({ name, median, min, max }) =>
    [
      `  ${name.padEnd(34)}`,
      `${(median / 1000).toFixed(3).padStart(9)} s`,
      `(${(min / 1000).toFixed(3)} to ${(max / 1000).toFixed(3)})`.padStart(22),
      `${(median / reference).toFixed(2).padStart(7)} ×`,
    ].join(''),
  )
  return [title, ...lines].join('\n')
}

export function machine(): string {
  const [cpu] = cpus()
  return `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}`
}
