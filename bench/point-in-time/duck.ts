/** DuckDB's ASOF join over the rows of a trial in Parquet: what a columnar engine in memory comes to. */
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import type { Difference } from '../peers/joins.js'
import { startPeer } from '../peers/python.js'
import { venv } from '../peers/venv.js'
import { copyOut, featureNames, groupNames, historyOf } from './shape.js'
import type { Trial } from './trial.js'

export interface Duck {
  join(): Promise<void>
  /** @param ours a CSV file of the trial's folder */
  compare(ours: string): Promise<Difference>
}

/** The spine is `spine.csv` of the trial's folder; it becomes Parquet, too, before anything is measured. */
export async function withDuck(trial: Trial, work: (duck: Duck) => Promise<void>): Promise<void> {
  const { shape, client, folder } = trial
  const { python } = await venv('feast')
  const peer = await startPeer({ python, script: 'duckdb_peer.py', cwd: folder })
  const file = (name: string) => join(folder, name)
  try {
    for (const group of groupNames(shape)) {
      const columns = ['user_id', 'event_timestamp', ...featureNames(shape, group)].join(', ')
      const select = `SELECT ${columns} FROM ${await historyOf(client, group)} WHERE superseded_at IS NULL`
      await copyOut(client, select, createWriteStream(file(`${group}.csv`)))
      await peer.ask('to_parquet', { csv: file(`${group}.csv`), parquet: file(`${group}.parquet`) })
    }
    await peer.ask('to_parquet', { csv: file('spine.csv'), parquet: file('spine.parquet') })
    const groups = groupNames(shape).map((name) => ({
      file: file(`${name}.parquet`),
      features: featureNames(shape, name),
      ttl: shape.ttl === undefined ? null : '3 days',
    }))
    const output = file('duck.parquet')
    await work({
      join: () => peer.ask('join', { spine: file('spine.parquet'), groups, output }),
      compare: (ours) => {
        const features = groupNames(shape).flatMap((group) => featureNames(shape, group))
        return peer.ask('compare', { ours: file(ours), theirs: output, features })
      },
    })
  } finally {
    await peer.end()
  }
}
