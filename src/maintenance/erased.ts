/** A place that rows were erased from, and the proof: what was counted there afterwards. */

export interface ErasedFrom {
  readonly place: 'history' | 'latest' | 'rejected' | 'registry' | 'staging' | 'redis'
  /** The table, or in Redis what the names begin with. */
  readonly name: string
  /** Rows removed; with `dryRun`, those there. */
  readonly rows: number
  /** Rows counted there afterwards. */
  readonly left: number
}
