/** After a fix: the windows in which rows were rejected run again. */
import { fromMicroseconds, toMicroseconds } from '../config/instant.js'
import { findGroup } from '../config/reference.js'
import { FstoreError } from '../errors.js'
import { compileProject } from '../offline/compile.js'
import { listRejected, rejectedWindows } from '../offline/rejected-rows.js'
import { normalize, type Span } from '../pipeline/window.js'
import { whereMigrated } from '../registry/migrated.js'
import type { BuildEvent } from './apply.js'
import { combine } from './combined.js'
import { type BuildResult, type BuildScope, materializeWindows } from './execute.js'

/** The group whose rejected rows are computed again. */
export interface ReplayOptions {
  readonly group: string
  readonly signal?: AbortSignal | undefined
}

/** What came of the windows that were run again, and how many rows are still rejected. */
export interface ReplayResult extends BuildResult {
  readonly group: string
  /** Rejected rows before and after. */
  readonly before: number
  readonly after: number
}

/** @throws FstoreError NAME_UNKNOWN, NOT_MIGRATED, USAGE for a group whose rows were pushed */
export async function* replayRejected(
  scope: BuildScope,
  { group, signal }: ReplayOptions,
): AsyncGenerator<BuildEvent, ReplayResult> {
  const { db, project, tenant } = scope
  const look = { db, schema: project.schema, tenant }
  const { sourceType, events } = findGroup(project, group)
  if (events !== undefined)
    throw new FstoreError('USAGE', `${group} is fed by events, so there is no window to run again.`, {
      fix: 'Mend its functions or rules, raise its version, build, and ingest the events again.',
    })
  if (sourceType !== 'batch')
    throw new FstoreError('USAGE', `The rows of ${group} were pushed, so there is no window to run again.`, {
      fix: 'Push the rows again, mended.',
    })
  const compiled = (await compileProject(scope)).find((one) => one.group.name === group)
  const fingerprint = compiled?.definition.fingerprint ?? ''
  const windows = await whereMigrated(project.schema, rejectedWindows(look, { group, fingerprint }))
  const before = (await listRejected(look, { group, limit: 0 })).total
  const results: BuildResult[] = []
  for (const [every, spans] of byLength(windows)) {
    const [start, end] = [spans[0] as Span, spans.at(-1) as Span]
    const bounds = { start: fromMicroseconds(start.start), end: fromMicroseconds(end.end) }
    const only = new Map([[group, spans]])
    results.push(yield* materializeWindows(scope, { groups: [group], ...bounds, every, signal, only }))
    if (signal?.aborted === true) break
  }
  const after = (await listRejected(look, { group, limit: 0 })).total
  return { group, before, after, ...combine(results) }
}

/** Windows named by hand may have had another length; only one of the same length finds the rows it has rejected. */
function byLength(windows: readonly { start: string; end: string }[]): Map<number, Span[]> {
  const lengths = new Map<number, Span[]>()
  for (const { start, end } of windows) {
    const span = { start: toMicroseconds(start), end: toMicroseconds(end) }
    const every = Number((span.end - span.start) / 1_000_000n)
    lengths.set(every, normalize([...(lengths.get(every) ?? []), span]))
  }
  return lengths
}
