/** A spine from a file to a training set, by fstore and by a peer, and whether they agree. */
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createFeatureStore } from '../../src/index.js'
import { writeWhole } from '../../src/training/output-file.js'
import { type Bench, count } from '../harness.js'
import { configOf, featureNames, groupNames, historyOf } from '../point-in-time/shape.js'
import { type Trial, titleOf, writeSpine } from '../point-in-time/trial.js'
import { type Comparison, clocked, inTurns, seconds } from './comparison.js'

/** What `differing` of the Python programs tells. */
export interface Difference {
  readonly rows: number
  readonly theirs: number
  readonly only_ours: number
  readonly only_theirs: number
  readonly other: number
  readonly example: string | null
}

export interface JoinFiles {
  readonly spine: string
  /** fstore's CSV. */
  readonly ours: string
  readonly theirs: string
}

export interface JoinPeer {
  prepare(files: JoinFiles): Promise<unknown>
  /** @returns milliseconds */
  join(files: JoinFiles): Promise<number>
  compare(files: JoinFiles): Promise<Difference>
}

/** @param options.mostRuns of the peer, which may take minutes */
export async function joinRow(
  bench: Bench,
  trial: Trial,
  { peer, rows, mostRuns }: { peer: JoinPeer; rows: number; mostRuns: number },
): Promise<Comparison> {
  const { shape, folder } = trial
  await writeSpine(trial, 'asked', rows)
  const file = (name: string) => join(folder, name)
  const files = { spine: file('asked.csv'), ours: file('ours.csv'), theirs: file('theirs.parquet') }
  await peer.prepare(files)
  const features = groupNames(shape).flatMap((group) => featureNames(shape, group))
  const store = createFeatureStore(configOf(shape), { root: folder })
  const ours = () => {
    const request = { spine: { csv: createReadStream(files.spine) }, features, format: 'csv', names: 'short' } as const
    return writeWhole(files.ours, (output) => store.exportPointInTime(request, (bytes) => output.write(bytes)))
  }
  try {
    bench.say(`${titleOf(shape, rows)} …`)
    const sides = { ours: () => clocked(ours), theirs: () => peer.join(files) }
    const times = await inTurns(sides, { runs: bench.runs, theirRuns: Math.min(bench.runs, mostRuns) })
    return { what: titleOf(shape, rows), ...seconds(times), ...agreement(await peer.compare(files)) }
  } finally {
    await store.close()
  }
}

export function agreement(found: Difference): Pick<Comparison, 'same' | 'differs'> {
  const { rows, theirs, only_ours: ours, only_theirs: other, example } = found
  if (ours + other + found.other === 0) return { same: `${count(rows)} rows` }
  const counts = `${count(found.other)} of ${count(rows)} rows differ, ${ours} only fstore has, ${other} only the peer`
  return { differs: `${counts} (of ${count(theirs)})${example === null ? '' : `, as ${example}`}` }
}

/** Plain tables of the same rows: `peer_<group>`. */
export async function createPlainTables({ client, shape }: Trial): Promise<void> {
  for (const group of groupNames(shape)) {
    const columns = ['user_id', 'event_timestamp', 'created_at', ...featureNames(shape, group)]
    const history = await historyOf(client, group)
    await client.query(`CREATE TABLE peer_${group} AS SELECT ${columns.join(', ')} FROM ${history}`)
    await client.query(`CREATE INDEX ON peer_${group} (user_id, event_timestamp, created_at)`)
    await client.query(`VACUUM ANALYZE peer_${group}`)
  }
}
