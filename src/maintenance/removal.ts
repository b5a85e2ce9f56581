/** What a cleanup removes, and what it has to leave. */

import { DatabaseError } from '../db/database.js'
import { isRedisFailure } from '../db/redis-failure.js'
import type { Inventory, MaintenanceScope } from './inventory.js'

/** One thing that a cleanup removes. */
export type Removal =
  /** A retired version: both of its tables, with all that is known of them. */
  | {
      readonly kind: 'version'
      readonly group: string
      readonly version: number
      readonly fingerprint: string
      /** Of its history, and of its latest table. */
      readonly rows: number
      readonly values: number
    }
  /** Online values that have been EXPIRED for long. */
  | {
      readonly kind: 'expired'
      readonly group: string
      readonly version: number
      readonly tenant: string
      readonly rows: number
    }
  /** History past the group's retention: a partition, of all tenants, or where there are none a tenant's rows. */
  | {
      readonly kind: 'history'
      readonly group: string
      readonly version: number
      readonly partition: string | null
      readonly tenant: string | null
      readonly rows: number
    }
  /** Ids of events that are remembered no longer. */
  | {
      readonly kind: 'events'
      readonly group: string
      readonly version: number
      readonly tenant: string
      readonly rows: number
    }
  /** The spine of an export that crashed. */
  | { readonly kind: 'staging'; readonly table: string }
  /** Values in Redis of versions or tenants that are gone, and what its catalogue says of these. */
  | { readonly kind: 'redis'; readonly keys: number; readonly fields: number }

/** What kind of thing a cleanup removes. */
export type RemovalKind = Removal['kind']

/** What was in use, and was left. */
export interface Skipped {
  readonly kind: RemovalKind
  readonly name: string
  readonly why: string
  readonly fix: string
}

export interface Outcome {
  readonly removed: readonly Removal[]
  readonly skipped: readonly Skipped[]
}

/** One step's view of a cleanup. */
export interface CleanupRun {
  readonly scope: MaintenanceScope
  readonly inventory: Inventory
  readonly dryRun: boolean
  readonly keepVersions: number
  readonly archived: boolean
  /** `group@fingerprint` of the versions that an earlier step has removed, or would have: not in the inventory. */
  readonly gone: ReadonlySet<string>
}

/** Milliseconds that a table in use is waited for: those who want to read it meanwhile wait behind us. */
export const patience = 10_000

/** What stands in the way of dropping something, in words; undefined for any other error. */
export function obstacle(error: unknown): { why: string; fix: string } | undefined {
  if (isRedisFailure(error)) return { why: error.message, fix: error.fix ?? 'Run fstore cleanup again.' }
  if (!(error instanceof DatabaseError)) return undefined
  switch (error.code) {
    case '55P03':
      return { why: 'A long query has it open.', fix: 'Run fstore cleanup again when that query has ended.' }
    case '40P01':
      return { why: 'It was being written to.', fix: 'Run fstore cleanup again.' }
    case '2BP01':
      return { why: error.detail ?? 'Something depends on it.', fix: 'Drop what depends on it, and run it again.' }
    default:
      return undefined
  }
}
