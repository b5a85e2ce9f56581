/** The public API. */
export { type ContextQuestion, enrichContextWithFeatures, type FeatureContext } from './agents/context.js'
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
export type { DriftSpec, DriftThresholds, GroupDrift } from './config/drift.js'
export type { Duration } from './config/duration.js'
export { env } from './config/env.js'
export type { EventOf, EventType, StreamEvent } from './config/event.js'
export {
  array,
  type BoolOptions,
  bool,
  type EmbeddingOptions,
  embedding,
  type Feature,
  type FeatureMetadata,
  float64,
  int64,
  type MetadataOptions,
  type NumberOptions,
  type PlainOptions,
  type Rules,
  type StringOptions,
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
  ReadMetadata,
  ServiceName,
  ServiceOf,
  Tier,
  Vector,
  VectorOf,
} from './config/inference.js'
export type { InstantLike } from './config/instant.js'
export { type ComputeOptions, type OnDemandSqlOptions, onDemand } from './config/on-demand.js'
export { type Payload, type PayloadFields, payload } from './config/payload.js'
export type { GroupPick, PlainPick } from './config/pick.js'
export type {
  Aggregation,
  DataType,
  ElementType,
  KeyType,
  Metric,
  PartitionBy,
  RollingFunction,
  SourceType,
  Status,
} from './config/project.js'
export type { Given, RowOf, StreamFeature, StreamName } from './config/pushed.js'
export {
  average,
  type EventInfo,
  ema,
  first,
  increment,
  last,
  max,
  min,
  mode,
  type Reading,
  type Reducer,
  set,
} from './config/reducer.js'
export { type Measure, type RollingFeatures, type RollingOptions, rolling } from './config/rolling.js'
export { type Service, service } from './config/service.js'
export { type Sql, sql, sqlFile } from './config/sql.js'
export type { SchemaInput, SchemaIssue, SchemaOutput, SchemaResult, StandardSchema } from './config/standard-schema.js'
export {
  type EventGroup,
  type EventHandler,
  type EventOptions,
  type EventSchemas,
  type Fold,
  type StreamOptions,
  stream,
} from './config/stream.js'
export { createFeatureStore, type FeatureStore, type FeatureStoreOptions } from './create-feature-store.js'
export type { MigrationState } from './db/migrate.js'
export type { RedisClient } from './db/redis-client.js'
export type { Check } from './doctor/check.js'
export { type ErrorCode, type ErrorDetails, type ExitCode, FstoreError, type Place, type Problem } from './errors.js'
export type { CleanupOptions, CleanupReport } from './maintenance/cleanup.js'
export type { EraseOptions, EraseReport } from './maintenance/erase.js'
export type { ErasedFrom } from './maintenance/erased.js'
export type { Removal, RemovalKind, Skipped } from './maintenance/removal.js'
export type { AggregateRequest, AggregateRow } from './offline/aggregate.js'
export type { TimeRange } from './offline/asked.js'
export type { HistoryRequest, HistoryRow } from './offline/history.js'
export type { HistoryCounts } from './offline/history-counts.js'
export type { Preview } from './offline/preview.js'
export type { PushRow } from './offline/pushed-row.js'
export type { RangeRequest, RangeRow } from './offline/range.js'
export type { RejectedFilter, RejectedRow, RejectedRows } from './offline/rejected-rows.js'
export type { RowStream } from './offline/row-stream.js'
export type { SourceTable } from './offline/source-rows.js'
export type {
  EntityStatistics,
  GroupStatistics,
  RowCounts,
  StoreStatistics,
} from './offline/statistics.js'
export type { GroupValues } from './online/entity-values.js'
export type { RedisLag } from './online/lag.js'
export type { MemoryOptions } from './online/memory.js'
export type { AnyRead, ReadLimits } from './online/reader.js'
export type { RedisGlance } from './online/redis-glance.js'
export type { SimilarEntity } from './online/search.js'
export type { SearchRequest } from './online/search-request.js'
export type { SyncEvent, SyncOptions, SyncResult } from './online/sync.js'
export type { VerifyOptions, VerifyReport } from './online/verify.js'
export type { IngestEvent, IngestLines, IngestTotals } from './pipeline/ingest-lines.js'
export type { IngestCounts, IngestOptions, IngestResult, RejectedEvent } from './pipeline/ingester.js'
export type { JobFilter, JobRecord, JobStatus } from './pipeline/job-list.js'
export type { MaterializeEvent } from './pipeline/materialization.js'
export type { OnlineState, PushResult } from './pipeline/push-call.js'
export type { PushEvent, PushLines, PushTotals } from './pipeline/push-lines.js'
export type { SetFeatureRequest, SetFeatureResult, SetFeaturesRequest } from './pipeline/pusher.js'
export type { Span } from './pipeline/window.js'
export type { BuildEvent, GroupResult } from './plan/apply.js'
export type { Plan, Step } from './plan/build.js'
export type { FeatureChange, GroupChange, SqlChange } from './plan/change.js'
export type { CoverageMap, GroupCoverage } from './plan/coverage-map.js'
export type {
  ComparedRun,
  DriftOptions,
  DriftReport,
  FeatureDriftReport,
  GroupDriftReport,
} from './plan/drift.js'
export type { BuildOptions, BuildResult, MaterializeOptions, TenantResult } from './plan/execute.js'
export type { Finding, FindingCode, Severity } from './plan/finding.js'
export type { DetailedVersion, GroupDetail } from './plan/group-detail.js'
export type { Impact, ImpactKind } from './plan/impact.js'
export type { Inspection, InspectOptions } from './plan/inspect.js'
export type { Lineage, LineageNode } from './plan/lineage.js'
export type { OnlineEvent } from './plan/online.js'
export type { GroupGlance, Overview } from './plan/overview.js'
export type { Readiness } from './plan/readiness.js'
export type { ReplayOptions, ReplayResult } from './plan/replay.js'
export type { Backfill, CompiledSql, PlannedGroup, PlanReport, PlanReportOptions } from './plan/report.js'
export type { Rollback, RollbackRequest, TenantBehind } from './plan/rollback.js'
export type { Run } from './plan/run.js'
export type {
  FinishedRun,
  ScheduleClock,
  ScheduleEvent,
  ScheduleOptions,
  ScheduleResult,
} from './plan/schedule-event.js'
export type { ScheduledGroup } from './plan/scheduled-groups.js'
export type { ScheduledRun } from './plan/scheduled-runs.js'
export type { SourceRowsOptions } from './plan/source-rows.js'
export type { Freshness, GroupStatus, StoreStatus } from './plan/status.js'
export type { Validation } from './plan/validate.js'
export type { ComparedVersion, VersionDiff, VersionDiffRequest } from './plan/version-diff.js'
export type { GroupVersions, VersionState } from './plan/versions.js'
export type { Bins, FeatureStatistics, Histogram, RunStatistics, StatisticValue } from './registry/statistics.js'
export type { Tenant } from './registry/tenants.js'
export type { AnyStore, EntityValuesRequest, GroupState, PreviewOptions, ReadRequest } from './store.js'
export type { DatasetOptions as TrainingDataOptions } from './training/dataset.js'
export type { Explanation } from './training/explain.js'
export type { ExportReport } from './training/export.js'
export type { Matrix } from './training/matrix.js'
export type { PointInTimeOptions } from './training/request.js'
export type { PointInTimeRow, TrainingRow } from './training/rows.js'
export type {
  FineTuningReport,
  TrainingExportOptions,
  TrainingExportReport,
  Verification,
} from './training/training-export.js'
