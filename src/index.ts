/** The public API. */
export { type Dataset, type DatasetOptions, dataset, type Split } from './config/dataset.js'
export {
  type AnyDataset,
  type AnyGroup,
  type AnyService,
  type BatchOptions,
  batch,
  type Config,
  defineConfig,
  type Entity,
  entity,
  type Features,
  type Group,
  type GroupOptions,
  type Profile,
} from './config/define.js'
export type { Duration } from './config/duration.js'
export { env } from './config/env.js'
export {
  array,
  bool,
  embedding,
  type Feature,
  type FeatureMetadata,
  float64,
  int64,
  type MetadataOptions,
  type Rules,
  string,
  timestamp,
  type Value,
} from './config/feature.js'
export type {
  Bare,
  DatasetName,
  DatasetOf,
  EntityName,
  EntityOf,
  FeaturesOf,
  FeatureValue,
  GroupOf,
  JoinKeys,
  JoinKeysOf,
  Key,
  KeyOf,
  Nullable,
  Read,
  ServiceName,
  ServiceOf,
  Tier,
  Vector,
  VectorOf,
} from './config/inference.js'
export type { InstantLike } from './config/instant.js'
export type { GroupPick, PlainPick } from './config/pick.js'
export type {
  Aggregation,
  DataType,
  ElementType,
  KeyType,
  PartitionBy,
  Status,
} from './config/project.js'
export { type Service, service } from './config/service.js'
export { type Sql, sql, sqlFile } from './config/sql.js'
export { createFeatureStore, type FeatureStore, type FeatureStoreOptions } from './create-feature-store.js'
export { type ErrorCode, FstoreError, type Place, type Problem } from './errors.js'
export type { AggregateRequest, AggregateRow } from './offline/aggregate.js'
export type { TimeRange } from './offline/asked.js'
export type { HistoryRequest, HistoryRow } from './offline/history.js'
export type { Preview } from './offline/preview.js'
export type { RangeRequest, RangeRow } from './offline/range.js'
export type { RowStream } from './offline/row-stream.js'
export type {
  EntityStatistics,
  GroupStatistics,
  RowCounts,
  StoreStatistics,
} from './offline/statistics.js'
export type { MemoryOptions } from './online/memory.js'
export type { BuildEvent, GroupResult } from './plan/apply.js'
export type { Plan, Step } from './plan/build.js'
export type { BuildOptions, BuildResult, MaterializeOptions } from './plan/execute.js'
export type { Run } from './plan/run.js'
export type { AnyStore, GroupState, PreviewOptions, ReadRequest } from './store.js'
