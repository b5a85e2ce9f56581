/** A place that holds latest values. Reads go through tiers from the nearest to the one that has the last word. */

import type { Tier as TierName } from '../config/inference.js'
import type { KeyTexts } from '../config/key.js'
import type { ReadableVersion } from '../registry/catalog.js'
import type { Packed } from './packed.js'

/** One entity's row of one version. */
export interface Lookup {
  readonly version: ReadableVersion
  readonly key: KeyTexts
  /** Names the row among all rows of a project: the key that caches keep it under. */
  readonly name: string
  /** Asked for by its number, so that it does not matter which version is live. */
  readonly pinned?: boolean
}

/** `null`: the tier knows there is no such row; `undefined`: it cannot tell. */
export type Found = Packed | null | undefined

export interface Told {
  /** In the order asked. */
  readonly found: readonly Found[]
  /** Milliseconds since 1970: what is told was so then or later; 0 where the tier does not know. */
  readonly asOf: number
}

export interface FilledRow {
  readonly lookup: Lookup
  readonly found: Packed | null
}

export interface Tier {
  readonly name: TierName
  /**
   * One round trip, whatever the number of rows.
   *
   * @param since milliseconds since 1970: what may be older is not told
   */
  read(tenant: string, lookups: readonly Lookup[], since?: number): Promise<Told>
  /** Keeps what a tier below has found, as of when it was so. */
  fill?(rows: readonly FilledRow[], asOf: number): void
  close?(): Promise<void>
}

/** The catalogue has changed since the read was planned: it has to be planned anew. */
export class VersionMoved extends Error {}
