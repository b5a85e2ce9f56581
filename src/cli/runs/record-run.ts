/** Keeps a record of the command that this process runs: as running from now on, and at the end as it went. */
import { randomBytes } from 'node:crypto'
import { packageVersion } from '../../config/package.js'
import { errorCode } from '../../db/error-code.js'
import { ownIdentity } from '../../db/process-identity.js'
import { redisTarget } from '../../db/redis-target.js'
import { targetOfUrl } from '../../db/target.js'
import { exit } from '../../errors.js'
import { listen } from '../outcome.js'
import { printNote } from '../output.js'
import { hidden, keptWords, type Mask, maskOf } from './command-line.js'
import { pruneRecords, recordsKept, runFolder, writeRecord } from './run-folder.js'
import type { RunRecord, Tally } from './run-record.js'
import { added, emptyTally } from './tally.js'

export interface RecordedRun {
  readonly command: string
  readonly words: readonly string[]
  readonly root: string
  readonly project: string
  readonly profile: {
    readonly name: string
    readonly tenant: string
    readonly database?: string
    readonly directUrl?: string
    readonly redis?: string
  }
}

/** Never fails: what cannot be kept is said once. */
export async function recordRun(run: RecordedRun): Promise<void> {
  const keep = recordsKept()
  if (keep === 0) return
  const folder = runFolder(run.root)
  const { database, directUrl, redis } = run.profile
  const mask = maskOf(
    process.env,
    [database, directUrl, redis].filter((url) => url !== undefined),
  )
  const begun = beginning(run, mask, await packageVersion())
  if (!kept(() => writeRecord(folder, begun))) return
  // Those before this one; it must not be what is too much.
  kept(() => pruneRecords(folder, keep))
  let tally = emptyTally
  const end = () => {
    process.off('exit', end)
    kept(() => writeRecord(folder, ended(begun, tally, mask)))
  }
  // However the process ends, but by a signal that nobody can hear.
  process.once('exit', end)
  listen((outcome) => {
    if (outcome.kind === 'end') end()
    else tally = added(tally, outcome)
  })
}

function beginning({ command, words, project, profile }: RecordedRun, mask: Mask, version: string): RunRecord {
  const { name, tenant, database, redis } = profile
  return {
    schemaVersion: 1,
    id: randomBytes(3).toString('hex'),
    command,
    arguments: keptWords(command, words, mask),
    state: 'running',
    exitCode: null,
    startedAt: new Date().toISOString(),
    endedAt: null,
    durationMs: null,
    version,
    node: process.versions.node,
    project,
    profile: name,
    tenant,
    database: database === undefined ? 'embedded' : placeOf(() => targetOfUrl(database).place),
    redis: redis === undefined ? null : placeOf(() => redisTarget(redis).place),
    process: ownIdentity(),
    ...emptyTally,
  }
}

/** A URL that cannot be read is told by whoever opens it. */
function placeOf(read: () => string): string {
  try {
    return read()
  } catch {
    return '-'
  }
}

function ended(begun: RunRecord, { groups, totals, errors }: Tally, mask: Mask): RunRecord {
  const exitCode = Number(process.exitCode ?? exit.done)
  const now = new Date()
  return {
    ...begun,
    state: stateOf(exitCode),
    exitCode,
    endedAt: now.toISOString(),
    durationMs: now.getTime() - Date.parse(begun.startedAt),
    groups,
    totals,
    // Errors of an erasure name whom it removed.
    errors: errors.map((error) => ({ ...error, message: begun.command === 'erase' ? hidden : mask(error.message) })),
  }
}

function stateOf(code: number): RunRecord['state'] {
  if (code === exit.done) return 'done'
  if (code === exit.findings) return 'findings'
  return code === exit.interrupted ? 'interrupted' : 'failed'
}

function kept(work: () => void): boolean {
  try {
    work()
    return true
  } catch (error) {
    printNote(`No record of this run is kept: .fstore/runs cannot be written to (${errorCode(error) ?? error}).`)
    return false
  }
}
