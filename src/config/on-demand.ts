import type { Entity, Features, Group } from './define.js'
import type { MetadataOptions, Value } from './feature.js'
import { mark } from './marker.js'
import { type GroupPick, type PickedRequest, type PickedValues, type PickFrom, pickFrom } from './pick.js'
import type { Sql } from './sql.js'

interface OnDemandOptions<E extends Entity, F extends Features> extends MetadataOptions {
  readonly entity: E
  readonly features: F
  /** Raised when values come to mean something else, which nothing else could tell of a function. */
  readonly version: number
}

/** An on-demand group that is computed by a function. */
export interface ComputeOptions<
  E extends Entity,
  F extends Features,
  I extends readonly GroupPick[],
  R extends Features,
> extends OnDemandOptions<E, F> {
  /** What the function is given; `.as('origin', { airport: 'origin' })` says which key of this entity holds theirs. */
  readonly inputs: I
  /** What the function is given besides, by whoever reads; in a training set, by columns of the spine. */
  readonly request?: R
  /**
   * The features of one entity. It is called for every read and for every row of a training set, so it must give the
   * same for the same: no clock, no chance, nothing that it waits for.
   *
   * @param inputs by `alias.feature`; null where nothing is known
   */
  readonly compute: (
    inputs: InputsOf<I>,
    request: { readonly [K in keyof R]: Value<R[K]> },
  ) => { readonly [K in keyof F]: Value<F[K]> | null }
}

/** An on-demand group that is computed by SQL. */
export interface OnDemandSqlOptions<E extends Entity, F extends Features>
  extends Omit<OnDemandOptions<E, F>, 'version'> {
  readonly version?: number
  /**
   * One SELECT of the entity's keys and every feature, run for the entities asked for alone. `:at` is the instant asked
   * about, now or that of a training row; a key that it names as `:user_id` need not be selected.
   */
  readonly sql: Sql
}

type InputsOf<I extends readonly GroupPick[]> =
  Both<PickedValues<I[number]>> extends infer V ? { readonly [K in keyof V]: V[K] | null } : never

/** What is asked of a caller: the group's own request data, and that of the on-demand groups it reads. */
type RequestOf<I extends readonly GroupPick[], R> = R & Both<PickedData<I[number]>>
type PickedData<P> = P extends unknown
  ? unknown extends PickedRequest<P>
    ? Record<never, never>
    : PickedRequest<P>
  : never
type Both<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void ? I : never

/** A group of features that no table holds: a function of other features and of what the caller says. */
export function onDemand<
  const N extends string,
  E extends Entity,
  F extends Features,
  const I extends readonly GroupPick[],
  R extends Features = Record<never, never>,
>(
  name: N,
  options: ComputeOptions<E, F, I, R>,
): Group<N, E, F, 'on_demand', RequestOf<I, { [K in keyof R]: Value<R[K]> }>>
/** A group of features that no table holds: SQL that is run for the entities asked for. */
export function onDemand<const N extends string, E extends Entity, F extends Features>(
  name: N,
  options: OnDemandSqlOptions<E, F>,
): Group<N, E, F, 'on_demand'>
export function onDemand(name: string, options: object): Group<string, Entity, Features, 'on_demand'> {
  const pick = pickFrom(name) as unknown as PickFrom<string, Entity['keys'], Features>
  return mark('group', { ...options, name, sourceType: 'on_demand' as const }, { pick }) as unknown as Group<
    string,
    Entity,
    Features,
    'on_demand'
  >
}
