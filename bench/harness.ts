/** Sides that do the same work, run in turns; what counts is their ratio in one run, not their times. */
import { type Spread, scaledSpread, spread } from './spread.js'
import type { Cell, Table } from './table.js'

/** How large a benchmark is asked to be, and where its figures go. */
export interface Bench {
  /** Of the full size. */
  readonly scale: number
  readonly runs: number
  /** How long it goes on, where it is not a matter of runs. */
  readonly minutes: number | undefined
  /** It only has to run, and to be right. */
  readonly smoke: boolean
  /** Where it stands, to whoever waits. */
  say(line: string): void
  /** Prints figures, and keeps them in the result. */
  keep(table: Table): void
}

/** One way to do the work: `prepare` is not measured. */
export interface Side {
  readonly name: string
  prepare?(): Promise<void>
  run(): Promise<unknown>
}

export interface Measured {
  readonly name: string
  /** Milliseconds. */
  readonly time: Spread
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
  return [...times].map(([name, all]) => ({ name, time: spread(all) }))
}

/** A table of the sides, each as a multiple of the one named. */
export function ratios(title: string, measured: readonly Measured[], base: string): Table {
  const reference = measured.find(({ name }) => name === base)?.time.median ?? Number.NaN
  const rows = measured.map(({ name, time }): Record<string, Cell> => {
    return { side: name, seconds: scaledSpread(time, 1 / 1000), ratio: time.median / reference }
  })
  return { title, rows }
}

export function medianOf(measured: readonly Measured[], name: string): number {
  return measured.find((one) => one.name === name)?.time.median ?? Number.NaN
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}
