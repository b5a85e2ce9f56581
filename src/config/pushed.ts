/** What can be pushed, inferred from a config: rows of the groups that it declares with `stream`. */
import type { Group } from './define.js'
import type { Value } from './feature.js'
import type { Bare, GroupOf, Key } from './inference.js'
import type { InstantLike } from './instant.js'

/** Those that events feed are not pushed to. */
type StreamOf<C> = Exclude<Extract<GroupOf<C>, { sourceType: 'stream' }>, { events: object }>

/** The names of the pushed groups of a config. */
export type StreamName<C> = StreamOf<C>['name']

/** Every pushed feature, as `group.feature`. */
export type StreamFeature<C> = FullName<StreamOf<C>>

type FullName<G> = G extends Group<infer N, any, infer F, any> ? `${N}.${keyof F & string}` : never

/** What may be given for a value: what a read gives, and what stands for the same. */
export type Given<V> = V extends Date
  ? Date | string
  : V extends bigint
    ? bigint | number
    : V extends Float32Array
      ? Float32Array | readonly number[]
      : V extends readonly (infer E)[]
        ? readonly E[]
        : V

/** A row of the pushed group of that name. */
export type RowOf<C, N> =
  Extract<StreamOf<C>, { name: N }> extends Group<any, infer E, infer F, any>
    ? {
        /** An object with the entity's keys; for an entity of one key, also its bare value. */
        readonly key: Bare<Key<E>>
        /** A feature that is not given keeps the value it has; null takes it away. */
        readonly features: { readonly [P in keyof F]?: Given<Value<F[P]>> | null | undefined }
        /** As of when the values hold; when it is written, if absent. Text needs a time zone. */
        readonly eventTimestamp?: InstantLike | undefined
      }
    : never
