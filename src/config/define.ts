import type { Dataset } from './dataset.js'
import type { DriftSpec, GroupDrift } from './drift.js'
import type { Duration } from './duration.js'
import type { Feature, MetadataOptions } from './feature.js'
import { mark } from './marker.js'
import { type PickFrom, pickFrom } from './pick.js'
import type { KeyType, PartitionBy, SourceType } from './project.js'
import type { Service } from './service.js'
import type { Sql } from './sql.js'

/** What features describe, and the keys that name one of them, in the order of the primary key. */
export interface Entity<
  N extends string = string,
  K extends Readonly<Record<string, KeyType>> = Readonly<Record<string, KeyType>>,
> {
  readonly name: N
  readonly keys: K
}

/** Features by name. */
export type Features = Readonly<Record<string, Feature<any>>>

/** Features of one entity, computed or pushed together. */
export interface Group<
  N extends string = string,
  E extends Entity = Entity,
  F extends Features = Features,
  S extends SourceType = SourceType,
  R = Record<never, never>,
> {
  readonly sourceType: S
  readonly name: N
  readonly entity: E
  readonly features: F
  /** Some of its features for a service, in the order of its vector. */
  readonly pick: PickFrom<N, E['keys'], F, R>
}

/** What every group takes, whatever its source. */
export interface StoredOptions extends MetadataOptions {
  /** How old a value may be before it counts as expired, offline and online, inclusive. Unset: never. */
  readonly ttl?: Duration
  /** How long history is kept; at least `ttl`. Unset: for ever. */
  readonly retention?: Duration
  /** How history is partitioned: by `month` where it is not given. */
  readonly partition?: PartitionBy
  /** When `fstore drift` reports that values have moved; `false` is never. */
  readonly drift?: DriftSpec<GroupDrift>
}

/** What a group takes that is computed by windows. Timestamps need a time zone; a date alone is midnight UTC. */
export interface GroupOptions extends StoredOptions {
  /** The length of a window, aligned in UTC. `1d` where it is not given. */
  readonly every?: Duration
  /** Where history begins. Unset: with the first build. */
  readonly start?: string
  /** Where `build` stops. Unset: now. */
  readonly end?: string
  /** How late source rows may come: when a new window is due, the windows this far before it run again, too. Unset: none do. */
  readonly lookback?: Duration
  /** A cron expression of five fields, for `fstore` when it runs on its own. */
  readonly schedule?: string
  /** How many rows of one window may break rules before the window fails. Unset: any number. */
  readonly maxRejected?: number
}

export interface BatchOptions<E extends Entity, F extends Features> extends GroupOptions {
  readonly entity: E
  readonly features: F
  /** One SELECT of the entity's keys and every feature; absent where each feature has its own. */
  readonly sql?: Sql
}

/** Where the data is, of one environment. Each may hold an `env()` placeholder. */
export interface Profile {
  /** A Postgres URL. Unset: embedded, in `.fstore/`. */
  readonly database?: string
  /** A direct URL for migrate and build, where `database` goes through a pooler. */
  readonly directUrl?: string
  readonly redis?: string
  /** `default` where it is not given. */
  readonly tenant?: string
}

/** A group of any entity and features. */
export type AnyGroup = Group<any, any, any, any, any>

/** A service of any features. */
export type AnyService = Service<any, any>
/** A dataset of any columns. */
export type AnyDataset = Dataset<any, any, any>

/** A whole config, as `defineConfig` gives it. */
export interface Config<
  G extends readonly AnyGroup[] = readonly AnyGroup[],
  S extends readonly AnyService[] = readonly AnyService[],
  D extends readonly AnyDataset[] = readonly AnyDataset[],
> {
  readonly project: string
  readonly groups: G
  readonly services?: S
  readonly datasets?: D
  readonly schema?: string
  readonly profiles?: Readonly<Record<string, Profile>>
}

/** An entity, such as `entity('route', { origin: 'string', destination: 'string' })`. */
export function entity<const N extends string, const K extends Readonly<Record<string, KeyType>>>(
  name: N,
  keys: K,
  options: { readonly description?: string } = {},
): Entity<N, K> {
  return mark('entity', { ...options, name, keys })
}

/** A group of features computed by SQL in the database, window by window. */
export function batch<const N extends string, E extends Entity, F extends Features>(
  name: N,
  options: BatchOptions<E, F>,
): Group<N, E, F, 'batch'> {
  const pick = pickFrom(name) as unknown as PickFrom<N, E['keys'], F>
  return mark('group', { ...options, name, sourceType: 'batch' as const }, { pick })
}

/**
 * The config: the default export of `featurestore.config.ts`. It is checked when it is used, not here, so that every
 * mistake can be told at once.
 *
 * @param config `project` heads every Redis key; `schema` names the schemas in Postgres (`fstore` where not given).
 */
export function defineConfig<
  const G extends readonly AnyGroup[],
  const S extends readonly AnyService[] = [],
  const D extends readonly AnyDataset[] = [],
>(config: Config<G, S, D>): Config<G, S, D> {
  return mark('config', config)
}
