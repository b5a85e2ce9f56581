/** Pushes to one group, of this process. */
import { schemasOf } from '../offline/feature-table.js'
import type { PushRow } from '../offline/pushed-row.js'
import { push } from './push.js'
import { type PushCall, type PushResult, readCall, settle, unitsOf } from './push-call.js'
import { liveTarget, requirePushed } from './push-target.js'
import { tell, type WriteOptions } from './tell.js'
import { WriteQueue } from './write-queue.js'

export class PushQueue {
  readonly #options: WriteOptions
  readonly #group: string
  /** By fingerprint, partitions that are there. */
  readonly #partitions = new Map<string, Set<string>>()
  readonly #queue: WriteQueue<PushCall>

  /** @throws FstoreError NAME_UNKNOWN, PUSH_REFUSED */
  constructor(options: WriteOptions, group: string) {
    requirePushed(options.project, group)
    this.#options = options
    this.#group = group
    const attempt = (calls: readonly PushCall[]) => this.#attempt(calls)
    this.#queue = new WriteQueue({ group, attempt, forget: () => options.catalog.forget() })
  }

  push(rows: readonly PushRow[], { lenient = false } = {}): Promise<PushResult> {
    return new Promise((resolve, reject) => {
      this.#queue.add({ rows, size: rows.length, lenient, resolve, reject })
    })
  }

  async #attempt(calls: readonly PushCall[]): Promise<boolean> {
    const { db, project, afterCommit } = this.#options
    const features = new Set(calls.flatMap(({ rows }) => rows.flatMap((row) => Object.keys(row.features))))
    const { target, partition } = await liveTarget(this.#options, this.#group, features)
    const { version } = target
    const partitions = this.#partitions.get(version.fingerprint) ?? new Set()
    this.#partitions.set(version.fingerprint, partitions)
    const read = calls.map((call) => readCall(version, call))
    const schemas = schemasOf(project.schema)
    const pushed = await push({ db, schemas, target, partition, partitions, units: read.flatMap(unitsOf) })
    if (pushed === undefined) return false
    const online = await tell(afterCommit, version, pushed.latest)
    const outcomes = pushed.outcomes.values()
    for (const call of read) settle(call, outcomes, online)
    return true
  }
}
