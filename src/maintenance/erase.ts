/** Removes one entity of a tenant, or a tenant, everywhere fstore keeps rows of it, and counts again what is left. */

import { eraseEntity } from './entity-erasure.js'
import type { ErasedFrom } from './erased.js'
import type { MaintenanceScope } from './inventory.js'
import { eraseTenant } from './tenant-erasure.js'

/** An entity of the tenant of the store by its key, or a whole tenant. */
export type EraseOptions = { readonly dryRun?: boolean | undefined } & (
  | {
      readonly entity: string
      /** An object with the entity's keys; for an entity of one key, also its bare value. */
      readonly key: unknown
    }
  | { readonly tenant: string }
)

/** By place, how much was erased and how much is left. */
export interface EraseReport {
  readonly dryRun: boolean
  readonly tenant: string
  /** Null where the whole tenant went. */
  readonly entity: string | null
  readonly keys: Readonly<Record<string, string>> | null
  /** Every place that was looked at, those that held nothing too. */
  readonly places: readonly ErasedFrom[]
  /** Tables that could not be looked at, and why. */
  readonly unproven: readonly string[]
  /** Rows in all places. */
  readonly rows: number
  readonly left: number
}

/** @throws FstoreError NAME_UNKNOWN, KEY_INVALID, NOT_MIGRATED, DATABASE_UNREACHABLE, REDIS_UNREACHABLE */
export async function erase(scope: MaintenanceScope, tenant: string, options: EraseOptions): Promise<EraseReport> {
  const { dryRun = false } = options
  const { places, entity, keys, unproven, of } =
    'tenant' in options
      ? { ...(await eraseTenant(scope, options.tenant, dryRun)), of: options.tenant }
      : { ...(await eraseEntity(scope, { tenant, entity: options.entity, key: options.key, dryRun })), of: tenant }
  const sum = (of: 'rows' | 'left') => places.reduce((total, place) => total + place[of], 0)
  return { dryRun, tenant: of, entity, keys, places, unproven, rows: sum('rows'), left: sum('left') }
}
