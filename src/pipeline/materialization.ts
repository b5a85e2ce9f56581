/** A run over windows of one group: what it is asked, and what it tells. */
import type { Database } from '../db/database.js'
import type { CompiledGroup } from '../offline/compile.js'
import type { Schemas } from '../offline/feature-table.js'
import type { Written } from '../offline/window-write.js'
import type { Pace } from './pace.js'
import type { Span } from './window.js'

export interface Materialization {
  readonly db: Database
  readonly schemas: Schemas
  readonly compiled: CompiledGroup
  readonly tenant: string
  readonly windows: Iterable<Span>
  /** How many windows there are. */
  readonly total: number
  readonly span: Span
  /** `full` runs every window given; `incremental` skips those that have been covered meanwhile. */
  readonly type: 'full' | 'incremental'
  /** Covered parts that run again all the same. */
  readonly again?: readonly Span[] | undefined
  /** Windows that run at the same time; 1 when absent. */
  readonly parallel?: number | undefined
  /** Ends the run after the transactions in flight. */
  readonly signal?: AbortSignal | undefined
}

export interface Tally extends Written {
  readonly windows: number
}

/** What is told of the windows of a group; told apart by `type`. */
export type MaterializeEvent =
  | { readonly type: 'warning'; readonly group: string; readonly message: string }
  | { readonly type: 'waiting'; readonly group: string; readonly tenant: string; readonly holder: string }
  | ({
      readonly type: 'window'
      readonly group: string
      readonly tenant: string
      readonly start: string
      readonly end: string
      /** Of `total`, this one included, or these: of a rolling group several windows run at once. */
      readonly done: number
      readonly total: number
      /** Rows that all of them have yielded. */
      readonly rows: number
    } & Written &
      Pace)
