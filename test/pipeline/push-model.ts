/** Pushes as one would write them without a database: rows of one entity in a list, corrected one after another. */

export interface Values {
  readonly n: number | null
  readonly f: number | null
  readonly s: string | null
}

export interface ModelPush {
  readonly entity: string
  /** A slot; undefined: when it is written. */
  readonly slot: number | undefined
  readonly features: Partial<Values>
}

export interface ModelRow {
  readonly at: number
  readonly values: Values
  isCurrent: boolean
}

export type Outcome = 'written' | 'unchanged' | readonly string[]

export const least = 0

export class PushModel {
  /** By entity, in the order they were written. */
  readonly rows = new Map<string, ModelRow[]>()
  #now = 1_000

  /** What one transaction writes at its own instant is one instant. */
  tick(): void {
    this.#now++
  }

  push({ entity, slot, features }: ModelPush): Outcome {
    const at = slot ?? this.#now
    const rows = this.rows.get(entity) ?? []
    const base = this.before(entity, at)
    const values: Values = { n: null, f: null, s: null, ...base?.values, ...features }
    const reasons = [
      ...(features.n !== undefined && features.n !== null && features.n < least
        ? [`n: is below the minimum ${least}`]
        : []),
      ...(values.s === null ? ['s: is null'] : []),
    ]
    if (reasons.length > 0) return reasons
    if (base?.at === at && same(base.values, values)) return 'unchanged'
    if (base?.at === at) base.isCurrent = false
    this.rows.set(entity, [...rows, { at, values, isCurrent: true }])
    return 'written'
  }

  /** The current row at or before an instant. */
  before(entity: string, at: number): ModelRow | undefined {
    const current = (this.rows.get(entity) ?? []).filter((row) => row.isCurrent && row.at <= at)
    return current.sort((a, b) => a.at - b.at).at(-1)
  }

  current(entity: string): ModelRow[] {
    return (this.rows.get(entity) ?? []).filter(({ isCurrent }) => isCurrent).toSorted((a, b) => a.at - b.at)
  }

  /** What was ever the row of an instant, oldest first. */
  chain(entity: string, at: number): Values[] {
    return (this.rows.get(entity) ?? []).filter((row) => row.at === at).map(({ values }) => values)
  }
}

/** As PostgreSQL compares: NaN is NaN, and -0 is 0. */
function same(a: Values, b: Values): boolean {
  const equal = (x: unknown, y: unknown) => x === y || (Number.isNaN(x) && Number.isNaN(y))
  return equal(a.n, b.n) && equal(a.f, b.f) && equal(a.s, b.s)
}
