/** The store: wires the stages together. Nothing connects, and no SQL file is read, before a method needs it. */
import { join } from 'node:path'
import type { Pool } from 'pg'
import type { ResolvedProfile } from './config/environment.js'
import type { InstantLike } from './config/instant.js'
import type { Project } from './config/project.js'
import { findGroup } from './config/reference.js'
import type { Database, Result } from './db/database.js'
import type { MigrationState } from './db/migrate.js'
import { openDatabase } from './db/open.js'
import type { ScriptResult } from './db/script.js'
import { FstoreError } from './errors.js'
import type { AggregateRequest, AggregateRow } from './offline/aggregate.js'
import type { HistoryRequest, HistoryRow } from './offline/history.js'
import type { Preview } from './offline/preview.js'
import type { RangeRequest, RangeRow } from './offline/range.js'
import { RowStream } from './offline/row-stream.js'
import type { StoreStatistics } from './offline/statistics.js'
import { latestTier } from './online/latest.js'
import { type MemoryOptions, memoryTier } from './online/memory.js'
import { type AnyRead, openReader, type Reader } from './online/reader.js'
import type { BuildEvent } from './plan/apply.js'
import type { Plan } from './plan/build.js'
import type { BuildOptions, BuildResult, BuildScope, MaterializeOptions } from './plan/execute.js'
import { Run } from './plan/run.js'
import { Catalog, type CatalogEntries } from './registry/catalog.js'
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
  /** The caller's own pool, never ended by the store. */
  readonly pg?: Pool | undefined
  readonly cache?: MemoryOptions | undefined
}

export interface ReadRequest {
  readonly entity: string
  /** `group.feature`, or `feature` where only one group has it; all features of the entity when absent. */
  readonly features?: readonly string[] | undefined
}

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

/** A store of any project, without the types of its features. Plug-ins take this one. */
export class AnyStore {
  readonly project: Project
  readonly tenant: string
  readonly #options: StoreOptions
  readonly #db: Database
  readonly #memory: ReturnType<typeof memoryTier>
  readonly #catalog: Catalog
  readonly #reader: Reader
  #direct: Database | undefined

  constructor(options: StoreOptions) {
    const { project, profile, root, pg: pool } = options
    this.project = project
    this.tenant = profile.tenant
    this.#options = options
    this.#db = openDatabase({ url: profile.database, directory: join(root, '.fstore', 'pglite'), pool })
    this.#memory = memoryTier(options.cache)
    const latest = latestTier(this.#db, `${project.schema}_online`)
    const tiers = this.#memory === undefined ? [latest] : [this.#memory, latest]
    this.#catalog = new Catalog(this.#db, project.schema)
    this.#reader = openReader({ project, tenant: this.tenant, tiers, catalog: this.#catalog })
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
  async getMany(request: ReadRequest & { keys: readonly unknown[] }): Promise<AnyRead[]> {
    return this.#reader.readFeatures(request)
  }

  /**
   * The newest values of a service's features, in its order, named `alias.feature`.
   *
   * @param request `keys` holds a value for each join key of the service
   * @throws FstoreError NAME_UNKNOWN, KEY_INVALID, NOT_BUILT, DATABASE_UNREACHABLE
   */
  async getVector({ service, keys }: { service: string; keys: unknown }): Promise<AnyRead> {
    const [read] = await this.getVectors({ service, keys: [keys] })
    return read as AnyRead
  }

  /** Several vectors of one service, in the order of the keys, in one round trip a tier. */
  async getVectors(request: { service: string; keys: readonly unknown[] }): Promise<AnyRead[]> {
    return this.#reader.readVectors(request)
  }

  /**
   * The values of one entity's features as of an instant, by the history as it stands now: what a point-in-time join
   * gives a row of that instant.
   *
   * @param request `at` as text needs a time zone; a date alone is midnight UTC
   * @throws FstoreError TIMESTAMP_INVALID, and what `getFeatures` throws
   */
  async featuresAt({ at, key, ...request }: ReadRequest & { key: unknown; at: InstantLike }): Promise<AnyRead> {
    const { readerAt } = await import('./online/history.js')
    const [read] = await readerAt(this.#reading(), at).readFeatures({ ...request, keys: [key] })
    return read as AnyRead
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
    options: PointInTimeOptions & Pick<ExportRequest, 'names' | 'format' | 'signal'>,
    sink: (bytes: Uint8Array) => Promise<void> | void,
  ): Promise<ExportReport> {
    awaitReader(options.spine)
    const { resolveRequest } = await import('./training/request.js')
    const { exportPointInTime } = await import('./training/export.js')
    const { names, format, signal } = options
    return exportPointInTime({ ...(await resolveRequest(this.#reading(), options)), names, format, signal }, sink)
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
    return { db: this.#db, project: this.project, tenant: this.tenant, catalog: this.#catalog }
  }

  /** What `build` would do now. */
  async plan(options: BuildOptions = {}): Promise<Plan> {
    const { planOf } = await import('./plan/execute.js')
    return planOf(this.#scope(), options)
  }

  /** Migrates, registers and materializes all that is due. Iterate over it for its events, or await its result. */
  build(options: BuildOptions = {}): Run<BuildEvent, BuildResult> {
    const work = async function* (this: AnyStore) {
      const { build } = await import('./plan/execute.js')
      return yield* this.#forgetting(build(this.#scope(), options))
    }
    return new Run(work.call(this))
  }

  /** Runs exactly the windows between `start` and `end`, covered or not. */
  materialize(options: MaterializeOptions): Run<BuildEvent, BuildResult> {
    const work = async function* (this: AnyStore) {
      const { materializeWindows } = await import('./plan/execute.js')
      return yield* this.#forgetting(materializeWindows(this.#scope(), options))
    }
    return new Run(work.call(this))
  }

  /** What this process has cached of the values that are being replaced must not outlive them. */
  async *#forgetting(work: AsyncGenerator<BuildEvent, BuildResult>): AsyncGenerator<BuildEvent, BuildResult> {
    try {
      return yield* work
    } finally {
      this.#memory?.clear()
      this.#catalog.forget()
    }
  }

  /** Runs one group's SELECT for one window and writes nothing. */
  async preview({ group: name, at, limit = 10 }: PreviewOptions): Promise<Preview> {
    findGroup(this.project, name)
    const { previewGroup } = await import('./plan/preview.js')
    return previewGroup(this.#scope(), { group: name, at, limit })
  }

  async migrate(): Promise<{ applied: { version: number; name: string }[] }> {
    const { migrate } = await import('./db/migrate.js')
    return migrate({ db: this.#builder(), schema: this.project.schema })
  }

  async migrationStatus(): Promise<MigrationState[]> {
    const { migrationStatus } = await import('./db/migrate.js')
    return migrationStatus({ db: this.#builder(), schema: this.project.schema })
  }

  /** For each group of the project the version that readers see; all null where nothing was ever built. */
  async groups(): Promise<GroupState[]> {
    const catalog = await this.#catalog.entries().catch((error: unknown) => {
      if (error instanceof FstoreError && error.code === 'NOT_MIGRATED') return new Map() as CatalogEntries
      throw error
    })
    return this.project.groups.map(({ name }) => {
      const active = catalog.get(name)?.active
      return { name, version: active?.version ?? null, fingerprint: active?.fingerprint ?? null }
    })
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

  async close(): Promise<void> {
    await Promise.all([this.#db.close(), this.#direct?.close()])
  }

  #scope(): BuildScope {
    const { project, root, files = [] } = this.#options
    return { db: this.#builder(), project, root, files, tenant: this.tenant }
  }

  /** Building holds transactions open for long, which a pooler's URL may not be meant for. */
  #builder(): Database {
    const { profile, root, pg } = this.#options
    if (profile.directUrl === undefined || pg !== undefined) return this.#db
    this.#direct ??= openDatabase({ url: profile.directUrl, directory: root })
    return this.#direct
  }
}
