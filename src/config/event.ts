/** The events that a store takes, inferred from the groups of its config that are fed by them. */
import type { GroupOf } from './inference.js'
import type { InstantLike } from './instant.js'
import type { SchemaInput } from './standard-schema.js'

/** Something that happened. */
export interface StreamEvent<T extends string = string, P = unknown> {
  /** Of 1 to 255 characters. An event whose id was applied before is not applied again. */
  readonly id: string
  readonly type: T
  /** When it happened. Text needs a time zone. */
  readonly timestamp: InstantLike
  readonly payload: P
}

type SchemasOf<C> = Extract<GroupOf<C>, { events: object }>['events']
type TypeOf<S> = S extends unknown ? keyof S & string : never
type PayloadOf<S, T> = S extends unknown ? (T extends keyof S ? (payload: SchemaInput<S[T]>) => void : never) : never
/** What every group that takes the type asks for. */
type Both<U> = [U] extends [(payload: infer P) => void] ? P : never

/** The names of the events that the groups of a config take. */
export type EventType<C> = TypeOf<SchemasOf<C>>

/** Any event that a group of the config takes. */
export type EventOf<C> = { [T in EventType<C>]: StreamEvent<T, Both<PayloadOf<SchemasOf<C>, T>>> }[EventType<C>]
