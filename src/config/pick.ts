import type { Feature, Value } from './feature.js'
import type { KeyValue } from './key.js'
import { mark } from './marker.js'
import type { KeyType } from './project.js'

declare const vector: unique symbol
declare const joinKeys: unique symbol
declare const requestData: unique symbol

type Keys = Readonly<Record<string, KeyType>>
type Features = Readonly<Record<string, Feature<any>>>

/**
 * Some features of one group, as part of a vector: `V` are its values by name, `K` the join keys they are read by, `R`
 * what a caller gives besides, where they are computed when they are read.
 */
export interface GroupPick<V = unknown, K = unknown, R = unknown> {
  readonly group: string
  readonly features: readonly string[]
  /** Heads the names in the vector. Absent: the group's name. */
  readonly alias?: string
  /** By key of the group's entity, the join key that holds it. Absent: the key of the same name. */
  readonly on?: Readonly<Record<string, string>>
  readonly [vector]?: V
  readonly [joinKeys]?: K
  readonly [requestData]?: R
}

/** A pick that goes by its group's name and keys, until `as` gives it others. */
export interface PlainPick<
  N extends string,
  K extends Keys,
  F extends Features,
  P extends keyof F & string,
  R = Record<never, never>,
> extends GroupPick<Named<N, F, P>, Renamed<K, { readonly [Key in keyof K]: Key }>, R> {
  /**
   * The same features under another name, so that one group can stand in a vector twice:
   * `departures.pick('late').as('origin', { airport: 'origin' })` is `origin.late`, of the airport in `origin`.
   *
   * @param on for each key of the entity, the join key (a column of a spine) that holds it
   */
  as<const A extends string, const On extends { readonly [Key in keyof K]: string }>(
    alias: A,
    on: On & { readonly [Key in Exclude<keyof On, keyof K>]: never },
  ): GroupPick<Named<A, F, P>, Renamed<K, On>, R>
}

/** What `group.pick()` is. */
export type PickFrom<N extends string, K extends Keys, F extends Features, R = Record<never, never>> = <
  const P extends keyof F & string,
>(
  ...features: [P, ...P[]]
) => PlainPick<N, K, F, P, R>

type Named<A extends string, F extends Features, P extends keyof F & string> = {
  [Name in P as `${A}.${Name}`]: Value<F[Name]>
}

type Renamed<K extends Keys, On extends { readonly [Key in keyof K]: PropertyKey }> = {
  -readonly [Key in keyof K as On[Key]]: KeyValue<K[Key]>
}

/** Makes the `pick` of a group. Whether the group has these features is told with every other mistake of the config. */
export function pickFrom(group: string): (...features: string[]) => GroupPick {
  return (...features) => {
    const as = (alias: string, on: Readonly<Record<string, string>>) => mark('pick', { group, features, alias, on })
    return mark('pick', { group, features }, { as })
  }
}

/** The values of a pick, by name. */
export type PickedValues<P> = P extends GroupPick<infer V, any, any> ? V : never

/** The join keys of a pick, with the types a caller may give. */
export type PickedKeys<P> = P extends GroupPick<any, infer K, any> ? K : never

/** What is given besides the keys to read a pick. */
export type PickedRequest<P> = P extends GroupPick<any, any, infer R> ? R : never
