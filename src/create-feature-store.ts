import type { Pool } from 'pg'
import type { Config } from './config/define.js'
import { resolveProfile } from './config/environment.js'
import type { EventOf } from './config/event.js'
import { functionsOf } from './config/functions.js'
import type {
  AllFeatures,
  Bare,
  DatasetName,
  DatasetVectorOf,
  EmbeddingName,
  EntityName,
  EntityOfFeature,
  FeatureName,
  FeaturesOf,
  JoinKeysOf,
  KeyOf,
  KeyOfFeature,
  LabelsOf,
  Nullable,
  Read,
  RequestFor,
  RequestForEach,
  RequestOfService,
  ServiceName,
  VectorOf,
} from './config/inference.js'
import type { InstantLike } from './config/instant.js'
import { parseConfig } from './config/parse.js'
import type { Given, RowOf, StreamFeature, StreamName } from './config/pushed.js'
import type { RedisClient } from './db/redis.js'
import type { AggregateRequest, AggregateRow } from './offline/aggregate.js'
import type { TimeRange } from './offline/asked.js'
import type { HistoryRequest, HistoryRow } from './offline/history.js'
import type { RangeRow } from './offline/range.js'
import type { RowStream } from './offline/row-stream.js'
import type { MemoryOptions } from './online/memory.js'
import type { ReadLimits } from './online/reader.js'
import type { SimilarEntity } from './online/search.js'
import type { SearchRequest } from './online/search-request.js'
import type { IngestOptions, IngestResult } from './pipeline/ingester.js'
import type { PushResult } from './pipeline/push-call.js'
import type { SetFeatureRequest, SetFeatureResult } from './pipeline/pusher.js'
import { AnyStore } from './store.js'
import type { DatasetOptions } from './training/dataset.js'
import type { Matrix } from './training/matrix.js'

/** Where the data are, whose they are, and what is kept in this process. */
export interface FeatureStoreOptions {
  /** A profile of the config; `FSTORE_PROFILE`, else `default`. */
  readonly profile?: string
  /** Whose data; the profile's tenant, else `default`. */
  readonly tenant?: string
  /** Your own `pg` pool. The store uses it and never ends it. */
  readonly pg?: Pool
  /** Connections to the server, at most; 5 when absent. Not of your own pool. */
  readonly connections?: number
  /** Your own ioredis client (`Redis` or `Cluster`). The store uses it and never closes it. */
  readonly redis?: RedisClient
  /** The project's folder, where `sqlFile()` paths start and `.fstore/` lies; the working directory when absent. */
  readonly root?: string
  /** The rows kept in this process: `max` rows (10,000) for `ttl` milliseconds (1,000); `max: 0` keeps none. */
  readonly cache?: MemoryOptions
  /** Milliseconds that a read waits for Redis before it asks Postgres; 200 unless told. */
  readonly redisTimeout?: number
}

/** What may be said of a read; its request data is of the types that its features declare. */
type Limits = Omit<ReadLimits, 'request'>

/** A store that knows the features of its config. */
export interface FeatureStore<C>
  extends Omit<
    AnyStore,
    | 'getFeatures'
    | 'setFeature'
    | 'setFeatures'
    | 'getMany'
    | 'ingest'
    | 'getVector'
    | 'getVectors'
    | 'featuresAt'
    | 'vectorAt'
    | 'range'
    | 'searchSimilar'
    | 'history'
    | 'aggregate'
    | 'trainingData'
    | 'loadMatrix'
    | 'forTenant'
  > {
  /**
   * The newest values of one entity's features.
   *
   * @throws FstoreError KEY_INVALID, NOT_BUILT, DATABASE_UNREACHABLE
   */
  getFeatures<const E extends EntityName<C>, const R extends keyof FeaturesOf<C, E>>(
    request: {
      entity: E
      /** An object with the entity's keys; for an entity of one key, also its bare value. */
      key: Bare<KeyOf<C, E>>
      features: readonly R[]
    } & Limits &
      RequestFor<C, R>,
  ): Promise<Read<Pick<FeaturesOf<C, E>, R>>>

  /** The newest values of several entities, in the order of the keys, in one round trip a tier. */
  getMany<const E extends EntityName<C>, const R extends keyof FeaturesOf<C, E>>(
    request: {
      entity: E
      keys: readonly Bare<KeyOf<C, E>>[]
      features: readonly R[]
    } & Limits &
      RequestForEach<RequestFor<C, R>>,
  ): Promise<Read<Pick<FeaturesOf<C, E>, R>>[]>

  /**
   * The newest values of a service's features, in its order: the vector that a dataset of the service trains on.
   *
   * @throws FstoreError KEY_INVALID, NOT_BUILT, DATABASE_UNREACHABLE
   */
  getVector<const N extends ServiceName<C>>(
    request: {
      service: N
      /** The keys of all its entities, under the names its picks give them. */
      keys: JoinKeysOf<C, N>
    } & Limits &
      RequestOfService<C, N>,
  ): Promise<Read<VectorOf<C, N>>>

  /** Several vectors of one service, in the order of the keys, in one round trip a tier. */
  getVectors<const N extends ServiceName<C>>(
    request: {
      service: N
      keys: readonly JoinKeysOf<C, N>[]
    } & Limits &
      RequestForEach<RequestOfService<C, N>>,
  ): Promise<Read<VectorOf<C, N>>[]>

  /**
   * Writes one value of a pushed group, and its history. What it does not name keeps its value.
   *
   * @throws FstoreError ROW_REJECTED, VALUE_INVALID, KEY_INVALID, TIMESTAMP_INVALID, NOT_BUILT, DATABASE_UNREACHABLE
   */
  setFeature<const F extends StreamFeature<C>>(
    request: Omit<SetFeatureRequest, 'feature' | 'key' | 'value'> & {
      readonly feature: F
      readonly key: Bare<KeyOfFeature<C, F>>
      readonly value: Given<AllFeatures<C>[F & keyof AllFeatures<C>]> | null
    },
  ): Promise<SetFeatureResult>

  /**
   * Writes rows of a pushed group, and their history, in one transaction. A row that breaks a rule is told as rejected,
   * and kept; the others are written.
   *
   * @throws FstoreError VALUE_INVALID, KEY_INVALID, TIMESTAMP_INVALID, NOT_BUILT, DATABASE_UNREACHABLE: then nothing of
   * the call is written
   */
  setFeatures<const N extends StreamName<C>>(request: {
    readonly group: N
    readonly rows: readonly RowOf<C, N>[]
  }): Promise<PushResult>

  /**
   * Folds events into every group that takes their types, with history and latest in one transaction a group. An event
   * whose id was applied before is not applied again. One that breaks a rule is told as rejected, and kept; the others
   * are applied.
   *
   * @throws FstoreError EVENT_INVALID, NOT_BUILT, DATABASE_UNREACHABLE; ingest the same events again then: those that a
   * group has applied by that time are duplicates
   */
  ingest(events: readonly EventOf<C>[], options?: IngestOptions): Promise<IngestResult>

  /**
   * The values of one entity's features as of an instant, by the history as it stands now: what a point-in-time join
   * gives a row of that instant.
   *
   * @throws FstoreError KEY_INVALID, TIMESTAMP_INVALID, NOT_BUILT, DATABASE_UNREACHABLE
   */
  featuresAt<const E extends EntityName<C>, const R extends keyof FeaturesOf<C, E>>(
    request: {
      entity: E
      key: Bare<KeyOf<C, E>>
      features: readonly R[]
      /** Text needs a time zone; a date alone is midnight UTC. */
      at: InstantLike
    } & RequestFor<C, R>,
  ): Promise<Read<Pick<FeaturesOf<C, E>, R>>>

  /**
   * A service's vector as of an instant, by the history as it stands now: what a training set has in a row of that
   * instant.
   *
   * @throws FstoreError KEY_INVALID, TIMESTAMP_INVALID, NOT_BUILT, DATABASE_UNREACHABLE
   */
  vectorAt<const N extends ServiceName<C>>(
    request: { service: N; keys: JoinKeysOf<C, N>; at: InstantLike } & RequestOfService<C, N>,
  ): Promise<Read<VectorOf<C, N>>>

  /**
   * The entities whose newest embeddings are most alike a vector, or the embedding of the entity `key`, the most alike
   * first. Those that have expired are not found.
   *
   * @throws FstoreError USAGE, VALUE_INVALID, KEY_INVALID, EMBEDDING_MISSING, EXTENSION_MISSING, NOT_BUILT,
   * DATABASE_UNREACHABLE
   */
  searchSimilar<const F extends EmbeddingName<C>, const R extends keyof FeaturesOf<C, EntityOfFeature<C, F>> = never>(
    request: Omit<SearchRequest, 'feature' | 'vector' | 'key' | 'features'> & {
      readonly feature: F
      /** Features of the same entity to read of those that are found. */
      readonly features?: readonly R[]
    } & (
        | { readonly vector: Float32Array | readonly number[]; readonly key?: never }
        | { readonly key: Bare<KeyOfFeature<C, F>>; readonly vector?: never }
      ),
  ): Promise<SimilarEntity<Pick<FeaturesOf<C, EntityOfFeature<C, F>>, NoInfer<R>>, KeyOfFeature<C, F>>[]>

  /**
   * The current rows of entities over a span of time, by key and then by time: what the groups asked for have of one
   * entity and instant is one row. Iterate over it, and rows come as they are read; await it for all of them.
   *
   * @throws FstoreError KEY_INVALID, TIMESTAMP_INVALID, RANGE_EMPTY, NOT_BUILT, DATABASE_UNREACHABLE
   */
  range<const E extends EntityName<C>, const R extends keyof FeaturesOf<C, E>>(
    request: TimeRange & {
      readonly entity: E
      /** All entities when absent. */
      readonly keys?: readonly Bare<KeyOf<C, E>>[]
      /** All that are built of the entity when absent. */
      readonly features?: readonly R[]
    },
  ): RowStream<RangeRow<Pick<FeaturesOf<C, E>, R>, KeyOf<C, E>>>

  /**
   * The values one feature of one entity has had, newest first.
   *
   * @throws FstoreError KEY_INVALID, TIMESTAMP_INVALID, RANGE_EMPTY, USAGE, NOT_BUILT, DATABASE_UNREACHABLE
   */
  history<const F extends FeatureName<C>>(
    request: Omit<HistoryRequest, 'feature' | 'key'> & { readonly feature: F; readonly key: Bare<KeyOfFeature<C, F>> },
  ): RowStream<HistoryRow<AllFeatures<C>[F]>>

  /**
   * One feature summed up: over all, by a bucket of time, by entity.
   *
   * @throws FstoreError KEY_INVALID, TIMESTAMP_INVALID, RANGE_EMPTY, USAGE, NOT_BUILT, DATABASE_UNREACHABLE
   */
  aggregate<const F extends FeatureName<C>>(
    request: Omit<AggregateRequest, 'feature' | 'keys'> & {
      readonly feature: F
      readonly keys?: readonly Bare<KeyOfFeature<C, F>>[]
    },
  ): RowStream<AggregateRow>

  /**
   * A dataset as rows, streamed in the order of its spine: features as of each row, and its labels.
   *
   * @throws FstoreError SPINE_INVALID, SQL_FILE_MISSING, NOT_BUILT
   */
  trainingData<const N extends DatasetName<C>>(
    dataset: N,
    options?: DatasetOptions,
  ): AsyncGenerator<{
    features: Nullable<DatasetVectorOf<C, N>>
    label: LabelsOf<C, N>
    /** The other columns of the spine: keys, `event_timestamp`, `split`. */
    spine: Readonly<Record<string, unknown>>
  }>

  /**
   * The same as columns of numbers, whole in memory.
   *
   * @throws FstoreError SPINE_INVALID, SQL_FILE_MISSING, NOT_BUILT
   */
  loadMatrix<const N extends DatasetName<C>>(dataset: N, options?: DatasetOptions): Promise<Matrix>

  /**
   * The store of another tenant, over the same connections to Postgres. Close it before this one; that leaves them open.
   */
  forTenant(tenant: string): FeatureStore<C>
}

/**
 * Opens the store of a config. Connects on first use; call `close()` when done.
 *
 * @throws FstoreError CONFIG_INVALID, PROFILE_UNKNOWN, ENV_MISSING
 */
export function createFeatureStore<const C extends Config>(
  config: C,
  options: FeatureStoreOptions = {},
): FeatureStore<C> {
  const { root = process.cwd(), pg, connections, redis, cache, redisTimeout, tenant } = options
  const project = parseConfig(config)
  const resolved = resolveProfile({ project, profile: options.profile, env: process.env })
  const profile = tenant === undefined ? resolved : { ...resolved, tenant }
  const functions = async () => functionsOf(config)
  const own = { functions, pg, connections, redis, cache, redisTimeout }
  return new AnyStore({ project, profile, root, ...own }) as unknown as FeatureStore<C>
}
