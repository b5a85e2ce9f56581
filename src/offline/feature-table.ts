/** The two tables of one version of a group: its history, and the latest row of every entity. */
import type { EntityKey, FeatureSpec } from '../config/project.js'
import type { Transaction } from '../db/database.js'
import { identifier, literal } from '../db/sql.js'
import type { Definition, Snapshot } from '../registry/definition.js'
import { keySqlType, sqlType } from '../transform/rules.js'

export interface Schemas {
  readonly registry: string
  readonly offline: string
  readonly online: string
}

export function schemasOf(schema: string): Schemas {
  return { registry: schema, offline: `${schema}_offline`, online: `${schema}_online` }
}

/** Names of one version's tables, quoted, and the lists of columns that every statement about them needs. */
export interface FeatureTable {
  readonly group: string
  readonly fingerprint: string
  readonly name: string
  readonly history: string
  readonly latest: string
  /** Quoted key columns, in the order of the primary key. */
  readonly keys: readonly string[]
  /** Quoted feature columns. */
  readonly features: readonly string[]
}

export function featureTable(definition: Definition, schemas: Schemas): FeatureTable {
  const { group, fingerprint, snapshot } = definition
  return storedTable({ group: group.name, fingerprint, snapshot }, schemas)
}

/** The table of a version as the registry remembers it, whatever the config says now. */
export function storedTable(
  version: { group: string; fingerprint: string; snapshot: Pick<Snapshot, 'entity' | 'features'> },
  schemas: Schemas,
): FeatureTable {
  const { group, fingerprint, snapshot } = version
  const name = tableName(group, fingerprint)
  return {
    group,
    fingerprint,
    name,
    history: identifier(schemas.offline, name),
    latest: identifier(schemas.online, name),
    keys: snapshot.entity.keys.map((key) => identifier(key.name)),
    features: snapshot.features.map((feature) => identifier(feature.name)),
  }
}

export function tableName(group: string, fingerprint: string): string {
  return `${group}__${fingerprint}`
}

/** Creates both tables if they are not there. Runs as the owner; rows are reached only under a tenant's policy. */
export async function createFeatureTable(tx: Transaction, table: FeatureTable, definition: Definition): Promise<void> {
  // Made in one transaction: where one is, all is, and a live table need not be locked again.
  const { rows } = await tx.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [table.latest])
  if (rows[0]?.there === true) return
  const { partition, entity, features, events } = definition.group
  const stamps = `event_timestamp timestamptz NOT NULL, created_at timestamptz NOT NULL, superseded_at timestamptz,
    job_id bigint`
  const columns = `tenant_id text COLLATE "C" NOT NULL, ${entity.keys.map(keyColumn).join(', ')}, ${stamps}`
  const values = features.map(featureColumn).join(', ')
  // What reducers keep that is no feature, by feature: the counts behind an average.
  const state = events === undefined ? '' : `${stateColumn} jsonb NOT NULL DEFAULT '{}',`
  const keys = ['tenant_id', ...table.keys].join(', ')
  const byRange = partition === 'none' ? '' : 'PARTITION BY RANGE (event_timestamp)'
  await tx.script(`
    CREATE TABLE ${table.history} (
      ${columns}, ${values}, PRIMARY KEY (${keys}, event_timestamp, created_at)) ${byRange};
    CREATE INDEX ${identifier(`${table.name}_brin`)}
      ON ${table.history} USING brin (event_timestamp) WITH (autosummarize = on);
    CREATE TABLE ${table.latest} (
      ${columns}, written_at timestamptz NOT NULL, xid xid8 NOT NULL DEFAULT pg_current_xact_id(), ${state} ${values},
      PRIMARY KEY (${keys})) WITH (fillfactor = ${roomy});
    ${protect(table.history)}
    ${protect(table.latest)}`)
}

/**
 * Percent of a page that new rows fill. A latest row is replaced again and again: with its next state beside it on the
 * page, no index has to learn of it, and the page holds its own dead rows, which the next write to it reuses.
 */
const roomy = 50

/** No feature or key can be called like it: their names begin with a letter. */
export const stateColumn = '_state'

function keyColumn(key: EntityKey): string {
  return `${identifier(key.name)} ${keySqlType(key.type)} NOT NULL`
}

function featureColumn(feature: FeatureSpec): string {
  return `${identifier(feature.name)} ${sqlType(feature)}`
}

/** The subselect makes the setting an init plan, read once a query instead of once a row. */
const visible = "tenant_id = (SELECT NULLIF(current_setting('fstore.tenant_id', true), ''))"

function protect(table: string): string {
  return `
    ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;
    CREATE POLICY tenant ON ${table} USING (${visible});
    GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO fstore_app;`
}

/** The views that show the current rows of the active version to a person with psql. */
export async function replaceViews(tx: Transaction, table: FeatureTable, schemas: Schemas, description?: string) {
  const columns = [...table.keys, 'event_timestamp', ...table.features, 'created_at', 'tenant_id'].join(', ')
  for (const [schema, source] of [
    [schemas.offline, table.history],
    [schemas.online, table.latest],
  ] as const) {
    const view = identifier(schema, table.group)
    await tx.script(`
      DROP VIEW IF EXISTS ${view};
      CREATE VIEW ${view} WITH (security_invoker = true) AS
        SELECT ${columns} FROM ${source} WHERE superseded_at IS NULL;
      COMMENT ON VIEW ${view} IS ${literal(description ?? '')};
      GRANT SELECT ON ${view} TO fstore_app;`)
  }
}
