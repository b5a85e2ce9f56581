/** A question that the page asks, and who is asked. */
import type { AnyStore } from '../store.js'
import type { Query } from './query.js'

export interface Asked {
  /** Of the tenant asked about. */
  readonly store: AnyStore
  readonly query: Query
  /** What stands in the address for `:name` or `:entity`. */
  readonly name: string
  /** Of fstore. */
  readonly version: string
}

/** @returns what is printed as JSON */
export type Answer = (asked: Asked) => Promise<object>
