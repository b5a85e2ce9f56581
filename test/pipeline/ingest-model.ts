/** Events folded as one would without a database: every value made anew of the list of all that was given. */

export interface ModelPayload {
  readonly who: string | null
  readonly n: number
  readonly word: string | null
}

export interface ModelEvent {
  readonly id: string
  readonly type: 'told' | 'counted' | 'lost'
  /** Hours. */
  readonly slot: number
  readonly payload: ModelPayload
}

export interface Values {
  readonly count: number | null
  readonly smooth: number | null
  readonly mean: number | null
  readonly usual: string | null
  readonly firstly: string | null
  readonly lastly: string | null
  readonly high: number | null
  readonly trail: string | null
}

export const most = 9
/** A slot beyond the clock. */
export const future = 99

export type ModelOutcome = 'applied' | 'duplicate' | 'late' | readonly string[]

export class IngestModel {
  readonly #seen = new Set<string>()
  /** By entity, those that were applied, in order. */
  readonly #events = new Map<string, ModelEvent[]>()
  readonly rejected: string[] = []

  fork(): IngestModel {
    const fork = new IngestModel()
    for (const id of this.#seen) fork.#seen.add(id)
    for (const [who, events] of this.#events) fork.#events.set(who, events)
    fork.rejected.push(...this.rejected)
    return fork
  }

  ingest(event: ModelEvent): ModelOutcome {
    if (this.#seen.has(event.id)) return 'duplicate'
    if (event.slot === future) return 'late'
    this.#seen.add(event.id)
    const { who } = event.payload
    if (who === null) return 'applied'
    const before = this.#events.get(who) ?? []
    const values = valuesOf([...before, event])
    const reasons = [
      ...((values.count ?? 0) > most ? [`count: is above the maximum ${most}`] : []),
      ...(event.type === 'told' && event.payload.word === 'No'
        ? ['lastly: does not match the pattern ^[a-z]+$', 'trail: its function failed: no']
        : []),
      ...(values.high === null ? ['high: is null'] : []),
    ]
    if (reasons.length > 0) this.rejected.push(`${event.id} ${reasons.join()}`)
    else this.#events.set(who, [...before, event])
    return reasons.length > 0 ? reasons : 'applied'
  }

  latest(entity: string): Values | undefined {
    return this.rows(entity).at(-1)?.values
  }

  /** One for each instant; an event that comes late counts from when the entity has its newest row. */
  rows(entity: string): { at: number; values: Values }[] {
    const rows = new Map<number, Values>()
    const events = this.#events.get(entity) ?? []
    let at = 0
    for (const [i, { slot }] of events.entries()) {
      at = Math.max(at, slot)
      rows.set(at, valuesOf(events.slice(0, i + 1)))
    }
    return [...rows].map(([at, values]) => ({ at, values }))
  }
}

function valuesOf(events: readonly ModelEvent[]): Values {
  const told = events.filter(({ type }) => type === 'told').map(({ payload }) => payload)
  const words = told.flatMap(({ word }) => word ?? [])
  const numbers = events.map(({ payload }) => payload.n)
  const toldNumbers = told.map(({ n }) => n)
  const frequency = (word: string) => words.filter((one) => one === word).length
  const [best] = [...new Set(words)].sort((a, b) => frequency(b) - frequency(a) || (a < b ? -1 : 1))
  return {
    count: events.length === 0 ? null : events.length,
    smooth: toldNumbers.length === 0 ? null : toldNumbers.reduce((before, n) => 0.3 * n + (1 - 0.3) * before),
    mean: toldNumbers.length === 0 ? null : toldNumbers.reduce((a, b) => a + b, 0) / toldNumbers.length,
    usual: best ?? null,
    firstly: words[0] ?? null,
    lastly: told.at(-1)?.word ?? null,
    high: numbers.length === 0 || toldNumbers.length === 0 ? null : Math.max(...toldNumbers),
    trail: told.length === 0 ? null : told.map(({ n }) => n).join(''),
  }
}
