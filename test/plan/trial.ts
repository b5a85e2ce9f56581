/** A project on one of the tests' databases, without a store around it: built, and looked at in its own tables. */

import { type AnyGroup, defineConfig } from '../../src/config/define.js'
import { parseConfig } from '../../src/config/parse.js'
import type { Project } from '../../src/config/project.js'
import { type Sql, sql } from '../../src/config/sql.js'
import type { Database, Row } from '../../src/db/database.js'
import { migrate } from '../../src/db/migrate.js'
import type { Redis } from '../../src/db/redis.js'
import { type CompiledGroup, compileProject } from '../../src/offline/compile.js'
import type { BuildEvent, GroupResult } from '../../src/plan/apply.js'
import type { Plan } from '../../src/plan/build.js'
import {
  type BuildOptions,
  type BuildResult,
  type BuildScope,
  build,
  type MaterializeOptions,
  materializeWindows,
  planOf,
} from '../../src/plan/execute.js'

export interface TrialOptions {
  readonly db: Database
  readonly schema?: string
  readonly project?: string
  readonly tenant?: string
  readonly redis?: Redis
}

export interface Done extends BuildResult {
  readonly events: readonly BuildEvent[]
  of(group: string): GroupResult
}

export class Trial {
  readonly db: Database
  readonly schema: string
  readonly tenant: string
  readonly redis: Redis | undefined
  readonly #name: string
  #groups: readonly AnyGroup[] = []

  constructor({ db, schema = 'fstore', project = 'trial', tenant = 'default', redis }: TrialOptions) {
    this.db = db
    this.schema = schema
    this.tenant = tenant
    this.#name = project
    this.redis = redis
  }

  /** The config as it reads from now on. */
  declare(...groups: AnyGroup[]): this {
    this.#groups = groups
    return this
  }

  as(tenant: string): Trial {
    const redis = this.redis === undefined ? {} : { redis: this.redis }
    return new Trial({ db: this.db, schema: this.schema, project: this.#name, tenant, ...redis }).declare(
      ...this.#groups,
    )
  }

  get groups(): readonly AnyGroup[] {
    return this.#groups
  }

  get project(): Project {
    return parseConfig(defineConfig({ project: this.#name, schema: this.schema, groups: this.#groups }))
  }

  get scope(): BuildScope {
    return { db: this.db, redis: this.redis, project: this.project, root: '/', files: [], tenant: this.tenant }
  }

  async migrate(): Promise<void> {
    await migrate({ db: this.db, schema: this.schema })
  }

  plan(options: BuildOptions = {}): Promise<Plan> {
    return planOf(this.scope, options)
  }

  build(options: BuildOptions = {}): Promise<Done> {
    return followed(build(this.scope, options))
  }

  materialize(options: MaterializeOptions): Promise<Done> {
    return followed(materializeWindows(this.scope, options))
  }

  /** A build that must go well. */
  async built(options: BuildOptions = {}): Promise<Done> {
    const done = await this.build(options)
    for (const { error } of done.groups) if (error !== undefined) throw error
    if (done.status !== 'done') throw new Error(`The build ended ${done.status}`)
    return done
  }

  async compiled(group: string): Promise<CompiledGroup> {
    const all = await compileProject({ project: this.project, root: '/' })
    return all.find((one) => one.group.name === group) as CompiledGroup
  }

  /** Statements of the user who connected. */
  async script(sql: string): Promise<void> {
    await this.db.transaction({ role: 'owner' }, (tx) => tx.script(sql))
  }

  /** What the tenant sees. */
  async rows<R extends Row = Row>(sql: string, parameters: readonly unknown[] = []): Promise<R[]> {
    return (await this.db.query<R>({ role: 'app', tenant: this.tenant }, sql, parameters)).rows
  }

  /** Every row of a group's history, superseded ones too, each with the transaction that wrote it. */
  async history(group: string): Promise<Row[]> {
    const { table } = await this.compiled(group)
    return this.rows(`SELECT xmin::text AS wrote, * FROM ${table.history}
      ORDER BY ${table.keys.join(', ')}, event_timestamp, created_at`)
  }

  async current(group: string): Promise<Row[]> {
    return (await this.history(group)).filter((row) => row.superseded_at === null)
  }

  /** The latest rows, tombstones too. */
  async latest(group: string): Promise<Row[]> {
    const { table } = await this.compiled(group)
    return this.rows(`SELECT xmin::text AS wrote, * FROM ${table.latest} ORDER BY ${table.keys.join(', ')}`)
  }

  async rejected(group: string): Promise<Row[]> {
    const { definition } = await this.compiled(group)
    const table = `${this.schema}.rejected_rows`
    return this.rows(
      `SELECT xmin::text AS wrote, * FROM ${table} WHERE group_name = $1 AND fingerprint = $2 ORDER BY id`,
      [group, definition.fingerprint],
    )
  }

  async covered(group: string): Promise<string> {
    const { definition } = await this.compiled(group)
    const table = `${this.schema}.coverage`
    const [row] = await this.rows(`SELECT covered::text FROM ${table} WHERE group_name = $1 AND fingerprint = $2`, [
      group,
      definition.fingerprint,
    ])
    return row?.covered ?? '{}'
  }

  /** All that building a group may write. */
  async everything(group: string): Promise<Record<string, unknown>> {
    return {
      history: await this.history(group),
      latest: await this.latest(group),
      rejected: await this.rejected(group),
      covered: await this.covered(group),
    }
  }

  async drop(): Promise<void> {
    const { schema } = this
    await this.script(`DROP SCHEMA IF EXISTS ${schema}, ${schema}_offline, ${schema}_online CASCADE`)
  }
}

/** SQL put together at run time, which the tag refuses on purpose. */
export function sqlOf(text: string): Sql {
  return sql(Object.assign([text], { raw: [text] }))
}

async function followed(work: AsyncGenerator<BuildEvent, BuildResult>): Promise<Done> {
  const events: BuildEvent[] = []
  for (;;) {
    const next = await work.next()
    if (next.done) {
      const { groups } = next.value
      return { ...next.value, events, of: (name) => groups.find(({ group }) => group === name) as GroupResult }
    }
    events.push(next.value)
  }
}
