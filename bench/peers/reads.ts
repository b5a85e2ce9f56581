/** Online reads through both packages, each in its own process: fstore's from Redis, with nothing kept in memory. */
import type { Bench } from '../harness.js'
import { type Latency, latencyOf, spreadOf, timeCalls, warmUp } from '../latency.js'
import { type Comparison, comparisonTable } from './comparison.js'
import { asked, names } from './facts.js'

interface Read {
  readonly values: Readonly<Record<string, unknown>>
}

export interface ReadSides {
  ours(users: readonly string[]): Promise<readonly Read[]>
  /** @returns milliseconds of each read */
  theirs(asked: readonly (readonly string[])[]): Promise<number[]>
  /** @returns of each feature, in the order of the users */
  theirValues(users: readonly string[]): Promise<Record<string, unknown[]>>
}

export async function compareReads(peer: string, { bench, users }: { bench: Bench; users: number }, sides: ReadSides) {
  bench.keep(
    comparisonTable('Reads of 10 features from Redis; milliseconds', peer, await readRows(bench, users, sides)),
  )
}

export async function readRows(bench: Bench, users: number, sides: ReadSides): Promise<Comparison[]> {
  const same = await compareRead(users, sides)
  const rows: Comparison[] = []
  for (const entities of [1, 10, 100]) {
    const reads = asked(users, entities, Math.max(20, Math.round((5_000 * bench.scale) / Math.sqrt(entities))))
    const [ours, theirs]: [Latency[], Latency[]] = [[], []]
    await warmUp(() => sides.ours(reads[0] as string[]))
    await warmUp(() => sides.theirs(reads))
    for (let round = 0; round < bench.runs; round++) {
      const mine = await timeCalls((i) => sides.ours(reads[i] as string[]), { calls: reads.length })
      const other = latencyOf(await sides.theirs(reads))
      ours.push(mine)
      theirs.push(other)
    }
    for (const key of ['p50', 'p99'] as const) {
      const what = `${entities} ${entities === 1 ? 'user' : 'users'}, ${key}`
      rows.push({ what, ours: spreadOf(ours, key), theirs: spreadOf(theirs, key), ...same })
    }
  }
  return rows
}

/** A thousand users' values of both. */
export async function compareRead(users: number, sides: ReadSides): Promise<Pick<Comparison, 'same' | 'differs'>> {
  const keys = asked(users, Math.min(users, 1_000), 1)[0] as string[]
  const theirs = await sides.theirValues(keys)
  const mine = await sides.ours(keys)
  const isSame = (i: number) =>
    names.every((name) => typeof theirs[name]?.[i] === 'number' && mine[i]?.values[`facts.${name}`] === theirs[name][i])
  const differing = keys.filter((_, i) => !isSame(i))
  if (differing.length === 0) return { same: `${keys.length * names.length} values` }
  return { differs: `${differing.length} of ${keys.length} users differ, as ${differing[0]}` }
}
