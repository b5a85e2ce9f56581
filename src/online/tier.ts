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
}

/** `null`: the tier knows there is no such row; `undefined`: it cannot tell. */
export type Found = Packed | null | undefined

export interface Tier {
  readonly name: TierName
  /** One round trip, whatever the number of rows, in the order asked. */
  read(tenant: string, lookups: readonly Lookup[]): Promise<Found[]>
  /** Keeps what a tier below has found. */
  fill?(tenant: string, rows: readonly { lookup: Lookup; found: Packed | null }[]): void
  close?(): Promise<void>
}

/** `fs:{project:tenant:entity:key}:group@fingerprint`; every part is encoded, so that no two rows share a name. */
export function nameOf(project: string, tenant: string, version: ReadableVersion, key: KeyTexts): string {
  const entity = [project, tenant, version.entity, ...key].map(encode).join(':')
  return `fs:{${entity}}:${encode(version.group)}@${version.fingerprint}`
}

function encode(part: string): string {
  return part.replace(/[{}:@%]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}
