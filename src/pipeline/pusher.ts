/** The writing side of a store: values that the application knows itself, into the groups declared for them. */
import type { InstantLike } from '../config/instant.js'
import { resolveFeature } from '../config/reference.js'
import { FstoreError } from '../errors.js'
import type { PushRow } from '../offline/pushed-row.js'
import type { OnlineState, PushResult } from './push-call.js'
import type { PushEvent, PushLines, PushTotals } from './push-lines.js'
import type { PushQueue } from './push-queue.js'
import type { WriteOptions } from './tell.js'

/** Rows of one pushed group. */
export interface SetFeaturesRequest {
  readonly group: string
  readonly rows: readonly PushRow[]
}

/** One value of one entity; from now on, unless `eventTimestamp` says since when. */
export interface SetFeatureRequest {
  /** `group.feature`, or `feature` where only one group has it. */
  readonly feature: string
  readonly key: unknown
  readonly value: unknown
  /** As of when it holds; when it is written, if absent. */
  readonly eventTimestamp?: InstantLike | undefined
}

/** Whether it changed anything, and where it can be read by then. */
export interface SetFeatureResult {
  /** False where the value and its instant were there already. */
  readonly written: boolean
  readonly online: OnlineState
}

export class Pusher {
  readonly #options: WriteOptions
  /** Loaded when it is first needed: most stores only read. */
  #loading: Promise<typeof PushQueue> | undefined
  readonly #queues = new Map<string, PushQueue>()

  constructor(options: WriteOptions) {
    this.#options = options
  }

  async setFeatures({ group, rows }: SetFeaturesRequest): Promise<PushResult> {
    // What the caller does with its objects afterwards changes nothing.
    const copies = rows.map(copyOf)
    return (await this.#queue(group)).push(copies)
  }

  async setFeature({ feature, key, value, eventTimestamp }: SetFeatureRequest): Promise<SetFeatureResult> {
    const reference = resolveFeature(this.#options.project, feature)
    if (reference.version !== undefined)
      throw new FstoreError('USAGE', `${feature} names a version.`, {
        why: 'Values are pushed to the version that is live.',
        fix: 'Leave the @version out.',
      })
    const row = { key, features: { [reference.feature]: value }, eventTimestamp }
    const { written, rejected, online } = await this.setFeatures({ group: reference.group.name, rows: [row] })
    if (rejected[0] === undefined) return { written: written > 0, online }
    throw new FstoreError(
      'ROW_REJECTED',
      `The row of ${reference.name} was rejected: ${rejected[0].reasons.join('; ')}.`,
      {
        fix: 'Push a value that keeps the rules of the config.',
      },
    )
  }

  async *pushLines({ group, ...lines }: PushLines): AsyncGenerator<PushEvent, PushTotals> {
    const queue = await this.#queue(group)
    const { pushLines } = await import('./push-lines.js')
    const push = (rows: readonly PushRow[]) => queue.push(rows, { lenient: true })
    return yield* pushLines({ ...lines, group, project: this.#options.project, push })
  }

  async #queue(group: string): Promise<PushQueue> {
    this.#loading ??= import('./push-queue.js').then(({ PushQueue }) => PushQueue)
    const Queue = await this.#loading
    const queue = this.#queues.get(group) ?? new Queue(this.#options, group)
    this.#queues.set(group, queue)
    return queue
  }
}

function copyOf(row: PushRow): PushRow {
  const key = typeof row.key === 'object' && row.key !== null ? { ...row.key } : row.key
  const features = Object.fromEntries(Object.entries(row.features ?? {}).map(([name, value]) => [name, held(value)]))
  return { ...row, key, features, eventTimestamp: held(row.eventTimestamp) }
}

/** Values are flat. */
function held<T>(value: T): T {
  if (Array.isArray(value) || value instanceof Float32Array) return value.slice() as T
  return value instanceof Date ? (new Date(value) as T) : value
}
