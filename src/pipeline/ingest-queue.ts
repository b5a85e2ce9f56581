/** Events for one group, of this process. */
import { isDeepStrictEqual } from 'node:util'
import { FstoreError } from '../errors.js'
import type { Changes, EventOutcome, GroupEvent } from '../offline/event-fold.js'
import { schemasOf, storedTable } from '../offline/feature-table.js'
import type { ReadableVersion } from '../registry/catalog.js'
import type { Snapshot } from '../registry/definition.js'
import { ingest } from './ingest.js'
import type { FedGroup } from './ingest-event.js'
import type { OnlineState } from './push-call.js'
import { tell, type WriteOptions } from './tell.js'
import { type QueuedCall, WriteQueue } from './write-queue.js'

export interface GroupIngested {
  /** In the order of the events. */
  readonly outcomes: readonly EventOutcome[]
  readonly online: OnlineState
}

interface EventCall extends QueuedCall {
  readonly events: readonly GroupEvent[]
  readonly resolve: (result: GroupIngested) => void
}

export class IngestQueue {
  readonly #options: WriteOptions
  readonly #group: FedGroup
  /** By fingerprint, partitions that are there. */
  readonly #partitions = new Map<string, Set<string>>()
  readonly #queue: WriteQueue<EventCall>

  constructor(options: WriteOptions, group: FedGroup) {
    this.#options = options
    this.#group = group
    const attempt = (calls: readonly EventCall[]) => this.#attempt(calls)
    this.#queue = new WriteQueue({ group: group.spec.name, attempt, forget: () => options.catalog.forget() })
  }

  ingest(events: readonly GroupEvent[]): Promise<GroupIngested> {
    return new Promise((resolve, reject) => {
      this.#queue.add({ events, size: events.length, resolve, reject })
    })
  }

  async #attempt(calls: readonly EventCall[]): Promise<boolean> {
    const { db, project, tenant, afterCommit } = this.#options
    const { version, snapshot } = await this.#live()
    const schemas = schemasOf(project.schema)
    const table = storedTable({ ...version, snapshot }, schemas)
    const target = { schema: project.schema, version, table, tenant }
    const partitions = this.#partitions.get(version.fingerprint) ?? new Set()
    this.#partitions.set(version.fingerprint, partitions)
    const events = calls.flatMap((call) => call.events)
    const run = { db, schemas, target, partition: snapshot.partition, partitions }
    const done = await ingest({ ...run, events, changes: this.#changes(version) })
    if (done === undefined) return false
    const online = await tell(afterCommit, version, done.latest)
    let from = 0
    for (const { size, resolve } of calls) {
      resolve({ outcomes: done.outcomes.slice(from, from + size), online })
      from += size
    }
    return true
  }

  #changes({ positions }: ReadableVersion): ReadonlyMap<string, Changes> {
    return new Map(
      Object.entries(this.#group.handlers).map(([type, { set }]) => [
        type,
        Object.entries(set).flatMap(([name, change]) =>
          change === undefined ? [] : [[positions.get(name) as number, change] as const],
        ),
      ]),
    )
  }

  /** @throws FstoreError NOT_BUILT where the live version is none that these functions may write to */
  async #live(): Promise<{ version: ReadableVersion; snapshot: Snapshot }> {
    const { catalog } = this.#options
    const { name } = this.#group.spec
    for (const isSecond of [false, true]) {
      // A build may just have made it live.
      if (isSecond) catalog.forget()
      const { active: version, snapshot } = (await catalog.entries()).get(name) ?? {}
      if (version !== undefined && snapshot !== undefined && this.#fits(snapshot)) return { version, snapshot }
    }
    throw new FstoreError('NOT_BUILT', `${name} is not built as the config declares it.`, {
      why: 'No version that its functions may write to is live: with its number, its keys, and the same reducers.',
      fix: `Run \`fstore build --select ${name}\`, and start again what runs with an older config.`,
    })
  }

  #fits({ revision, events = {}, entity }: Snapshot): boolean {
    const { spec } = this.#group
    if (revision !== spec.revision || !isDeepStrictEqual(entity.keys, spec.entity.keys)) return false
    return Object.entries(spec.events ?? {}).every(([type, own]) =>
      Object.entries(own).every(([name, change]) => events[type]?.[name] === change),
    )
  }
}
