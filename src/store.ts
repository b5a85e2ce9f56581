/** The store: wires the stages together. Nothing connects, and no SQL file is read, before a method needs it. */
import { join } from 'node:path'
import type { Pool } from 'pg'
import type { ResolvedProfile } from './config/environment.js'
import type { LoadFunctions } from './config/functions.js'
import type { InstantLike } from './config/instant.js'
import { keyTexts } from './config/key.js'
import type { Project } from './config/project.js'
import { findEntity, findGroup } from './config/reference.js'
import type { Database, Result, Transaction } from './db/database.js'
import type { MigrationState } from './db/migrate.js'
import { openDatabase } from './db/open.js'
import { openRedis, type Redis, type RedisClient } from './db/redis.js'
import type { ScriptResult } from './db/script.js'
import { targetOfPool, targetOfUrl } from './db/target.js'
import type { Check } from './doctor/check.js'
import type { CleanupOptions, CleanupReport } from './maintenance/cleanup.js'
import type { EraseOptions, EraseReport } from './maintenance/erase.js'
import type { MaintenanceScope } from './maintenance/inventory.js'
import type { AggregateRequest, AggregateRow } from './offline/aggregate.js'
import type { HistoryRequest, HistoryRow } from './offline/history.js'
import type { Preview } from './offline/preview.js'
import type { RangeRequest, RangeRow } from './offline/range.js'
import type { RejectedFilter, RejectedRows } from './offline/rejected-rows.js'
import { RowStream } from './offline/row-stream.js'
import type { SourceTable } from './offline/source-rows.js'
import type { StoreStatistics } from './offline/statistics.js'
import type { GroupValues } from './online/entity-values.js'
import type { MemoryOptions } from './online/memory.js'
import { type Online, openOnline } from './online/open.js'
import type { AnyRead, ReadLimits } from './online/reader.js'
import type { SimilarEntity } from './online/search.js'
import type { SearchRequest } from './online/search-request.js'
import type { SyncEvent, SyncOptions, SyncResult } from './online/sync.js'
import type { VerifyOptions, VerifyReport } from './online/verify.js'
import type { IngestEvent, IngestLines, IngestTotals } from './pipeline/ingest-lines.js'
import type { Ingester, IngestOptions, IngestResult } from './pipeline/ingester.js'
import type { JobFilter, JobRecord } from './pipeline/job-list.js'
import type { PushResult } from './pipeline/push-call.js'
import type { PushEvent, PushLines, PushTotals } from './pipeline/push-lines.js'
import { Pusher, type SetFeatureRequest, type SetFeatureResult, type SetFeaturesRequest } from './pipeline/pusher.js'
import type { BuildEvent } from './plan/apply.js'
import type { Plan } from './plan/build.js'
import type { CoverageMap } from './plan/coverage-map.js'
import type { ComparedRun, DriftOptions, DriftReport } from './plan/drift.js'
import type { BuildOptions, BuildResult, BuildScope, MaterializeOptions } from './plan/execute.js'
import type { GroupDetail } from './plan/group-detail.js'
import type { Inspection, InspectOptions } from './plan/inspect.js'
import type { Lineage } from './plan/lineage.js'
import type { Overview } from './plan/overview.js'
import type { Readiness } from './plan/readiness.js'
import type { ReplayOptions, ReplayResult } from './plan/replay.js'
import type { PlanReport, PlanReportOptions } from './plan/report.js'
import type { Rollback, RollbackRequest } from './plan/rollback.js'
import { Run } from './plan/run.js'
import type { ScheduleEvent, ScheduleOptions, ScheduleResult } from './plan/schedule-event.js'
import type { SourceRowsOptions } from './plan/source-rows.js'
import type { StoreStatus } from './plan/status.js'
import type { Validation } from './plan/validate.js'
import type { VersionDiff, VersionDiffRequest } from './plan/version-diff.js'
import type { GroupVersions } from './plan/versions.js'
import { Catalog, type CatalogEntries } from './registry/catalog.js'
import { orNothing, whereMigrated } from './registry/migrated.js'
import type { Tenant } from './registry/tenants.js'
import type { DatasetOptions, DatasetScope } from './training/dataset.js'
import type { Explanation } from './training/explain.js'
import type { ExportReport, ExportRequest } from './training/export.js'
import type { Matrix } from './training/matrix.js'
import type { PointInTimeOptions } from './training/request.js'
import type { PointInTimeRow, TrainingRow } from './training/rows.js'
import { awaitReader } from './training/spine-bytes.js'
import type {
  FineTuningReport,
  TrainingExportOptions,
  TrainingExportReport,
  Verification,
} from './training/training-export.js'

export interface StoreOptions {
  readonly project: Project
  readonly profile: ResolvedProfile
  /** The folder that `sqlFile()` paths start from, and that `.fstore/` lies in. */
  readonly root: string
  /** Files where inline SQL may have been written. */
  readonly files?: readonly string[] | undefined
  /** The functions of the config, which a project cannot hold. */
  readonly functions?: LoadFunctions | undefined
  /** The caller's own pool, never ended by the store. */
  readonly pg?: Pool | undefined
  /** Connections to the server, at most; 5 when absent. Not of the caller's own pool. */
  readonly connections?: number | undefined
  /** The caller's own ioredis client, never closed by the store. */
  readonly redis?: RedisClient | undefined
  readonly cache?: MemoryOptions | undefined
  /** Milliseconds that a read waits for Redis before it asks Postgres. */
  readonly redisTimeout?: number | undefined
  /** Called when another process wants the embedded database: who gives this closes the store soon. */
  readonly whenWanted?: (() => void) | undefined
}

export interface ReadRequest extends ReadLimits {
  readonly entity: string
  /** `group.feature`, or `feature` where only one group has it; all features of the entity when absent. */
  readonly features?: readonly string[] | undefined
}

export interface EntityValuesRequest {
  readonly entity: string
  readonly key: unknown
  readonly at?: InstantLike | undefined
  readonly knownAt?: InstantLike | undefined
}

/** The group, the instant by which its window has ended (now when absent), and how many rows (10 when absent). */
export interface PreviewOptions {
  readonly group: string
  /** The last window that ends at or before it; now when absent. */
  readonly at?: string | undefined
  /** Rows; 10 when absent. */
  readonly limit?: number | undefined
}

/** What the registry knows of a group, beside what is declared. */
export interface GroupState {
  readonly name: string
  readonly version: number | null
  readonly fingerprint: string | null
}

/** What stores of several tenants have in common. */
interface Shared {
  readonly db: Database
  readonly catalog: Catalog
  readonly builder: () => Database
}

/** A store of any project, without the types of its features. Plug-ins take this one. */
export class AnyStore {
  readonly project: Project
  readonly tenant: string
  readonly #options: StoreOptions
  readonly #db: Database
  readonly #redis: Redis | undefined
  readonly #catalog: Catalog
  readonly #online: Online
  readonly #pusher: Pusher
  /** Loaded when it is first needed. */
  #ingester: Promise<Ingester> | undefined
  readonly #shared: Shared | undefined
  #direct: Database | undefined

  /** @param shared of the store whose connections it uses, and leaves open */
  constructor(options: StoreOptions, shared?: Shared) {
    const { project, profile, root, pg: pool, connections, whenWanted } = options
    this.project = project
    this.tenant = profile.tenant
    this.#options = options
    this.#shared = shared
    const directory = join(root, '.fstore', 'pglite')
    this.#db = shared?.db ?? openDatabase({ url: profile.database, directory, pool, connections, whenWanted })
    const { cache, redis: client, redisTimeout } = options
    const isConfigured = client !== undefined || profile.redis !== undefined
    this.#redis = isConfigured ? openRedis({ url: profile.redis, client }) : undefined
    this.#catalog = shared?.catalog ?? new Catalog(this.#db, project.schema)
    const stores = { db: this.#db, registry: this.#catalog, redis: this.#redis }
    this.#online = openOnline({ project, tenant: this.tenant, ...stores, cache, redisTimeout, ...this.#onDemand() })
    const afterCommit = this.#online.written
    this.#pusher = new Pusher({ ...this.#reading(), afterCommit })
  }

  /**
   * The newest values of one entity's features.
   *
   * @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS, KEY_INVALID, NOT_BUILT, DATABASE_UNREACHABLE
   */
  async getFeatures(request: ReadRequest & { key: unknown }): Promise<AnyRead> {
    const [read] = await this.getMany({ ...request, keys: [request.key] })
    return read as AnyRead
  }

  /** The newest values of several entities, in the order of the keys, in one round trip a tier. */
  getMany(request: ReadRequest & { keys: readonly unknown[] }): Promise<AnyRead[]> {
    return this.#online.readFeatures(request)
  }

  /**
   * The newest values of a service's features, in its order, named `alias.feature`.
   *
   * @param request `keys` holds a value for each join key of the service
   * @throws FstoreError NAME_UNKNOWN, KEY_INVALID, NOT_BUILT, DATABASE_UNREACHABLE
   */
  async getVector({ keys, ...request }: { service: string; keys: unknown } & ReadLimits): Promise<AnyRead> {
    const [read] = await this.getVectors({ ...request, keys: [keys] })
    return read as AnyRead
  }

  /** Several vectors of one service, in the order of the keys, in one round trip a tier. */
  getVectors(request: { service: string; keys: readonly unknown[] } & ReadLimits): Promise<AnyRead[]> {
    return this.#online.readVectors(request)
  }

  /**
   * Writes one value of a pushed group, and its history. What it does not name keeps its value.
   *
   * @throws FstoreError ROW_REJECTED, and what `setFeatures` throws
   */
  async setFeature(request: SetFeatureRequest): Promise<SetFeatureResult> {
    return this.#pusher.setFeature(request)
  }

  /**
   * Writes rows of a pushed group, and their history, in one transaction. A row that breaks a rule is told as rejected,
   * and kept; the others are written.
   *
   * @throws FstoreError PUSH_REFUSED, VALUE_INVALID, KEY_INVALID, TIMESTAMP_INVALID, NAME_UNKNOWN, NOT_BUILT,
   * DATABASE_UNREACHABLE: then nothing of the call is written
   */
  async setFeatures(request: SetFeaturesRequest): Promise<PushResult> {
    return this.#pusher.setFeatures(request)
  }

  /**
   * Pushes lines of JSON, such as `{"user_id":"u1","event_timestamp":"2026-03-01T08:00:00Z","clicks":3}`, a thousand to
   * a transaction. A line that cannot be used is told and set aside.
   *
   * @throws FstoreError PUSH_REFUSED, NOT_BUILT, DATABASE_UNREACHABLE
   */
  async *pushLines(request: PushLines): AsyncGenerator<PushEvent, PushTotals> {
    return yield* this.#pusher.pushLines(request)
  }

  /**
   * Folds events into every group that takes their types, with history and latest in one transaction a group. An event
   * whose id was applied before is not applied again. One that breaks a rule is told as rejected, and kept; the others
   * are applied.
   *
   * @throws FstoreError EVENT_INVALID, NOT_BUILT, DATABASE_UNREACHABLE; ingest the same events again then: those that a
   * group has applied by that time are duplicates
   */
  async ingest(events: readonly unknown[], options: IngestOptions = {}): Promise<IngestResult> {
    return (await this.#events()).ingest(events, options)
  }

  /**
   * Ingests lines of JSON, such as `{"id":"1","type":"clicked","timestamp":"2026-03-01T08:00:00Z","payload":{}}`, a
   * thousand to a transaction. A line that cannot be used is told and set aside.
   *
   * @throws FstoreError NOT_BUILT, DATABASE_UNREACHABLE
   */
  async *ingestLines(request: IngestLines): AsyncGenerator<IngestEvent, IngestTotals> {
    const [ingester, { ingestLines }] = await Promise.all([this.#events(), import('./pipeline/ingest-lines.js')])
    return yield* ingestLines({ ...request, ingest: (events, options) => ingester.ingest(events, options) })
  }

  #events(): Promise<Ingester> {
    const { functions = async () => new Map() } = this.#options
    const afterCommit = this.#online.written
    this.#ingester ??= import('./pipeline/ingester.js').then(
      ({ Ingester }) => new Ingester({ ...this.#reading(), afterCommit, functions }),
    )
    return this.#ingester
  }

  /**
   * The values of one entity's features as of an instant, by the history as it stands now: what a point-in-time join
   * gives a row of that instant.
   *
   * @param request `at` as text needs a time zone; a date alone is midnight UTC
   * @throws FstoreError TIMESTAMP_INVALID, and what `getFeatures` throws
   */
  async featuresAt({
    at,
    key,
    ...request
  }: Omit<ReadRequest, 'tier' | 'maxAge' | 'signal'> & { key: unknown; at: InstantLike }): Promise<AnyRead> {
    const { readerAt } = await import('./online/history.js')
    const [read] = await readerAt(this.#reading(), at).readFeatures({ ...request, keys: [key] })
    return read as AnyRead
  }

  /**
   * A service's vector as of an instant, by the history as it stands now: what a training set has in a row of that
   * instant.
   *
   * @throws FstoreError TIMESTAMP_INVALID, and what `getVector` throws
   */
  async vectorAt({
    at,
    keys,
    ...request
  }: { service: string; keys: unknown; at: InstantLike } & Pick<ReadLimits, 'request'>): Promise<AnyRead> {
    const { readerAt } = await import('./online/history.js')
    const [read] = await readerAt(this.#reading(), at).readVectors({ ...request, keys: [keys] })
    return read as AnyRead
  }

  /**
   * The entities whose newest embeddings are most alike a vector, or the embedding of the entity `key`, the most alike
   * first.
   *
   * @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS, USAGE, VALUE_INVALID, KEY_INVALID, EMBEDDING_MISSING,
   * EXTENSION_MISSING, NOT_BUILT, DATABASE_UNREACHABLE
   */
  async searchSimilar(request: SearchRequest): Promise<SimilarEntity[]> {
    const { searchSimilar } = await import('./online/search.js')
    return searchSimilar({ ...this.#reading(), reader: this.#online }, request)
  }

  /**
   * The current rows of entities over a span of time, by key and then by time: what the groups asked for have of one
   * entity and instant is one row. Streamed; on a server it holds a connection while it is read.
   *
   * @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS, KEY_INVALID, TIMESTAMP_INVALID, RANGE_EMPTY, NOT_BUILT
   */
  range(request: RangeRequest): RowStream<RangeRow> {
    return new RowStream(async () => (await import('./offline/range.js')).rangeRows(this.#reading(), request))
  }

  /** The values one feature of one entity has had, newest first. @throws FstoreError USAGE, and what `range` throws */
  history(request: HistoryRequest): RowStream<HistoryRow> {
    return new RowStream(async () => (await import('./offline/history.js')).historyRows(this.#reading(), request))
  }

  /** One feature summed up: over all, by a bucket of time, by entity. @throws FstoreError USAGE, and as `range` */
  aggregate(request: AggregateRequest): RowStream<AggregateRow> {
    return new RowStream(async () => (await import('./offline/aggregate.js')).aggregateRows(this.#reading(), request))
  }

  /** Rows, entities and spans of what is live, by group and by entity. It counts every row. @throws NOT_MIGRATED */
  async stats(): Promise<StoreStatistics> {
    const { storeStatistics } = await import('./offline/statistics.js')
    return storeStatistics(this.#reading())
  }

  /**
   * For each row of a spine its features as of its `event_timestamp`, in the spine's order, streamed.
   *
   * @throws FstoreError SPINE_INVALID, TIMESTAMP_INVALID, NAME_UNKNOWN, NAME_AMBIGUOUS, NOT_BUILT
   */
  async *pointInTime(options: PointInTimeOptions): AsyncGenerator<PointInTimeRow, ExportReport> {
    awaitReader(options.spine)
    const { resolveRequest } = await import('./training/request.js')
    const { pointInTimeRows } = await import('./training/rows.js')
    return yield* pointInTimeRows(await resolveRequest(this.#reading(), options))
  }

  /**
   * The same as text, as fast as the database prints it.
   *
   * @param sink is handed the bytes, and awaited
   * @throws FstoreError NAME_COLLISION, and what `pointInTime` throws
   */
  async exportPointInTime(
    options: PointInTimeOptions & Pick<ExportRequest, 'names' | 'format' | 'signal' | 'tell'>,
    sink: (bytes: Uint8Array) => Promise<void> | void,
  ): Promise<ExportReport> {
    awaitReader(options.spine)
    const { resolveRequest } = await import('./training/request.js')
    const { exportPointInTime } = await import('./training/export.js')
    const { names, format, signal, tell } = options
    const request = await resolveRequest(this.#reading(), options)
    return exportPointInTime({ ...request, names, format, signal, tell }, sink)
  }

  /** How the database would go about it. It loads the spine, and joins nothing. */
  async explainPointInTime(options: PointInTimeOptions): Promise<Explanation> {
    awaitReader(options.spine)
    const { resolveRequest } = await import('./training/request.js')
    const { explainPointInTime } = await import('./training/explain.js')
    return explainPointInTime(await resolveRequest(this.#reading(), options))
  }

  /**
   * A dataset of the config as rows, streamed: the features of its service, and its labels.
   *
   * @throws FstoreError NAME_UNKNOWN, SQL_FILE_MISSING, SPINE_INVALID, NOT_BUILT
   */
  async *trainingData(dataset: string, options: DatasetOptions = {}): AsyncGenerator<TrainingRow, ExportReport> {
    const { resolveDataset } = await import('./training/dataset.js')
    const { trainingRows } = await import('./training/rows.js')
    const { request, spec } = await resolveDataset(this.#datasets(), dataset, options)
    return yield* trainingRows(request, spec)
  }

  /** The same as columns of numbers, whole in memory. */
  async loadMatrix(dataset: string, options: DatasetOptions = {}): Promise<Matrix> {
    const { toMatrix } = await import('./training/matrix.js')
    return toMatrix(this.trainingData(dataset, options))
  }

  /** Writes a dataset to a file, with `<output>.manifest.json` beside it. @throws FstoreError OUTPUT_FAILED, … */
  async exportTraining(options: TrainingExportOptions): Promise<TrainingExportReport> {
    const { exportTraining } = await import('./training/training-export.js')
    return exportTraining(this.#datasets(), options)
  }

  /** Writes a dataset as chat examples, one JSON object a line. @throws FstoreError OUTPUT_FAILED, … */
  async exportFineTuning(options: DatasetOptions & { dataset: string; output: string }): Promise<FineTuningReport> {
    const { exportFineTuning } = await import('./training/training-export.js')
    return exportFineTuning(this.#datasets(), options)
  }

  /** Whether the store would still give the file that a manifest tells of, as it stood when it was exported. */
  async verifyTraining(manifest: string): Promise<Verification> {
    const { verifyTraining } = await import('./training/training-export.js')
    return verifyTraining(this.#datasets(), manifest)
  }

  #datasets(): DatasetScope {
    const { root, files = [] } = this.#options
    return { project: this.project, root, files, reading: this.#reading() }
  }

  #reading() {
    const catalog = this.#catalog
    return { db: this.#db, project: this.project, tenant: this.tenant, catalog, ...this.#onDemand() }
  }

  /** What on-demand groups are computed by. */
  #onDemand() {
    const { functions, root, files } = this.#options
    return { onDemand: { functions, root, files } }
  }

  /** What `build` would do now. */
  async plan(options: BuildOptions = {}): Promise<Plan> {
    const { planOf } = await import('./plan/execute.js')
    return planOf(this.#scope(), options)
  }

  /** The same by group: what changes for readers, line by line, and about how many rows are backfilled. */
  async planReport(options: PlanReportOptions = {}): Promise<PlanReport> {
    const { reportPlan } = await import('./plan/report.js')
    return reportPlan(this.#scope(), options)
  }

  /** Migrates, registers and materializes all that is due. Iterate over it for its events, or await its result. */
  build(options: BuildOptions = {}): Run<BuildEvent, BuildResult> {
    return this.#run(async () => {
      const { build } = await import('./plan/execute.js')
      return this.#forTenants(options, (scope) => build(scope, options))
    })
  }

  /** Runs exactly the windows between `start` and `end`, covered or not. */
  materialize(options: MaterializeOptions): Run<BuildEvent, BuildResult> {
    return this.#run(async () => {
      const { materializeWindows } = await import('./plan/execute.js')
      return this.#forTenants(options, (scope) => materializeWindows(scope, options))
    })
  }

  /**
   * Runs groups when their schedule comes round, in UTC, for every active tenant, and sends to Redis where one is
   * configured. However many processes do so, each tick of a group is run once; those missed are made up for by one run.
   * Ends by its signal, or with `once` when nothing is due any more.
   *
   * @throws FstoreError NAME_UNKNOWN, USAGE where no group has a schedule
   */
  schedule(options: ScheduleOptions = {}): Run<ScheduleEvent, ScheduleResult> {
    return this.#run(async () => {
      const { schedule } = await import('./plan/schedule.js')
      return schedule(this.#scope(), options, () => this.#forget())
    })
  }

  async *#forTenants(
    { allTenants, online }: { readonly allTenants?: boolean | undefined; readonly online?: boolean | undefined },
    work: (scope: BuildScope) => AsyncGenerator<BuildEvent, BuildResult>,
  ): AsyncGenerator<BuildEvent, BuildResult> {
    if (online === true && this.#redis === undefined)
      yield { type: 'note', message: 'No Redis is configured: the latest tables in Postgres are the online store.' }
    if (allTenants !== true) return yield* work(this.#scope())
    const { forEachTenant } = await import('./plan/tenants.js')
    return yield* forEachTenant(this.#scope(), work)
  }

  /**
   * Sends to Redis what has changed in Postgres since the last time, or all where Redis was emptied, and makes readers
   * follow the versions that are live. What is cut off goes on with the next one.
   *
   * @throws FstoreError USAGE without a Redis, REDIS_FOREIGN, REDIS_UNREACHABLE, NAME_UNKNOWN, NOT_BUILT, NOT_MIGRATED
   */
  sync(options: SyncOptions = {}): Run<SyncEvent, SyncResult> {
    return this.#run(async () => {
      const { sync } = await import('./online/sync.js')
      return sync(this.#scope(), options)
    })
  }

  /** `sync` of the groups named. */
  syncFromOffline(groups?: readonly string[]): Run<SyncEvent, SyncResult> {
    return this.sync({ groups })
  }

  /**
   * Drops what the tiers above Postgres keep of an entity, here and in other processes; the next read asks Postgres.
   *
   * @param request `groups` by name; all of the entity when absent
   * @returns how many rows Redis had
   * @throws FstoreError NAME_UNKNOWN, KEY_INVALID, NOT_MIGRATED, REDIS_UNREACHABLE
   */
  async invalidate(request: { entity: string; key: unknown; groups?: readonly string[] | undefined }): Promise<number> {
    const entity = findEntity(this.project, request.entity)
    const own = this.project.groups.filter((group) => group.entity.name === entity.name)
    const groups = request.groups?.map((name) => findGroup(this.project, name).name) ?? own.map(({ name }) => name)
    return this.#online.invalidate(entity.name, keyTexts(entity, request.key), groups)
  }

  /**
   * Compares the latest rows with the history, and Redis with the latest rows.
   *
   * @throws FstoreError REDIS_FOREIGN, REDIS_UNREACHABLE, NAME_UNKNOWN, NOT_BUILT, NOT_MIGRATED
   */
  async verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    const { verify } = await import('./online/verify.js')
    return verify(this.#scope(), options)
  }

  /** Work whose code is loaded once it begins. */
  #run<E, R>(begin: () => Promise<AsyncGenerator<E, R>>): Run<E, R> {
    const forget = () => this.#forget()
    async function* work() {
      try {
        return yield* await begin()
      } finally {
        forget()
      }
    }
    return new Run(work())
  }

  /** What this process has cached of the values that are being replaced must not outlive them. */
  #forget(): void {
    this.#online.forget('*')
    this.#catalog.forget()
  }

  /** Runs one group's SELECT for one window and writes nothing. */
  async preview({ group: name, at, limit = 10 }: PreviewOptions): Promise<Preview> {
    findGroup(this.project, name)
    const { previewGroup } = await import('./plan/preview.js')
    return previewGroup(this.#scope(), { group: name, at, limit })
  }

  /** Config and SQL against the database: every mistake at once, and nothing written. */
  async validate(): Promise<Validation> {
    const { validateProject } = await import('./plan/validate.js')
    return validateProject(this.#scope())
  }

  /** The versions of a group, oldest first. @throws FstoreError NAME_UNKNOWN, NOT_BUILT, NOT_MIGRATED */
  async versions(group: string): Promise<GroupVersions> {
    const { groupVersions } = await import('./plan/versions.js')
    return groupVersions(this.#scope(), group)
  }

  /** What differs between two versions of a group; between what is live and what the config says, unless told. */
  async diff(request: VersionDiffRequest): Promise<VersionDiff> {
    const { diffVersions } = await import('./plan/version-diff.js')
    return diffVersions(this.#scope(), request)
  }

  /** Makes an earlier version of a group live again. @throws FstoreError ROLLBACK_REFUSED, PROMOTION_BLOCKED, … */
  async rollback(request: RollbackRequest): Promise<Rollback> {
    const { rollbackGroup } = await import('./plan/rollback.js')
    const rollback = await rollbackGroup(this.#scope(), request)
    if (rollback.done) this.#forget()
    return rollback
  }

  /** What has run for the tenant, newest first. @throws FstoreError NAME_UNKNOWN, USAGE, NOT_MIGRATED */
  async jobs(filter: JobFilter = {}): Promise<JobRecord[]> {
    if (filter.group !== undefined) findGroup(this.project, filter.group)
    const { listJobs } = await import('./pipeline/job-list.js')
    return whereMigrated(this.project.schema, listJobs(this.#look(), filter))
  }

  /**
   * What the values of a group or of a feature look like: a line for each run, or the latest rows as they are now.
   *
   * @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS, NOT_BUILT, NOT_MIGRATED
   */
  async inspect(options: InspectOptions): Promise<Inspection> {
    const { inspect } = await import('./plan/inspect.js')
    return inspect(this.#inspecting(), options)
  }

  /** The newest values of what is live, held against their baseline. @throws FstoreError NAME_UNKNOWN, NOT_MIGRATED */
  async drift(options: DriftOptions = {}): Promise<DriftReport> {
    const { drift } = await import('./plan/drift.js')
    return whereMigrated(this.project.schema, drift(this.#inspecting(), options))
  }

  /** Makes the newest values of a group what later ones are held against. @throws FstoreError NAME_UNKNOWN, NOT_BUILT */
  async setBaseline(group: string): Promise<ComparedRun> {
    const { setBaseline } = await import('./plan/drift.js')
    return whereMigrated(this.project.schema, setBaseline(this.#inspecting(), group))
  }

  #inspecting() {
    return { ...this.#reading(), db: this.#builder() }
  }

  /** What can be reached, what is live, and how fresh it is. */
  async status(): Promise<StoreStatus> {
    const { storeStatus } = await import('./plan/status.js')
    return storeStatus(this.#scope())
  }

  /**
   * The same for a glance, in as many questions for many groups as for one; rows of large tables are estimated.
   *
   * @throws FstoreError DATABASE_UNREACHABLE, MIGRATION_EDITED, MIGRATION_NEWER
   */
  async overview(): Promise<Overview> {
    const { storeOverview } = await import('./plan/overview.js')
    return storeOverview(this.#scope())
  }

  /** What has run of every group, what should have, and the gaps between. @throws FstoreError DATABASE_UNREACHABLE */
  async coverage(): Promise<CoverageMap> {
    const { coverageMap } = await import('./plan/coverage-map.js')
    return coverageMap(this.#scope())
  }

  /** One group: what it means and meant, what runs covered, how many rows it has. @throws FstoreError DATABASE_UNREACHABLE */
  async groupDetail(group: string): Promise<GroupDetail> {
    const { groupDetail } = await import('./plan/group-detail.js')
    return groupDetail(this.#scope(), group)
  }

  /** Which tables, events, groups, services and datasets are made of which. It asks no database. */
  async lineage(): Promise<Lineage> {
    const { lineageOf } = await import('./plan/lineage.js')
    return lineageOf({ project: this.project, root: this.#options.root })
  }

  /**
   * Every feature of one entity, group by group, with what is computed when it is read, where nothing else is needed.
   *
   * @param options `at`: as of then, by the history as it stands now; `knownAt`: by the history as it stood then
   * @throws FstoreError NAME_UNKNOWN, KEY_INVALID, TIMESTAMP_INVALID, DATABASE_UNREACHABLE
   */
  async entityValues({ at, knownAt, ...asked }: EntityValuesRequest): Promise<GroupValues[]> {
    const [{ entityValues }, { readerAt }] = await Promise.all([
      import('./online/entity-values.js'),
      import('./online/history.js'),
    ])
    const { project } = this
    const instant = at ?? knownAt
    const reader = instant === undefined ? this.#online : readerAt(this.#reading(), instant, knownAt)
    return entityValues({ project, reader, catalog: await this.#entries() }, asked)
  }

  /** Rows of the tenant that broke their rules. @throws FstoreError NAME_UNKNOWN, NOT_MIGRATED */
  async rejected(filter: RejectedFilter = {}): Promise<RejectedRows> {
    if (filter.group !== undefined) findGroup(this.project, filter.group)
    const { listRejected } = await import('./offline/rejected-rows.js')
    return whereMigrated(this.project.schema, listRejected(this.#look(), filter))
  }

  /** Runs the windows again in which rows of a group were rejected. */
  replayRejected(options: ReplayOptions): Run<BuildEvent, ReplayResult> {
    return this.#run(async () => {
      const { replayRejected } = await import('./plan/replay.js')
      return replayRejected(this.#scope(), options)
    })
  }

  /** Tenants that were added or built for, by name. @throws FstoreError NOT_MIGRATED */
  async tenants(): Promise<Tenant[]> {
    const { listTenants } = await import('./registry/tenants.js')
    return this.#asOwner((tx) => listTenants(tx, this.project.schema))
  }

  /** Whether the store's tenant was added, or built for; `default`, and those that a profile names, are always known. */
  async knowsTenant(): Promise<{ readonly known: boolean; readonly tenants: readonly string[] }> {
    const { tenant, project } = this
    const declared = ['default', ...Object.values(project.profiles).flatMap((profile) => profile.tenant ?? [])]
    if (declared.includes(tenant)) return { known: true, tenants: declared }
    const added = await orNothing(this.tenants(), [])
    const tenants = [...new Set([...declared, ...added.map((one) => one.tenant)])].sort()
    return { known: tenants.includes(tenant), tenants }
  }

  /** Adds a tenant, or makes a suspended one active again. @throws FstoreError USAGE, NOT_MIGRATED */
  async addTenant(tenant: { tenant: string; displayName?: string | undefined }): Promise<Tenant> {
    const { activateTenant } = await import('./registry/tenants.js')
    return this.#asOwner((tx) => activateTenant(tx, this.project.schema, tenant))
  }

  /** Its rows stay; no build over all tenants runs for it, no promotion waits for it. @throws FstoreError NAME_UNKNOWN */
  async suspendTenant(tenant: string): Promise<Tenant> {
    const { suspendTenant } = await import('./registry/tenants.js')
    return this.#asOwner((tx) => suspendTenant(tx, this.project.schema, tenant))
  }

  async #asOwner<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return whereMigrated(this.project.schema, this.#builder().transaction({ role: 'owner' }, work))
  }

  #look() {
    return { db: this.#builder(), schema: this.project.schema, tenant: this.tenant }
  }

  /**
   * Removes what nobody can ask for any more, of all tenants: expired online values, history past retention, retired
   * versions, crashed exports' spines, orphans in Redis.
   *
   * @throws FstoreError NOT_MIGRATED, SQL_FILE_MISSING, DATABASE_UNREACHABLE
   */
  async cleanup(options: CleanupOptions = {}): Promise<CleanupReport> {
    const { cleanup } = await import('./maintenance/cleanup.js')
    return cleanup(this.#maintenance(), options).finally(() => this.#forget())
  }

  /**
   * Removes one entity of the store's tenant, or a whole tenant, from every table and from Redis, and counts again.
   *
   * @throws FstoreError NAME_UNKNOWN, KEY_INVALID, NOT_MIGRATED, DATABASE_UNREACHABLE, REDIS_UNREACHABLE
   */
  async erase(options: EraseOptions): Promise<EraseReport> {
    const { erase } = await import('./maintenance/erase.js')
    return erase(this.#maintenance(), this.tenant, options).finally(() => this.#forget())
  }

  #maintenance(): MaintenanceScope {
    const { root, files = [] } = this.#options
    return { db: this.#builder(), project: this.project, root, files, redis: this.#redis }
  }

  /**
   * Creates or upgrades the schemas of fstore; a build does it too.
   *
   * @returns the migrations that were applied now; none where all were
   * @throws FstoreError MIGRATION_EDITED, MIGRATION_NEWER, MIGRATION_FAILED, PERMISSION_DENIED, DATABASE_UNREACHABLE
   */
  async migrate(): Promise<{ applied: { version: number; name: string }[] }> {
    const { migrate } = await import('./db/migrate.js')
    const { ensureVector, grantVector } = await import('./offline/vector-extension.js')
    const db = this.#builder()
    await ensureVector(db, this.project.groups)
    const result = await migrate({ db, schema: this.project.schema })
    await grantVector(db, this.project.groups)
    return result
  }

  /** Every migration, applied or not. Changes nothing. @throws FstoreError DATABASE_UNREACHABLE */
  async migrationStatus(): Promise<MigrationState[]> {
    const { migrationStatus } = await import('./db/migrate.js')
    return migrationStatus({ db: this.#builder(), schema: this.project.schema })
  }

  /** For each group of the project the version that readers see; all null where nothing was ever built. */
  async groups(): Promise<GroupState[]> {
    const catalog = await this.#entries()
    return this.project.groups.map(({ name }) => {
      const active = catalog.get(name)?.active
      return { name, version: active?.version ?? null, fingerprint: active?.fingerprint ?? null }
    })
  }

  /** None where there is no registry yet. */
  async #entries(): Promise<CatalogEntries> {
    return orNothing(this.#catalog.entries(), new Map())
  }

  /** `pglite`: in this process. */
  get databaseKind(): Database['kind'] {
    return this.#db.kind
  }

  /** Where its data is, in words that may be printed: `host:port/database`, the caller's pool, or the embedded one. */
  get place(): string {
    const { profile, pg } = this.#options
    if (pg !== undefined) return targetOfPool(pg).place
    return profile.database === undefined ? 'embedded, in .fstore' : targetOfUrl(profile.database).place
  }

  /** What the database and Redis are like, each oddity with its fix; changes nothing. */
  async doctor(): Promise<Check[]> {
    const { diagnose } = await import('./doctor/doctor.js')
    const { root, profile, pg } = this.#options
    const url = pg === undefined ? (profile.directUrl ?? profile.database) : undefined
    const directory = join(root, '.fstore', 'pglite')
    return diagnose({ project: this.project, db: this.#builder(), redis: this.#redis, url, directory })
  }

  /** The tables that a group's SQL reads, the columns it uses, and some rows: what a test of it needs. */
  async sourceRows(options: SourceRowsOptions): Promise<SourceTable[]> {
    const { groupSources } = await import('./plan/source-rows.js')
    return groupSources(this.#scope(), options)
  }

  /** Runs a .sql file, psql's `\\copy` included, as the user who connects; whole or not at all. */
  async runScript(file: string): Promise<ScriptResult> {
    const { runScript } = await import('./db/script.js')
    return runScript({ db: this.#builder(), file, root: this.#options.root })
  }

  /** One statement as the user who connects. */
  async query(sql: string): Promise<Result> {
    return this.#builder().query({ role: 'owner', tenant: this.tenant }, sql)
  }

  /** Whether it can be read and written now. Asks Postgres and Redis, and writes nothing. */
  async readiness(): Promise<Readiness> {
    const { readiness } = await import('./plan/readiness.js')
    const { passesRedis } = this.#online
    return readiness({ db: this.#db, redis: this.#redis, schema: this.project.schema, passesRedis })
  }

  /**
   * The store of another tenant, over the same connections to Postgres. Close it before this one; that leaves them open.
   */
  forTenant(tenant: string): AnyStore {
    const options = { ...this.#options, profile: { ...this.#options.profile, tenant } }
    return new AnyStore(options, { db: this.#db, catalog: this.#catalog, builder: () => this.#builder() })
  }

  /** Ends the store's own connections, after what is under way; those that were handed in stay open. */
  async close(): Promise<void> {
    await this.#online.close()
    const own = this.#shared === undefined ? [this.#db.close(), this.#direct?.close()] : []
    await Promise.all([...own, this.#redis?.close()])
  }

  #scope(): BuildScope {
    const { project, root, files = [] } = this.#options
    return { db: this.#builder(), redis: this.#redis, project, root, files, tenant: this.tenant }
  }

  /** Building holds transactions open for long, which a pooler's URL may not be meant for. */
  #builder(): Database {
    if (this.#shared !== undefined) return this.#shared.builder()
    const { profile, root, pg } = this.#options
    if (profile.directUrl === undefined || pg !== undefined) return this.#db
    this.#direct ??= openDatabase({ url: profile.directUrl, directory: root, connections: this.#options.connections })
    return this.#direct
  }
}
