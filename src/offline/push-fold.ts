/** Pushed rows laid upon what an entity has, one after another: what is to be written, and what became of each. Pure. */
import type { KeyTexts } from '../config/key.js'
import type { Exact } from './pushed-value.js'

/** A current row of the history. */
export interface CurrentRow {
  /** Microseconds since 1970. */
  readonly at: bigint
  readonly createdAt: string
  readonly values: readonly Exact[]
}

/** One entity as it is before the push. */
export interface EntityState {
  readonly key: KeyTexts
  /** The current row at or before an instant that some row is pushed to. */
  readonly before: (at: bigint) => CurrentRow | undefined
  /** Of its newest current row. */
  readonly newest: bigint | undefined
}

/** A row that is to be laid upon its entity's. */
export interface FoldRow {
  readonly entity: EntityState
  readonly at: bigint
  /** By place of the feature. */
  readonly given: ReadonlyMap<number, Exact>
  /** By place of the feature: the rules that what is given breaks. */
  readonly faults: readonly Fault[]
}

export interface Fault {
  readonly position: number
  readonly reason: string
}

export type RowOutcome =
  | { readonly status: 'written' | 'unchanged' }
  | { readonly status: 'rejected'; readonly reasons: readonly string[] }

/** A row of one entity and instant, as it is when all rows have been laid upon it. */
export interface RowWrite {
  readonly key: KeyTexts
  readonly at: bigint
  readonly values: readonly Exact[]
  /** `created_at` of the row that it takes the place of. */
  readonly replaces: string | undefined
  readonly isNewest: boolean
  /** JSON: what the reducers keep of the entity. Only of a group that events feed, and of its newest row. */
  readonly state?: string
}

/** The features of a version, as far as folding must know them. */
export interface Folded {
  readonly width: number
  /** Those that may not be null, which a row that leaves them out cannot know. */
  readonly required: readonly Fault[]
}

/**
 * What is not given is kept from the entity's row at or before the instant; a row in between never changes a later one.
 * Rows are laid in their order, so that of two for one instant the second is laid upon the first.
 */
export function fold(rows: readonly FoldRow[], { width, required }: Folded) {
  const timelines = new Map<EntityState, Timeline>()
  const outcomes = rows.map(({ entity, at, given, faults }): RowOutcome => {
    const timeline = timelines.get(entity) ?? new Timeline(entity)
    timelines.set(entity, timeline)
    const base = timeline.before(at)
    const values = Array.from(
      { length: width },
      (_, i) => given.get(i) ?? (given.has(i) ? null : (base?.values[i] ?? null)),
    )
    const missing = required.filter(({ position }) => values[position] === null)
    if (faults.length + missing.length > 0) return { status: 'rejected', reasons: reasonsOf([...faults, ...missing]) }
    if (base?.at === at && isSame(base.values, values)) return { status: 'unchanged' }
    timeline.lay(at, values)
    return { status: 'written' }
  })
  return { outcomes, writes: [...timelines.values()].flatMap((timeline) => timeline.writes()) }
}

function reasonsOf(faults: readonly Fault[]): string[] {
  return faults.toSorted((a, b) => a.position - b.position).map(({ reason }) => reason)
}

interface Laid {
  readonly at: bigint
  readonly values: readonly Exact[]
  /** The row that was there before the push. */
  readonly old: CurrentRow | undefined
}

/** What has been laid upon one entity so far, by instant. */
class Timeline {
  readonly #entity: EntityState
  readonly #laid: Laid[] = []

  constructor(entity: EntityState) {
    this.#entity = entity
  }

  before(at: bigint): Pick<CurrentRow, 'at' | 'values'> | undefined {
    const laid = this.#laid[this.#after(at) - 1]
    const old = this.#entity.before(at)
    return laid !== undefined && (old === undefined || laid.at >= old.at) ? laid : old
  }

  lay(at: bigint, values: readonly Exact[]): void {
    const place = this.#after(at)
    const last = this.#laid[place - 1]
    const before = this.#entity.before(at)
    const old = before?.at === at ? before : undefined
    if (last?.at === at) this.#laid[place - 1] = { at, values, old }
    else this.#laid.splice(place, 0, { at, values, old })
  }

  writes(): RowWrite[] {
    const { key, newest } = this.#entity
    const changed = this.#laid.filter(({ values, old }) => old === undefined || !isSame(values, old.values))
    return changed.map(({ at, values, old }, i) => {
      const isNewest = i === changed.length - 1 && (newest === undefined || at >= newest)
      return { key, at, values, replaces: old?.createdAt, isNewest }
    })
  }

  /** How many of them are at or before an instant. */
  #after(at: bigint): number {
    let [low, high] = [0, this.#laid.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#laid[middle] as Laid).at <= at) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** As PostgreSQL compares: 0 and -0 are one. */
export function isSame(a: readonly Exact[], b: readonly Exact[]): boolean {
  return (
    a.length === b.length &&
    a.every((value, i) => {
      const other = b[i] as Exact
      return Array.isArray(value) && Array.isArray(other) ? isSame(value, other) : value === other
    })
  )
}
