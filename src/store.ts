/** The store: wires the stages together. Nothing connects, and no SQL file is read, before a method needs it. */
import { join } from 'node:path'
import type { Pool } from 'pg'
import type { ResolvedProfile } from './config/environment.js'
import type { Read } from './config/inference.js'
import { keyTexts } from './config/key.js'
import type { EntitySpec, Project } from './config/project.js'
import { type FeatureReference, findEntity, findGroup, resolveFeature } from './config/reference.js'
import type { Database, Result } from './db/database.js'
import type { MigrationState } from './db/migrate.js'
import { openDatabase } from './db/open.js'
import type { ScriptResult } from './db/script.js'
import { FstoreError } from './errors.js'
import type { Preview } from './offline/preview.js'
import { Catalog, type CatalogEntries, type ReadableVersion } from './online/catalog.js'
import { latestTier } from './online/latest.js'
import { type MemoryOptions, memoryTier } from './online/memory.js'
import { type Lookup, nameOf, type Tier } from './online/tier.js'
import { assemble, readTiers, type Wanted } from './online/tiered.js'
import type { BuildEvent } from './plan/apply.js'
import type { Plan } from './plan/build.js'
import type { BuildOptions, BuildResult, BuildScope, MaterializeOptions } from './plan/execute.js'
import { Run } from './plan/run.js'

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

type AnyRead = Read<Record<string, unknown>>

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
  readonly #tiers: readonly Tier[]
  readonly #memory: ReturnType<typeof memoryTier>
  readonly #catalog: Catalog
  #direct: Database | undefined

  constructor(options: StoreOptions) {
    const { project, profile, root, pg: pool } = options
    this.project = project
    this.tenant = profile.tenant
    this.#options = options
    this.#db = openDatabase({ url: profile.database, directory: join(root, '.fstore', 'pglite'), pool })
    this.#memory = memoryTier(options.cache)
    const latest = latestTier(this.#db, `${project.schema}_online`)
    this.#tiers = this.#memory === undefined ? [latest] : [this.#memory, latest]
    this.#catalog = new Catalog(this.#db, project.schema)
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
    const started = performance.now()
    const entity = findEntity(this.project, request.entity)
    const keys = request.keys.map((key) => keyTexts(entity, key))
    const { wanted, versions } = this.#wanted(request, entity, await this.#catalog.entries())
    const lookups = keys.flatMap((key) => versions.map((version) => this.#lookup(version, key)))
    const answers = await readTiers(this.#tiers, this.tenant, lookups)
    const now = BigInt(Date.now()) * 1000n
    const latencyMs = Math.round((performance.now() - started) * 1000) / 1000
    return keys.map((_, i) => {
      const own = answers.slice(i * versions.length, (i + 1) * versions.length)
      return { ...assemble(wanted, own, now), latencyMs }
    })
  }

  #lookup(version: ReadableVersion, key: readonly string[]): Lookup {
    return { version, key, name: nameOf(this.project.name, this.tenant, version, key) }
  }

  /** Which rows to read and where in them the features are. */
  #wanted({ features }: ReadRequest, entity: EntitySpec, catalog: CatalogEntries) {
    const references = features?.map((name) => resolveFeature(this.project, name, entity)) ?? this.#all(entity, catalog)
    const missing = references.filter((reference) => versionOf(reference, catalog) === undefined)
    if (missing.length > 0) throw notBuilt(missing)
    const versions: ReadableVersion[] = []
    const wanted = references.map((reference): Wanted => {
      const version = versionOf(reference, catalog) as ReadableVersion
      if (!versions.includes(version)) versions.push(version)
      const position = version.positions.get(reference.feature) as number
      const feature = version.features[position] as Wanted['feature']
      const ttl = reference.group.ttl === undefined ? {} : { ttl: reference.group.ttl }
      return { name: reference.name, feature, position, row: versions.indexOf(version), ...ttl }
    })
    return { wanted, versions }
  }

  /** Every feature of the entity that is built. @throws FstoreError NOT_BUILT where none is */
  #all(entity: EntitySpec, catalog: CatalogEntries): FeatureReference[] {
    const groups = this.project.groups.filter((group) => group.entity.name === entity.name)
    const all = groups.flatMap((group) =>
      group.features.map(({ name }) => ({ group, feature: name, name: `${group.name}.${name}` })),
    )
    const built = all.filter((reference) => versionOf(reference, catalog) !== undefined)
    if (built.length === 0) throw notBuilt(all)
    return built
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

function versionOf(
  { group, feature, version }: FeatureReference,
  catalog: CatalogEntries,
): ReadableVersion | undefined {
  const entry = catalog.get(group.name)
  const found = version === undefined ? entry?.active : entry?.versions.find((one) => one.version === version)
  return found?.positions.has(feature) === true ? found : undefined
}

function notBuilt(missing: readonly FeatureReference[]): FstoreError {
  const names = missing.map(({ name }) => name)
  return new FstoreError(
    'NOT_BUILT',
    `Not built yet: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}.`,
    {
      why: 'The config declares it, and no version with it has been built and promoted.',
      fix: `fstore build --select ${[...new Set(missing.map(({ group }) => group.name))].join(',')}`,
    },
  )
}
