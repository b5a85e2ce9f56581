/** Point-in-time joins with Feast's own package over PostgreSQL. */
import type { Bench } from '../../harness.js'
import { featureNames, groupNames, scaled, shapes } from '../../point-in-time/shape.js'
import { type Trial, withTrial } from '../../point-in-time/trial.js'
import { type Comparison, comparisonTable } from '../comparison.js'
import { createPlainTables, type JoinPeer, joinRow } from '../joins.js'
import { type Peer, startPeer } from '../python.js'
import type { Venv } from '../venv.js'
import { partsOf } from './repository.js'

export async function compareJoins(bench: Bench, { python }: Venv): Promise<void> {
  const rows: Comparison[] = []
  for (const shape of shapes)
    await withTrial(scaled(shape, bench.scale), async (trial) => {
      const feast = await startPeer({ python, script: 'feast_peer.py', cwd: trial.folder })
      try {
        await createPlainTables(trial)
        const own = trial.shape.feastSpine ?? trial.shape.spine
        rows.push(await joinRow(bench, trial, { peer: joinPeer(trial, feast), rows: own, mostRuns: 2 }))
      } finally {
        await feast.end()
      }
    })
  bench.keep(
    comparisonTable('Point-in-time joins, spine from a file; seconds', 'Feast', rows, [
      'fstore writes a CSV file, Feast makes a data frame. Feast’s tables have an index and statistics, which Feast does not make itself.',
    ]),
  )
}

function joinPeer({ shape, url, folder }: Trial, feast: Peer): JoinPeer {
  const groups = groupNames(shape)
  const views = groups.map((name) => ({
    ...{ name, source: `peer_${name}`, features: featureNames(shape, name) },
    ttl_days: shape.ttl === undefined ? 0 : 3,
  }))
  const features = groups.flatMap((group) => featureNames(shape, group).map((one) => `${group}:${one}`))
  return {
    async prepare({ spine }) {
      await feast.ask('setup', { folder, views, postgres: partsOf(url) })
      await feast.ask('load_spine', { file: spine })
    },
    join: ({ spine, theirs }) => feast.ask('join', { file: spine, features, output: theirs }),
    compare: ({ ours, theirs }) => feast.ask('compare', { ours, theirs, features }),
  }
}
