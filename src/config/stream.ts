import type { Entity, Features, Group, StoredOptions } from './define.js'
import type { Duration } from './duration.js'
import type { Value } from './feature.js'
import type { Bare, Key } from './inference.js'
import { mark } from './marker.js'
import { type PickFrom, pickFrom } from './pick.js'
import type { Given } from './pushed.js'
import type { EventInfo } from './reducer.js'
import type { SchemaOutput, StandardSchema } from './standard-schema.js'

/** A group that the application writes itself, with `setFeature` and `setFeatures`. */
export interface StreamOptions<E extends Entity, F extends Features> extends StoredOptions {
  readonly entity: E
  readonly features: F
  /** Raised when values come to mean something else, which nothing else could tell. 1 where it is not given. */
  readonly version?: number
}

/** By type of event, the schema of its payload. */
export type EventSchemas = Readonly<Record<string, StandardSchema<any, any>>>

/** A group that is fed by events, with `ingest`: each is folded into what its entity has. */
export interface EventOptions<E extends Entity, F extends Features, Ev extends EventSchemas> extends StoredOptions {
  readonly entity: E
  readonly features: F
  /** Raised with what the functions do, which nothing else could tell. A raised version begins empty. */
  readonly version: number
  /** Anything that implements Standard Schema: zod, valibot, arktype. */
  readonly events: Ev
  readonly on: { readonly [T in keyof Ev]: EventHandler<E, F, SchemaOutput<Ev[T]>> }
  /** How long an event is remembered: one that comes again later than that is applied again. `30d` where not given. */
  readonly remember?: Duration
}

/** What an event with the payload `P` does to one entity. */
export interface EventHandler<E extends Entity, F extends Features, P> {
  /** Whom it is about; null or undefined where the event does not concern the group. */
  readonly key: (payload: P, event: EventInfo) => Bare<Key<E>> | null | undefined
  /** By feature, a reducer (`increment()`, `ema(0.3, (payload) => payload.rating)`) or a function of one's own. */
  readonly set: { readonly [N in keyof F]?: Fold<P, Value<F[N]>> }
}

/** A reducer of one's own. It must give the same for the same: no clock, no chance; undefined keeps the value. */
export type Fold<P, V> = (payload: P, previous: V | null, event: EventInfo) => Given<V> | null | undefined

/** A `stream` group that events are folded into. */
export type EventGroup<
  N extends string = string,
  E extends Entity = Entity,
  F extends Features = Features,
  Ev extends EventSchemas = EventSchemas,
> = Group<N, E, F, 'stream'> & { readonly events: Ev }

/** A group of features that events change, each by a reducer. */
export function stream<const N extends string, E extends Entity, F extends Features, const Ev extends EventSchemas>(
  name: N,
  options: EventOptions<E, F, Ev>,
): EventGroup<N, E, F, Ev>
/** A group of features that the application pushes, row by row. */
export function stream<const N extends string, E extends Entity, F extends Features>(
  name: N,
  options: StreamOptions<E, F>,
): Group<N, E, F, 'stream'>
export function stream(
  name: string,
  options: StreamOptions<Entity, Features>,
): Group<string, Entity, Features, 'stream'> {
  const pick = pickFrom(name) as unknown as PickFrom<string, Entity['keys'], Features>
  return mark('group', { ...options, name, sourceType: 'stream' as const }, { pick })
}
