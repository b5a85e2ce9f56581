/** Events of one group, in one transaction: what their entities have under the lock, folded here, written by one statement. */
import { fromMicroseconds, toMicroseconds } from '../config/instant.js'
import type { Transaction } from '../db/database.js'
import { type Changes, type EventOutcome, foldEvents, type GroupEvent } from '../offline/event-fold.js'
import { loadEntities, Patterns } from '../offline/event-load.js'
import type { Stamped } from '../offline/push-lock.js'
import type { PushTarget } from '../offline/push-sql.js'
import { type LatestRow, type RejectedRow, writeRows } from '../offline/push-write.js'
import { packSql } from '../online/packed.js'
import { type Attempt, type LockedWrite, missingPartitions, tolerated, writeLocked } from './locked-write.js'

export interface Ingest extends LockedWrite {
  readonly events: readonly GroupEvent[]
  /** By type of event. */
  readonly changes: ReadonlyMap<string, Changes>
}

export interface Ingested {
  /** Of each event. */
  readonly outcomes: readonly EventOutcome[]
  readonly latest: readonly LatestRow[]
}

/** @returns undefined where another version has become the live one: nothing is written then */
export async function ingest(run: Ingest): Promise<Ingested | undefined> {
  if (run.events.length === 0) return { outcomes: [], latest: [] }
  return writeLocked(run, (tx, held) => attempt(tx, run, held))
}

async function attempt(tx: Transaction, run: Ingest, { stamp, clock }: Stamped): Promise<Attempt<Ingested>> {
  const { target, events, changes } = run
  const { features } = target.version
  const loaded = await loadEntities(tx, target, events)
  if (loaded === undefined) return 'moved'
  const patterns = new Patterns(features)
  const instants = { now: toMicroseconds(stamp), last: toMicroseconds(clock) + tolerated }
  const fold = () => foldEvents({ ...loaded, ...instants, events, features, changes, unlike: patterns.unlike })
  let folded = fold()
  // What breaks a pattern is known only when it has been asked, and changes what comes after it.
  while (await patterns.learn(tx)) folded = fold()
  const { outcomes, writes, ...fed } = folded
  const lacks = missingPartitions(
    run,
    writes.map(({ at }) => at),
  )
  if (lacks.length > 0) return { lacks }
  const rejected = outcomes.flatMap((outcome, i) =>
    outcome.status === 'rejected' ? [rejectedRow(target, events[i] as GroupEvent, outcome)] : [],
  )
  const latest = await writeRows(tx, { target, stamp, writes, rejected, fed, pack: packSql })
  return { done: { outcomes, latest } }
}

function rejectedRow(
  { version }: PushTarget,
  { key, info, instant, payload }: GroupEvent,
  { at, reasons }: Extract<EventOutcome, { status: 'rejected' }>,
): RejectedRow {
  const keys = Object.fromEntries(version.keys.map(({ name }, k) => [name, key?.[k]]))
  const event = { id: info.id, type: info.type, payload: storable(payload) }
  return { at, reasons, content: { event, event_timestamp: fromMicroseconds(instant), ...keys } }
}

/** As text where PostgreSQL cannot keep it as JSON: it takes no zero bytes, and no halves of surrogate pairs. */
function storable(payload: unknown): unknown {
  const text = JSON.stringify(payload, (_, value) => (typeof value === 'bigint' ? String(value) : value)) ?? 'null'
  return /\\u(?:0000|d[89a-f])/i.test(text) ? text : JSON.parse(text)
}
