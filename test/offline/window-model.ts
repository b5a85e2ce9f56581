/** Materialization as one would write it without a database: what each window yields, kept until it runs again. */

export interface Variant {
  /** A second key. */
  readonly composite: boolean
  /** Every event is a row with its own timestamp; else a window has one row an entity. */
  readonly own: boolean
  readonly every: '1h' | '1d' | '7d'
  readonly start: string
  /** How many windows back a window looks; without its own timestamps only. */
  readonly lookback: 1 | 3
}

/** Events lie on slots: so many to a window, the first exactly at its start. */
export const slots = 4
export const windows = 6
export const maximum = 100

export interface Event {
  readonly k: string | null
  readonly k2: number
  readonly slot: number
  readonly v: number | null
}

/** A row without its stamps, and whether it may be written. */
export interface ModelRow {
  readonly keys: readonly (string | number | null)[]
  readonly at: number
  readonly values: readonly unknown[]
  readonly reasons: readonly string[]
}

export interface Effect {
  readonly windows: number
  readonly processed: number
  readonly written: number
  readonly superseded: number
  readonly rejected: number
}

const length = { '1h': 3_600_000, '1d': 86_400_000, '7d': 604_800_000 } as const

export class WindowModel {
  readonly #variant: Variant
  readonly #events = new Map<string, Event>()
  /** By index, what a window yielded when it ran last. */
  readonly #ran = new Map<number, readonly ModelRow[]>()
  /** Every entity that ever had a row. */
  readonly seen = new Set<string>()

  constructor(variant: Variant) {
    this.#variant = variant
  }

  /** The instant a window begins at, or a slot of one. */
  boundary(window: number): number {
    return Date.parse(this.#variant.start) + window * length[this.#variant.every]
  }

  at(slot: number): number {
    return this.boundary(slot / slots)
  }

  put(event: Event): void {
    this.#events.set(JSON.stringify([event.k, event.k2, event.slot]), event)
  }

  remove({ k, k2, slot }: Event): void {
    this.#events.delete(JSON.stringify([k, k2, slot]))
  }

  covers(window: number): boolean {
    return this.#ran.has(window)
  }

  run(list: readonly number[]): Effect {
    const sum = { windows: list.length, processed: 0, written: 0, superseded: 0, rejected: 0 }
    for (const window of list) {
      const rows = this.#yield(window)
      const [before, after] = [good(this.#ran.get(window) ?? []), good(rows)]
      sum.processed += rows.length
      sum.rejected += rows.length - after.size
      sum.written += [...after].filter((row) => !before.has(row)).length
      sum.superseded += [...before].filter((row) => !after.has(row)).length
      this.#ran.set(window, rows)
      for (const row of rows) if (row.reasons.length === 0) this.seen.add(JSON.stringify(row.keys))
    }
    return sum
  }

  get current(): ModelRow[] {
    return [...this.#ran.values()].flat().filter(({ reasons }) => reasons.length === 0)
  }

  get rejected(): (ModelRow & { readonly window: number })[] {
    return [...this.#ran].flatMap(([window, rows]) =>
      rows.filter(({ reasons }) => reasons.length > 0).map((row) => ({ ...row, window: this.boundary(window) })),
    )
  }

  #yield(window: number): ModelRow[] {
    const { own, lookback, composite } = this.#variant
    const inside = [...this.#events.values()]
      .filter(({ slot }) => slot >= (window + 1 - (own ? 1 : lookback)) * slots && slot < (window + 1) * slots)
      .sort((a, b) => a.slot - b.slot || a.k2 - b.k2)
    const parts = new Map<string, Event[]>()
    for (const event of inside) {
      const part = JSON.stringify([event.k, composite ? event.k2 : null, own ? event.slot : null])
      parts.set(part, [...(parts.get(part) ?? []), event])
    }
    return [...parts.values()].map((events) => this.#row(events, window))
  }

  #row(events: readonly Event[], window: number): ModelRow {
    const { own, composite } = this.#variant
    const [{ k, k2, slot }] = events as [Event]
    const vs = events.map(({ v }) => v).filter((v) => v !== null)
    const total = vs.length === 0 ? null : vs.reduce((a, b) => a + b, 0)
    const odd = vs.filter((v) => v % 2 === 1)
    const reasons = [...(k === null ? ['k: key is null'] : []), ...(total !== null && total > maximum ? [above] : [])]
    return {
      keys: composite ? [k, k2] : [k],
      at: own ? this.at(slot) : this.boundary(window + 1),
      values: [
        total,
        total && total / vs.length,
        odd.length === 0 ? null : `${Math.max(...odd)}`,
        total === null ? null : vs,
      ],
      reasons,
    }
  }
}

const above = `total: is above the maximum ${maximum}`

function good(rows: readonly ModelRow[]): Set<string> {
  return new Set(rows.filter(({ reasons }) => reasons.length === 0).map((row) => JSON.stringify(row)))
}
