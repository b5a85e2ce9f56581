import { dirname } from 'node:path'
import { didYouMean } from '../../config/did-you-mean.js'
import { findConfig } from '../../config/find.js'
import { exit, FstoreError } from '../../errors.js'
import type { Globals } from '../globals.js'
import { parseLimit } from '../limit.js'
import { printJson, printNote } from '../output.js'
import { printRun, printRuns } from '../runs/print-run.js'
import { readRecords, runFolder } from '../runs/run-folder.js'
import type { RunRecord } from '../runs/run-record.js'

interface Options extends Globals {
  readonly limit: string
}

/** Reads neither config nor database: what ran can be asked for also when they are what is wrong. */
export async function run(id: string | undefined, options: Options): Promise<number> {
  const limit = parseLimit(options.limit)
  const records = readRecords(runFolder(dirname(findConfig({ cwd: process.cwd(), configPath: options.config }))))
  if (id !== undefined) one(chosen(records, id), options)
  else if (options.json) printJson({ runs: records.slice(0, limit) })
  else if (records.length === 0) printNote('No run is kept in .fstore/runs.')
  else printRuns(records.slice(0, limit))
  return exit.done
}

function one(record: RunRecord, { json }: Options): void {
  if (json) printJson({ run: record })
  else printRun(record)
}

function chosen(records: readonly RunRecord[], id: string): RunRecord {
  const found = records.find((record) => record.id === id)
  if (found !== undefined) return found
  const ids = records.map((record) => record.id)
  throw new FstoreError('NAME_UNKNOWN', `There is no run ${id}.`, {
    fix: didYouMean(id, ids) || 'fstore runs lists those that are kept.',
  })
}
