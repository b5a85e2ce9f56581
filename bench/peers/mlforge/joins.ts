/** Training data by mlforge's own package from its Parquet files. It has no ttl. */
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from '../../harness.js'
import { copyOut, featureNames, groupNames, scaled, shapes } from '../../point-in-time/shape.js'
import { type Trial, withTrial } from '../../point-in-time/trial.js'
import { type Comparison, comparisonTable } from '../comparison.js'
import { createPlainTables, type JoinPeer, joinRow } from '../joins.js'
import { type Peer, startPeer } from '../python.js'
import type { Venv } from '../venv.js'

export async function compareJoins(bench: Bench, { python }: Venv): Promise<void> {
  const rows: Comparison[] = []
  for (const shape of shapes.filter(({ ttl }) => ttl === undefined))
    await withTrial(scaled(shape, bench.scale), async (trial) => {
      const mlforge = await startPeer({ python, script: 'mlforge_peer.py', cwd: trial.folder })
      try {
        await createPlainTables(trial)
        const peer = joinPeer(trial, mlforge)
        rows.push(await joinRow(bench, trial, { peer, rows: trial.shape.spine, mostRuns: bench.runs }))
      } finally {
        await mlforge.end()
      }
    })
  bench.keep(
    comparisonTable('Training data, spine from a file; seconds', 'mlforge', rows, [
      'fstore reads the spine from a file, joins in PostgreSQL and writes a CSV file. mlforge has the spine in memory, reads the whole Parquet file of each feature and joins in memory into a data frame; it keeps neither ttl nor corrections nor the order of the spine.',
    ]),
  )
}

function joinPeer({ shape, client, folder }: Trial, mlforge: Peer): JoinPeer {
  const groups = groupNames(shape)
  const file = (group: string) => join(folder, `${group}.parquet`)
  const names = groups
  return {
    async prepare({ spine }) {
      for (const group of groups) {
        const csv = join(folder, `${group}.csv`)
        await copyOut(client, `SELECT * FROM peer_${group}`, createWriteStream(csv))
        await mlforge.ask('csv_to_parquet', { csv, parquet: file(group) })
      }
      const views = groups.map((name) => ({ name, source: file(name), features: featureNames(shape, name) }))
      await mlforge.ask('setup', { folder, views })
      await mlforge.ask('build', { online: false })
      await mlforge.ask('load_spine', { file: spine })
    },
    join: ({ spine, theirs }) => mlforge.ask('join', { file: spine, names, output: theirs }),
    compare: ({ ours, theirs }) =>
      mlforge.ask('compare', { ours, theirs, features: groups.flatMap((group) => featureNames(shape, group)) }),
  }
}
