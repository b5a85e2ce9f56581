/** What a comparison of two places that should hold the same has found. */

/** `extra`: there, and should not be; `stale`: an older row; `different`: as new, and not the same. */
export type Mismatch = 'missing' | 'extra' | 'stale' | 'different'

export interface Finding {
  readonly group: string
  readonly place: 'latest' | 'redis'
  /** `behind`: written since the last sync, and not sent yet. */
  readonly kind: Mismatch | 'behind'
  readonly key: readonly string[]
}

export type Counts<Kind extends string = Mismatch> = Readonly<Record<Kind, number>>

/** Counts all, and keeps a few to be looked at. */
export class Findings<Kind extends Finding['kind']> {
  readonly examples: Finding[] = []
  readonly #counts = new Map<Kind, number>()
  readonly #of: Pick<Finding, 'group' | 'place'>
  readonly #most: number

  constructor(of: Pick<Finding, 'group' | 'place'>, most: number) {
    this.#of = of
    this.#most = most
  }

  /** @param count how many there are of which the keys are some */
  add(kind: Kind, keys: readonly (readonly string[])[], count = keys.length): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + count)
    for (const key of keys) if (this.examples.length < this.#most) this.examples.push({ ...this.#of, kind, key })
  }

  counts<K extends Kind>(kinds: readonly K[]): Counts<K> {
    return Object.fromEntries(kinds.map((kind) => [kind, this.#counts.get(kind) ?? 0])) as Counts<K>
  }
}
