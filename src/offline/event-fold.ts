/** Events folded, one after another, into what their entities have: what is to be written, and what became of each. Pure. */
import type { KeyTexts } from '../config/key.js'
import { isKind } from '../config/marker.js'
import type { EventInfo, ReducerFields } from '../config/reducer.js'
import type { Fold } from '../config/stream.js'
import type { FeatureSnapshot } from '../registry/definition.js'
import { unpack } from '../registry/value.js'
import { faultsOf, type Unlike } from './event-rules.js'
import { isSame, type RowWrite } from './push-fold.js'
import type { Fed } from './push-write.js'
import type { Exact } from './pushed-value.js'
import { type Held, reduce, type Step, settled } from './reduce.js'

/** An entity as it is before the events. */
export interface EntityRow {
  /** Microseconds since 1970. */
  readonly at: bigint
  readonly createdAt: string
  readonly values: readonly Exact[]
  /** By name of the feature. */
  readonly state: Readonly<Record<string, unknown>>
}

/** An event in the terms of one group. */
export interface GroupEvent {
  readonly info: EventInfo
  /** Microseconds since 1970. */
  readonly instant: bigint
  readonly payload: unknown
  /** Undefined where it does not concern the group. */
  readonly key: KeyTexts | undefined
}

/** What an event of one type changes, by place of the feature. */
export type Changes = readonly (readonly [position: number, change: unknown])[]

export interface EventFold {
  readonly events: readonly GroupEvent[]
  readonly features: readonly FeatureSnapshot[]
  readonly changes: ReadonlyMap<string, Changes>
  /** By JSON of the key. */
  readonly rows: ReadonlyMap<string, EntityRow>
  /** Ids that need no more. */
  readonly applied: ReadonlySet<string>
  /** The write stamp, in microseconds: no row holds from later on, since readers have it from now on. */
  readonly now: bigint
  /** Events from after it are left for later. */
  readonly last: bigint
  readonly unlike: Unlike
}

export type EventOutcome =
  | { readonly status: 'applied' | 'duplicate' | 'late' }
  | { readonly status: 'rejected'; readonly at: bigint; readonly reasons: readonly string[] }

export interface Folded extends Fed {
  readonly outcomes: readonly EventOutcome[]
  readonly writes: readonly RowWrite[]
}

export function foldEvents(run: EventFold): Folded {
  const entities = new Map<string, Entity>()
  const applied = new Set<string>()
  const outcomes = run.events.map((event): EventOutcome => {
    const { id } = event.info
    if (run.applied.has(id) || applied.has(id)) return { status: 'duplicate' }
    if (event.instant > run.last) return { status: 'late' }
    applied.add(id)
    if (event.key === undefined) return { status: 'applied' }
    const name = JSON.stringify(event.key)
    const entity = entities.get(name) ?? new Entity(event.key, run.rows.get(name), run.features.length)
    entities.set(name, entity)
    return entity.fold(run, event)
  })
  const all = [...entities.values()]
  return {
    outcomes,
    applied: [...applied],
    writes: all.flatMap((entity) => entity.writes()),
    states: all.flatMap((entity) => entity.stateAlone()),
  }
}

class Entity {
  readonly #key: KeyTexts
  readonly #before: EntityRow | undefined
  #values: readonly Exact[]
  #state: Readonly<Record<string, unknown>>
  /** By instant, rising. */
  readonly #rows: { readonly at: bigint; values: readonly Exact[] }[] = []

  constructor(key: KeyTexts, before: EntityRow | undefined, width: number) {
    this.#key = key
    this.#before = before
    this.#values = before?.values ?? Array<Exact>(width).fill(null)
    this.#state = before?.state ?? {}
  }

  fold(run: EventFold, event: GroupEvent): EventOutcome {
    const at = this.#instantOf(event, run.now)
    const { values, state, reasons } = this.#changed(run, event)
    if (reasons.length > 0) return { status: 'rejected', at, reasons }
    this.#values = values
    this.#state = state
    const last = this.#rows.at(-1)
    if (last?.at === at) last.values = values
    else this.#rows.push({ at, values })
    return { status: 'applied' }
  }

  /** That of the event, but never before what is there already, and never in the future. */
  #instantOf({ instant }: GroupEvent, now: bigint): bigint {
    const at = instant < now ? instant : now
    const least = this.#rows.at(-1)?.at ?? this.#before?.at
    return least === undefined || at > least ? at : least
  }

  /** Every change is made of what was there before the event. */
  #changed({ features, changes, unlike }: EventFold, event: GroupEvent) {
    const values = [...this.#values]
    const state = { ...this.#state }
    const reasons: string[] = []
    for (const [position, change] of changes.get(event.info.type) ?? []) {
      const feature = features[position] as FeatureSnapshot
      const { name } = feature
      const step = stepOf(feature, change, { value: this.#values[position] as Exact, state: this.#state[name] }, event)
      if (step === undefined) continue
      if ('wrong' in step) reasons.push(`${name}: ${step.wrong}`)
      else {
        values[position] = step.value
        if (step.state !== undefined) state[name] = step.state
        reasons.push(...faultsOf(feature, step.value, (text) => unlike(position, text)))
      }
    }
    for (const [position, { name, rules }] of features.entries())
      if (rules.notNull === true && values[position] === null) reasons.push(`${name}: is null`)
    return { values, state, reasons }
  }

  writes(): RowWrite[] {
    const { at: first } = this.#before ?? {}
    const rows = this.#rows.filter(({ at, values }) => at !== first || !isSame(values, this.#before?.values ?? []))
    return rows.map(({ at, values }, i) => ({
      key: this.#key,
      at,
      values,
      replaces: at === first ? this.#before?.createdAt : undefined,
      isNewest: i === rows.length - 1,
      ...(i === rows.length - 1 && { state: JSON.stringify(this.#state) }),
    }))
  }

  stateAlone(): Fed['states'] {
    const state = JSON.stringify(this.#state)
    const isMoved = this.#rows.length > 0 && state !== JSON.stringify(this.#before?.state)
    return isMoved && this.writes().length === 0 ? [{ key: this.#key, state }] : []
  }
}

function stepOf(feature: FeatureSnapshot, change: unknown, held: Held, { payload, info }: GroupEvent): Step {
  const isReducer = isKind(change, 'reducer')
  try {
    if (isReducer) {
      const reducer = change as unknown as ReducerFields
      return reduce(feature, reducer, held, reducer.of(payload, info))
    }
    const given = (change as Fold<unknown, unknown>)(payload, previousOf(feature, held.value), info)
    return given === undefined ? undefined : settled(feature, given)
  } catch (error) {
    return {
      wrong: `its ${isReducer ? 'reducer' : 'function'} failed: ${error instanceof Error ? error.message : error}`,
    }
  }
}

function previousOf(feature: FeatureSnapshot, value: Exact): unknown {
  return feature.dataType === 'int64' && feature.as !== 'bigint' && value !== null
    ? Number(value)
    : unpack(feature, value)
}
