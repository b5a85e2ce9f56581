/** The registry as it stands in the database, and the statements that change it. Runs as the owner. */
import type { FeatureSpec, GroupSpec } from '../config/project.js'
import type { Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import type { Definition, Snapshot } from './definition.js'
import { diff, summarize } from './diff.js'

export interface RegisteredVersion {
  readonly version: number
  readonly fingerprint: string
  readonly snapshot: Snapshot
  readonly changeSummary: string
  /** Absent while it has its tables. */
  readonly droppedAt?: string
}

export interface RegisteredGroup {
  readonly name: string
  readonly status: string
  readonly activeFingerprint: string | null
  /** The version that the config described last; not always the one that is live. */
  readonly declaredVersion: number
  /** Rises with every move of the active pointer. */
  readonly epoch: number
  /** Oldest first. */
  readonly versions: readonly RegisteredVersion[]
  /** What describes it, as stored: changes here change no version. */
  readonly metadata: string
}

export type Registry = ReadonlyMap<string, RegisteredGroup>

/** The version that readers see. */
export function liveOf(group: RegisteredGroup | undefined): RegisteredVersion | undefined {
  return group?.versions.find(({ fingerprint }) => fingerprint === group.activeFingerprint)
}

export async function readRegistry(tx: Transaction, schema: string): Promise<Registry> {
  const s = identifier(schema)
  const groups = await tx.query(
    `SELECT g.name, g.status, g.active_fingerprint, g.epoch, ${storedMetadata('g', s)} AS metadata,
       (SELECT max(f.version) FROM ${s}.features AS f WHERE f.group_name = g.name) AS declared
     FROM ${s}.groups AS g`,
  )
  const versions = await tx.query(
    // By way of JSON: a plan is made before the migration that adds the column, too.
    `SELECT group_name, version, fingerprint, snapshot, change_summary, to_jsonb(v) ->> 'dropped_at' AS dropped_at
     FROM ${s}.versions AS v ORDER BY version`,
  )
  return new Map(
    groups.rows.map((row) => [
      row.name,
      {
        name: row.name,
        status: row.status,
        activeFingerprint: row.active_fingerprint,
        declaredVersion: row.declared,
        epoch: Number(row.epoch),
        metadata: JSON.stringify(row.metadata),
        versions: versions.rows.filter(({ group_name }) => group_name === row.name).map(versionOf),
      },
    ]),
  )
}

function versionOf(row: Record<string, any>): RegisteredVersion {
  const { version, fingerprint, snapshot, change_summary: changeSummary, dropped_at: droppedAt } = row
  return { version, fingerprint, snapshot, changeSummary, ...(droppedAt !== null && { droppedAt }) }
}

/** Every description the registry holds of a group, in one list, to tell whether a config says something else. */
function storedMetadata(g: string, s: string): string {
  return `json_build_array(${g}.entity, ${g}.display_name, ${g}.description, ${g}.tags, ${g}.owner,
    ${g}.ttl_seconds::text, ${g}.schedule, ${g}.status,
    (SELECT coalesce(json_agg(json_build_array(f.name, f.display_name, f.description, f.tags, f.owner, f.aggregation,
      f.window_seconds::text, f.status, to_jsonb(f) ->> 'metric') ORDER BY f.position), '[]') FROM ${s}.features AS f WHERE f.group_name = ${g}.name))`
}

/** The same list from a config. */
export function metadataOf(group: GroupSpec): string {
  return JSON.stringify([
    group.entity.name,
    group.displayName ?? null,
    group.description ?? null,
    group.tags,
    group.owner ?? null,
    group.ttl?.toString() ?? null,
    group.schedule ?? null,
    group.status,
    group.features.map((feature) => [
      feature.name,
      feature.displayName ?? null,
      feature.description ?? null,
      feature.tags,
      feature.owner ?? null,
      feature.aggregation ?? null,
      feature.window?.toString() ?? null,
      feature.status,
      feature.metric ?? null,
    ]),
  ])
}

/** The embeddings that were compared by another metric. @param before as `metadataOf` has it */
export function metricsMoved(before: string, group: GroupSpec): string[] {
  const features = ((JSON.parse(before) as unknown[]).at(-1) ?? []) as readonly (readonly unknown[])[]
  const metrics = new Map(features.map((feature) => [feature[0], feature.at(-1)]))
  const isMoved = ({ name, metric }: FeatureSpec) => metric !== undefined && metrics.get(name) !== metric
  return group.features.filter(isMoved).map(({ name }) => name)
}

/** One project to a trio of schemas: another project's name is refused before anything is changed. */
export async function claimStore(tx: Transaction, schema: string, project: string): Promise<void> {
  const store = `${identifier(schema)}.store`
  const claimed = await tx.query<{ project: string | null }>(`SELECT project FROM ${store}`)
  // A build that finds nothing due writes nothing.
  if (claimed.rows[0]?.project === project) return
  const { rows } = await tx.query<{ project: string }>(
    `UPDATE ${store} SET project = coalesce(project, $1) RETURNING project`,
    [project],
  )
  assertProject(schema, rows[0]?.project, project)
}

/** @throws FstoreError CONFIG_INVALID */
export function assertProject(schema: string, owner: string | undefined, project: string): void {
  if (owner === project) return
  throw new FstoreError('CONFIG_INVALID', `The schema "${schema}" belongs to the project "${owner}".`, {
    why: 'Two projects in one schema would overwrite each other.',
    fix: "Give this project a schema of its own: defineConfig({ schema: '…' }), or correct its name.",
  })
}

/** Writes what a config says of a group: description always, a version row where the meaning is new. */
export async function registerGroup(
  tx: Transaction,
  schema: string,
  definition: Definition,
  before: RegisteredGroup | undefined,
): Promise<number> {
  const known = before?.versions.find(({ fingerprint }) => fingerprint === definition.fingerprint)
  const last = before?.versions.at(-1)
  const version = known?.version ?? (last?.version ?? 0) + 1
  const summary = known?.changeSummary ?? changeSummary(last, definition)
  await upsertGroup(tx, schema, definition.group)
  if (known === undefined) await insertVersion(tx, schema, definition, version, summary)
  else if (known.droppedAt !== undefined) await restoreVersion(tx, schema, definition)
  await upsertFeatures(tx, schema, definition, version, summary)
  return version
}

export function changeSummary(last: RegisteredVersion | undefined, definition: Definition): string {
  return last === undefined ? 'first version' : summarize(diff(last.snapshot, definition.snapshot)) || 'rewritten SQL'
}

async function upsertGroup(tx: Transaction, schema: string, group: GroupSpec): Promise<void> {
  await tx.query(
    `INSERT INTO ${identifier(schema)}.groups AS g
       (name, entity, source_type, display_name, description, tags, owner, ttl_seconds, schedule, status)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (name) DO UPDATE SET entity = $2, source_type = $3, display_name = $4, description = $5, tags = $6,
       owner = $7, ttl_seconds = $8, schedule = $9, status = $10, updated_at = clock_timestamp()`,
    [
      group.name,
      group.entity.name,
      group.sourceType,
      group.displayName ?? null,
      group.description ?? null,
      JSON.stringify(group.tags),
      group.owner ?? null,
      group.ttl ?? null,
      group.schedule ?? null,
      group.status,
    ],
  )
}

async function insertVersion(
  tx: Transaction,
  schema: string,
  definition: Definition,
  version: number,
  summary: string,
) {
  const { group, fingerprint, snapshot } = definition
  await tx.query(
    `INSERT INTO ${identifier(schema)}.versions
       (group_name, version, fingerprint, snapshot, depends_on, change_summary) VALUES ($1, $2, $3, $4, $5, $6)`,
    [group.name, version, fingerprint, JSON.stringify(snapshot), JSON.stringify(snapshot.dependsOn), summary],
  )
}

/** Its tables are made anew, in the same transaction. */
async function restoreVersion(tx: Transaction, schema: string, { group, fingerprint }: Definition): Promise<void> {
  await tx.query(
    `UPDATE ${identifier(schema)}.versions SET dropped_at = NULL WHERE group_name = $1 AND fingerprint = $2`,
    [group.name, fingerprint],
  )
}

async function upsertFeatures(
  tx: Transaction,
  schema: string,
  definition: Definition,
  version: number,
  summary: string,
) {
  const s = identifier(schema)
  const { group, snapshot } = definition
  const rows = group.features.map((feature, i) => ({
    name: feature.name,
    position: i,
    data_type: feature.dataType,
    display_name: feature.displayName,
    description: feature.description,
    tags: feature.tags,
    owner: feature.owner,
    aggregation: feature.aggregation,
    window_seconds: feature.window,
    metric: feature.metric,
    rules: feature.rules,
    status: feature.status,
    snapshot: snapshot.features[i],
  }))
  const columns = `name text, position int, data_type text, display_name text, description text, tags jsonb, owner text,
    aggregation text, window_seconds bigint, metric text, rules jsonb, status text, snapshot jsonb`
  const values = `position, data_type, display_name, description, tags, owner, aggregation, window_seconds, metric, rules, status`
  await tx.query(`DELETE FROM ${s}.features WHERE group_name = $1 AND NOT (name = ANY ($2))`, [
    group.name,
    rows.map(({ name }) => name),
  ])
  await tx.query(
    `INSERT INTO ${s}.features (group_name, version, name, ${values})
     SELECT $1, $2, name, ${values} FROM jsonb_to_recordset($3) AS f (${columns})
     ON CONFLICT (group_name, name) DO UPDATE SET version = excluded.version, updated_at = clock_timestamp(),
       ${values
         .split(', ')
         .map((column) => `${column.trim()} = excluded.${column.trim()}`)
         .join(', ')}`,
    [group.name, version, JSON.stringify(rows)],
  )
  await tx.query(
    `INSERT INTO ${s}.feature_versions (group_name, version, name, change_summary, snapshot)
     SELECT $1, $2, name, $4, snapshot FROM jsonb_to_recordset($3) AS f (${columns}) ON CONFLICT DO NOTHING`,
    [group.name, version, JSON.stringify(rows), summary],
  )
}

/** Groups that the config no longer has: kept with all their rows, but no longer read or built. */
export async function archiveGroups(tx: Transaction, schema: string, names: readonly string[]): Promise<void> {
  await tx.query(
    `UPDATE ${identifier(schema)}.groups SET status = 'archived', updated_at = clock_timestamp() WHERE name = ANY ($1)`,
    [names],
  )
}

/** Moves the pointer that readers follow. */
export async function promote(tx: Transaction, schema: string, group: string, fingerprint: string): Promise<void> {
  const s = identifier(schema)
  await tx.query(
    `UPDATE ${s}.groups SET active_fingerprint = $2, epoch = epoch + 1, updated_at = clock_timestamp() WHERE name = $1`,
    [group, fingerprint],
  )
  await tx.query(
    `UPDATE ${s}.versions SET promoted_at = clock_timestamp() WHERE group_name = $1 AND fingerprint = $2`,
    [group, fingerprint],
  )
}

/** A tenant comes into being with its first build. */
export async function addTenant(tx: Transaction, schema: string, tenant: string): Promise<void> {
  await tx.query(`INSERT INTO ${identifier(schema)}.tenants (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING`, [tenant])
}

export async function activeTenants(tx: Transaction, schema: string): Promise<string[]> {
  const { rows } = await tx.query<{ tenant_id: string }>(
    `SELECT tenant_id FROM ${identifier(schema)}.tenants WHERE status = 'active' ORDER BY tenant_id`,
  )
  return rows.map(({ tenant_id }) => tenant_id)
}
