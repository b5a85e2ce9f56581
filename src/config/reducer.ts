/** How an event changes a feature: declared here, carried out when events are folded. */
import { FstoreError } from '../errors.js'
import { mark } from './marker.js'

/** What is known of an event besides its payload. */
export interface EventInfo {
  readonly id: string
  readonly type: string
  /** When it happened, as it says itself. */
  readonly timestamp: Date
}

/** What an event gives a reducer, if anything: one that gives null or undefined is passed over. */
export type Reading<P, V> = (payload: P, event: EventInfo) => V | null | undefined

/**
 * Makes of what a feature has and an event with the payload `P` the feature's next value, of type `V`. What the builders
 * give is carried out by the store, and cannot be called; it has the type of a function because only from that of one
 * does TypeScript tell what `P` is.
 */
export type Reducer<P = any, V = unknown> = (payload: P, previous: any, event: EventInfo) => V | null | undefined

export type ReducerName = 'increment' | 'last' | 'first' | 'max' | 'min' | 'ema' | 'average' | 'mode'

/** A reducer as its builder made it. */
export interface ReducerFields {
  readonly name: ReducerName
  readonly of: Reading<unknown, unknown>
  /** Of an `ema`. */
  readonly alpha?: number
}

/** Counts up by 1, or by so much, or by what the event gives; the first time from 0. */
export function increment<P = unknown>(by: number | bigint | Reading<P, number | bigint> = 1): Reducer<P, number> {
  if (!['number', 'bigint', 'function'].includes(typeof by))
    throw new FstoreError('CONFIG_INVALID', `increment(${JSON.stringify(by)}) adds what is no number.`, {
      fix: 'Write increment(), increment(5) or increment((payload) => payload.amount).',
    })
  return reducer('increment', typeof by === 'function' ? by : () => by)
}

/** What the event gives; null takes the value away, undefined keeps it. Of several events, the one written last. */
export function last<P, V>(of: Reading<P, V>): Reducer<P, V> {
  return reducer('last', of)
}

/** The same as `last`. */
export function set<P, V>(of: Reading<P, V>): Reducer<P, V> {
  return reducer('last', of)
}

/** What the first event gave that gave anything. */
export function first<P, V>(of: Reading<P, V>): Reducer<P, V> {
  return reducer('first', of)
}

/** The largest of the values that came. */
export function max<P, V extends number | bigint | string | Date>(of: Reading<P, V>): Reducer<P, V> {
  return reducer('max', of)
}

/** The smallest of the values that came. */
export function min<P, V extends number | bigint | string | Date>(of: Reading<P, V>): Reducer<P, V> {
  return reducer('min', of)
}

/**
 * The exponential moving average: `alpha * value + (1 - alpha) * previous`, beginning with the first value itself.
 *
 * @param alpha the weight of the newest value, above 0 and at most 1
 */
export function ema<P>(alpha: number, of: Reading<P, number>): Reducer<P, number> {
  return reducer('ema', of, alpha)
}

/** The mean of all that was given. */
export function average<P>(of: Reading<P, number>): Reducer<P, number> {
  return reducer('average', of)
}

/** What was given most often; of several, the smallest. It remembers every value with its count, up to 1,000 of them. */
export function mode<P, V extends number | bigint | string | boolean>(of: Reading<P, V>): Reducer<P, V> {
  return reducer('mode', of)
}

function reducer(name: ReducerName, of: Reading<never, unknown>, alpha?: number): Reducer<any, never> {
  const fields = { name, of, ...(alpha !== undefined && { alpha }) }
  return mark('reducer', fields) as unknown as Reducer<any, never>
}
