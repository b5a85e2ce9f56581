/** fstore beside a peer in one row: its time counts only where both gave the same. */
import { type Spread, scaledSpread, spread } from '../spread.js'
import type { Cell, Table } from '../table.js'

export interface Comparison {
  readonly what: string
  readonly ours: Spread
  readonly theirs: Spread
  /** More is better, as of requests a second. */
  readonly isRate?: boolean
  /** What was compared and found the same. */
  readonly same?: string
  /** What was not: the row then has no ratio. */
  readonly differs?: string
}

export function comparisonTable(
  title: string,
  peer: string,
  all: readonly Comparison[],
  notes: readonly string[] = [],
): Table {
  const rows = all.map(({ what, ours, theirs, isRate, same, differs }): Record<string, Cell> => {
    const ahead = isRate ? ours.median / theirs.median : theirs.median / ours.median
    return {
      what,
      fstore: ours,
      [peer]: theirs,
      'times as fast': differs === undefined ? ahead : null,
      'the same': differs ?? same ?? 'not compared',
    }
  })
  return { title, rows, notes }
}

/** Both in turns, theirs once in so many rounds where it takes long. */
export async function inTurns(
  sides: { ours(): Promise<number>; theirs(): Promise<number> },
  { runs, warmup = 1, theirRuns = runs }: { runs: number; warmup?: number; theirRuns?: number },
): Promise<{ ours: Spread; theirs: Spread }> {
  const [ours, theirs]: [number[], number[]] = [[], []]
  for (let round = -warmup; round < runs; round++) {
    const own = await sides.ours()
    if (round >= 0) ours.push(own)
    if (round >= theirRuns || (round < 0 && theirRuns < runs)) continue
    const other = await sides.theirs()
    if (round >= 0) theirs.push(other)
  }
  return { ours: spread(ours), theirs: spread(theirs) }
}

export async function clocked(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

export function seconds({ ours, theirs }: { ours: Spread; theirs: Spread }): { ours: Spread; theirs: Spread } {
  return { ours: scaledSpread(ours, 1 / 1000), theirs: scaledSpread(theirs, 1 / 1000) }
}
