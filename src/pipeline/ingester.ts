/** The way in for events: read against every group that takes them, and folded into each of these. */
import type { LoadFunctions } from '../config/functions.js'
import { FstoreError } from '../errors.js'
import type { EventOutcome, GroupEvent } from '../offline/event-fold.js'
import { type FedGroup, fedGroups, type ReadEvent, readEvent } from './ingest-event.js'
import { type GroupIngested, IngestQueue } from './ingest-queue.js'
import { ahead } from './locked-write.js'
import type { OnlineState } from './push-call.js'
import type { WriteOptions } from './tell.js'

/** Of events, each counted once: `rejected` where any group rejects it, `duplicate` where none applies it again. */
export interface IngestCounts {
  readonly applied: number
  /** They were applied before, and are not again. */
  readonly duplicates: number
  readonly rejected: number
}

/** An event that was set aside: its place in the call, the group if one refused it, and the reasons. */
export interface RejectedEvent {
  /** Its place in the call. */
  readonly event: number
  /** The group that rejects it; null where it was set aside whole, and no group has it. */
  readonly group: string | null
  readonly reasons: readonly string[]
}

/** What was applied, what was there already, and what was set aside; and where it can be read by then. */
export interface IngestResult extends Omit<IngestCounts, 'rejected'> {
  readonly rejected: readonly RejectedEvent[]
  /** By group, of the events that it takes. */
  readonly groups: Readonly<Record<string, IngestCounts>>
  /** Where the newest values can be read by now. */
  readonly online: OnlineState
}

/** `lenient` sets aside what cannot be read, where otherwise the call fails. */
export interface IngestOptions {
  /** An event that cannot be read is set aside, and told as rejected; else it fails the call, and none is applied. */
  readonly lenient?: boolean | undefined
}

export interface IngesterOptions extends WriteOptions {
  readonly functions: LoadFunctions
}

export class Ingester {
  readonly #options: IngesterOptions
  #groups: Promise<readonly FedGroup[]> | undefined
  readonly #queues = new Map<string, IngestQueue>()

  constructor(options: IngesterOptions) {
    this.#options = options
  }

  async ingest(events: readonly unknown[], { lenient = false }: IngestOptions = {}): Promise<IngestResult> {
    if (!Array.isArray(events))
      throw new FstoreError('USAGE', 'Events come as an array.', { fix: 'Write ingest([event]), also for one.' })
    const groups = await this.#loaded()
    // What the caller does with its objects afterwards changes nothing.
    const read = await Promise.all(events.map((event) => readEvent(groups, copyOf(event))))
    if (!lenient) requireSound(read)
    return merge(read, await this.#apply(groups, read))
  }

  /** Every group that takes one of them; all have ended when one has failed. */
  async #apply(groups: readonly FedGroup[], read: readonly ReadEvent[]): Promise<Map<string, GroupIngested>> {
    const work = groups.flatMap((group) => {
      const own = read.flatMap((event) => eventOf(event, group.spec.name) ?? [])
      return own.length === 0 ? [] : [{ name: group.spec.name, done: this.#queue(group).ingest(own) }]
    })
    const ended = await Promise.allSettled(work.map(({ done }) => done))
    for (const one of ended) if (one.status === 'rejected') throw one.reason
    return new Map(work.map(({ name }, i) => [name, (ended[i] as PromiseFulfilledResult<GroupIngested>).value]))
  }

  #loaded(): Promise<readonly FedGroup[]> {
    const { project, functions } = this.#options
    this.#groups ??= functions().then((loaded) => fedGroups(project.groups, loaded))
    return this.#groups
  }

  #queue(group: FedGroup): IngestQueue {
    const queue = this.#queues.get(group.spec.name) ?? new IngestQueue(this.#options, group)
    this.#queues.set(group.spec.name, queue)
    return queue
  }
}

/** Not structuredClone: what it makes elsewhere, as in a test runner's realm, is no instance of our Date. */
function copyOf<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copyOf) as T
  if (value instanceof Date) return new Date(value) as T
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, copyOf(inner)])) as T
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** @throws FstoreError EVENT_INVALID */
function requireSound(read: readonly ReadEvent[]): void {
  const problems = read.flatMap((event, i) =>
    isRead(event) ? [] : event.map((message) => ({ path: `events[${i}]`, message })),
  )
  const [first, ...others] = problems
  if (first === undefined) return
  throw new FstoreError('EVENT_INVALID', `${first.path}: ${first.message}.`, {
    why: 'No event of the call was applied.',
    fix: 'An event is { id, type, timestamp, payload }, its type one of the config, its payload as the schema has it.',
    ...(others.length > 0 && { problems }),
  })
}

function isRead(event: ReadEvent): event is ReadonlyMap<string, GroupEvent> {
  return event instanceof Map
}

function eventOf(event: ReadEvent, group: string): GroupEvent | undefined {
  return isRead(event) ? event.get(group) : undefined
}

const statuses = ['rejected', 'applied', 'duplicate'] as const

/** What became of each event, put together from what became of it in every group. */
function merge(read: readonly ReadEvent[], done: ReadonlyMap<string, GroupIngested>): IngestResult {
  const rejected: RejectedEvent[] = []
  const counts = { applied: 0, duplicate: 0, rejected: 0 }
  const outcomes = new Map([...done].map(([name, group]) => [name, group.outcomes.values()]))
  for (const [i, event] of read.entries()) {
    const names = isRead(event) ? [...event.keys()] : []
    const own = names.map((group) => ({ group, outcome: outcomes.get(group)?.next().value as EventOutcome }))
    const refused = isRead(event) ? rejections(i, own) : [{ event: i, group: null, reasons: event }]
    rejected.push(...refused)
    const status =
      refused.length > 0 ? 'rejected' : statuses.find((one) => own.some(({ outcome }) => outcome.status === one))
    counts[status ?? 'applied']++
  }
  const groups = Object.fromEntries([...done].map(([name, group]) => [name, countsOf(group.outcomes)]))
  const online = [...done.values()].map((group) => group.online)
  const state = online.includes('pending') ? 'pending' : online.includes('redis') ? 'redis' : 'latest'
  return { applied: counts.applied, duplicates: counts.duplicate, rejected, groups, online: state }
}

function rejections(event: number, own: readonly { group: string; outcome: EventOutcome }[]): RejectedEvent[] {
  const rejected = own.flatMap(({ group, outcome }) =>
    outcome.status === 'rejected' ? [{ event, group, reasons: outcome.reasons }] : [],
  )
  const isLate = own.some(({ outcome }) => outcome.status === 'late')
  return isLate ? [...rejected, { event, group: null, reasons: [`timestamp ${ahead}`] }] : rejected
}

function countsOf(outcomes: readonly EventOutcome[]): IngestCounts {
  const count = (...statuses: EventOutcome['status'][]) =>
    outcomes.filter(({ status }) => statuses.includes(status)).length
  return { applied: count('applied'), duplicates: count('duplicate'), rejected: count('rejected', 'late') }
}
