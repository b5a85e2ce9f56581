import type { Dataset } from './dataset.js'
import type { AnyGroup, Config, Entity, Group } from './define.js'
import type { Value } from './feature.js'
import type { KeyValue } from './key.js'
import type { PickedKeys, PickedRequest, PickedValues } from './pick.js'
import type { Service } from './service.js'

/** The key of an entity: `{ origin: string, destination: string }`. */
export type Key<E> = E extends Entity<string, infer K> ? { -readonly [P in keyof K]: KeyValue<K[P]> } : never

/** A key, or its only value where the entity has one key. */
export type Bare<K> = K | (IsUnion<keyof K> extends true ? never : K[keyof K])

/** The groups of a config. */
export type GroupOf<C> = C extends Config<infer G, any, any> ? G[number] : never
/** The entities of its groups. */
export type EntityOf<C> = GroupOf<C>['entity']
/** The names of the entities of a config. */
export type EntityName<C> = EntityOf<C>['name']

/** The key of the entity of that name. */
export type KeyOf<C, N> = Key<Extract<EntityOf<C>, { name: N }>>

/** Every feature of the entity named `N`, as `group.feature`, with the type of its values. */
export type FeaturesOf<C, N> = Merge<FullNames<Extract<GroupOf<C>, { entity: { name: N } }>>>

/** Every feature of a config, as `group.feature`. */
export type AllFeatures<C> = Merge<FullNames<GroupOf<C>>>
export type FeatureName<C> = keyof AllFeatures<C> & string

/** The embeddings among them. */
export type EmbeddingName<C> = {
  [P in FeatureName<C>]: AllFeatures<C>[P] extends Float32Array ? P : never
}[FeatureName<C>]

/** The name of the entity that a feature is of. */
export type EntityOfFeature<C, F> = F extends `${infer G}.${string}`
  ? Extract<GroupOf<C>, { name: G }>['entity']['name']
  : never

/** The key of the entity that a feature is of. */
export type KeyOfFeature<C, F> = F extends `${infer G}.${string}`
  ? Key<Extract<GroupOf<C>, { name: G }>['entity']>
  : never

type FullNames<G extends AnyGroup> =
  G extends Group<infer N, any, infer F, any, any> ? { [P in keyof F & string as `${N}.${P}`]: Value<F[P]> } : never

/** The services of a config. */
export type ServiceOf<C> = C extends Config<any, infer S, any> ? S[number] : never
/** The names of the services of a config. */
export type ServiceName<C> = ServiceOf<C>['name']

/** The datasets of a config. */
export type DatasetOf<C> = C extends Config<any, any, infer D> ? D[number] : never
/** The names of the datasets of a config. */
export type DatasetName<C> = DatasetOf<C>['name']

/** The labels of the dataset of a config that is called `N`. */
export type LabelsOf<C, N> =
  Extract<DatasetOf<C>, { name: N }> extends Dataset<any, any, infer L>
    ? { -readonly [K in keyof L]: Value<L[K]> }
    : never

/** The values of a service or dataset, as `alias.feature`: of the services of a config, those of the name `N`. */
export type Vector<S> = Merge<PickedValues<PicksOf<S>>>
export type DatasetVectorOf<C, N> = Vector<Extract<DatasetOf<C>, { name: N }>>
/** The values of a service, by `alias.feature`. */
export type VectorOf<C, N> = Vector<Extract<ServiceOf<C>, { name: N }>>

/** What a service's vector is asked for by: the keys of all its entities, under the names its picks give them. */
export type JoinKeys<S> = Merge<PickedKeys<PicksOf<S>>>
/** The join keys of a service, by name. */
export type JoinKeysOf<C, N> = JoinKeys<Extract<ServiceOf<C>, { name: N }>>

/** What a caller gives besides keys to read features: nothing, where none of them is computed with it. */
export type RequestFor<C, F> = NeedsRequest<
  Merge<
    F extends `${infer N}.${string}`
      ? Extract<GroupOf<C>, { name: N }> extends Group<any, any, any, any, infer R>
        ? R
        : Record<never, never>
      : Record<never, never>
  >
>

/** The same of a service. */
export type RequestOfService<C, N> = NeedsRequest<
  Merge<
    PicksOf<Extract<ServiceOf<C>, { name: N }>> extends infer P ? (P extends unknown ? PickedRequest<P> : never) : never
  >
>

type NeedsRequest<R> = keyof R extends never ? { readonly request?: undefined } : { readonly request: R }

/** For all keys, or a list with that of each. */
export type RequestForEach<Q> = Q extends { readonly request: infer R } ? { readonly request: R | readonly R[] } : Q

type PicksOf<S> = S extends Service<any, infer P> ? P[number] : S extends Dataset<any, infer P, any> ? P[number] : never

/** Which tier answered; `history` is asked for values of the past. */
export type Tier = 'memory' | 'redis' | 'latest' | 'on_demand' | 'history'

/** When the value is as of: a Date to the millisecond, and the exact text to the microsecond, UTC. */
interface Stamped {
  eventTimestamp: Date
  eventTimestampText: string
  source: Tier
}

/** One value with its status; only PRESENT has a value. */
export type FeatureValue<V> =
  | ({ value: V; status: 'PRESENT' } & Stamped)
  | ({ value: null; status: 'NULL_VALUE' | 'EXPIRED' } & Stamped)
  | { value: null; status: 'NOT_FOUND'; eventTimestamp: null; eventTimestampText: null; source: null }

/** The same, where each value may be null. */
export type Nullable<X> = { [K in keyof X]: X[K] | null }

/** The answer to a read. */
export interface Read<F> {
  features: { [K in keyof F]: FeatureValue<F[K]> }
  values: Nullable<F>
  /** Milliseconds. */
  latencyMs: number
  metadata: ReadMetadata
}

/** How a read went; every value says itself which tier it came from. */
export interface ReadMetadata {
  /** Tiers that were passed over, and why: Redis, when it is down or slow. */
  readonly skipped: readonly { readonly tier: Tier; readonly why: string }[]
}

/** `{ a: 1 } | { b: 2 }` to `{ a: 1, b: 2 }`. */
type Merge<U> = (U extends unknown ? (member: U) => void : never) extends (all: infer I) => void
  ? { [K in keyof I]: I[K] }
  : never

type IsUnion<U, V = U> = U extends unknown ? ([V] extends [U] ? false : true) : never
