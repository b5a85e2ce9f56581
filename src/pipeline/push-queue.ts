/** Calls that push to one group: those that come while others are being written wait, and are written together. */
import { type Database, DatabaseError } from '../db/database.js'
import { FstoreError } from '../errors.js'
import { schemasOf } from '../offline/feature-table.js'
import type { LatestRow } from '../offline/push-write.js'
import type { PushRow } from '../offline/pushed-row.js'
import type { ReadableVersion } from '../registry/catalog.js'
import { push } from './push.js'
import { type OnlineState, type PushCall, type PushResult, readCall, settle, unitsOf } from './push-call.js'
import { liveTarget, type PushScope, requirePushed } from './push-target.js'

export interface PushOptions extends PushScope {
  readonly db: Database
  /** Hears of the latest rows that a push has changed, once they are committed. */
  readonly afterCommit?: ((version: ReadableVersion, rows: readonly LatestRow[]) => Promise<OnlineState>) | undefined
}

/** Rows that are written together, unless one call alone has more. */
const mostRows = 1_000
/** Promotions that may overtake one push. */
const mostMoves = 10

export class PushQueue {
  readonly #options: PushOptions
  readonly #group: string
  /** By fingerprint, partitions that are there. */
  readonly #partitions = new Map<string, Set<string>>()
  readonly #waiting: PushCall[] = []
  #running = false

  /** @throws FstoreError NAME_UNKNOWN, PUSH_REFUSED */
  constructor(options: PushOptions, group: string) {
    requirePushed(options.project, group)
    this.#options = options
    this.#group = group
  }

  push(rows: readonly PushRow[], { lenient = false } = {}): Promise<PushResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ rows, lenient, resolve, reject })
      if (!this.#running) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#running = true
    while (this.#waiting.length > 0) await this.#write(this.#next())
    this.#running = false
  }

  #next(): PushCall[] {
    let rows = 0
    const end = this.#waiting.findIndex((call) => {
      rows += call.rows.length
      return rows > mostRows
    })
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : Math.max(end, 1))
  }

  /** Settles every call. */
  async #write(calls: readonly PushCall[]): Promise<void> {
    try {
      for (let moves = 0; moves < mostMoves; moves++) {
        if (await this.#attempt(calls)) return
        this.#options.catalog.forget()
      }
      throw new FstoreError('NOT_BUILT', `Another version of ${this.#group} became live again and again meanwhile.`)
    } catch (error) {
      // What the database refused may be the doing of one call.
      if (error instanceof DatabaseError && calls.length > 1) for (const call of calls) await this.#write([call])
      else for (const { reject } of calls) reject(error)
    }
  }

  /** @returns whether the version that it would write to is the live one */
  async #attempt(calls: readonly PushCall[]): Promise<boolean> {
    const { db, project } = this.#options
    const features = new Set(calls.flatMap(({ rows }) => rows.flatMap((row) => Object.keys(row.features))))
    const { target, partition } = await liveTarget(this.#options, this.#group, features)
    const { version } = target
    const partitions = this.#partitions.get(version.fingerprint) ?? new Set()
    this.#partitions.set(version.fingerprint, partitions)
    const read = calls.map((call) => readCall(version, call))
    const schemas = schemasOf(project.schema)
    const pushed = await push({ db, schemas, target, partition, partitions, units: read.flatMap(unitsOf) })
    if (pushed === undefined) return false
    const online = await this.#tell(version, pushed.latest)
    const outcomes = pushed.outcomes.values()
    for (const call of read) settle(call, outcomes, online)
    return true
  }

  async #tell(version: ReadableVersion, rows: readonly LatestRow[]): Promise<OnlineState> {
    const { afterCommit } = this.#options
    if (rows.length === 0 || afterCommit === undefined) return 'latest'
    // It is committed, whatever becomes of this.
    return afterCommit(version, rows).catch(() => 'pending')
  }
}
