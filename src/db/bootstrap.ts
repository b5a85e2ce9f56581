/** What has to be there before the first migration: the role, the schemas and the ledger of migrations. */

import { schemasOf } from './migration.js'
import { appRole } from './session.js'
import { identifier, literal } from './sql.js'

/** The table of applied migrations, quoted. */
export function ledgerOf(schema: string): string {
  return identifier(schema, 'migrations')
}

/** Holds off other migrations of the same schema until the transaction ends, in any process. */
export function migrationLock(schema: string): string {
  return `SELECT pg_advisory_xact_lock(hashtextextended(${literal(`fstore migrate ${schema}`)}, 0))`
}

/**
 * SQL that makes what is missing and needs no rights for what is there. `owner` is the user fstore connects as, where
 * another, such as a DBA, runs this.
 */
export function bootstrapSql(options: { schema: string; owner?: string | undefined }): string {
  const { schema, owner } = options
  const schemas = Object.values(schemasOf(schema))
  return [
    roleSql(owner),
    schemas.map((name) => schemaSql(name, owner)).join('\n'),
    owner === undefined ? '' : `SET LOCAL ROLE ${identifier(owner)};`,
    ledgerSql(schema),
    ...schemas.map((name) => `REVOKE ALL ON SCHEMA ${identifier(name)} FROM PUBLIC;`),
    ...schemas.map((name) => `GRANT USAGE ON SCHEMA ${identifier(name)} TO ${appRole};`),
  ]
    .filter((part) => part !== '')
    .join('\n')
}

/** The role is the whole server's: another database may have made it, or be making it now. */
function roleSql(owner: string | undefined): string {
  const member = owner === undefined ? 'current_user' : `${literal(owner)}::name`
  const grantee = owner === undefined ? 'CURRENT_USER' : identifier(owner)
  return `DO $bootstrap$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${appRole}') THEN
    BEGIN
      CREATE ROLE ${appRole} NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = '${appRole}' AND (rolsuper OR rolbypassrls)) THEN
    RAISE EXCEPTION 'The role ${appRole} bypasses row-level security'
      USING HINT = 'ALTER ROLE ${appRole} NOSUPERUSER NOBYPASSRLS';
  END IF;
  IF NOT pg_has_role(${member}, '${appRole}',
    CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) THEN
    GRANT ${appRole} TO ${grantee};
  END IF;
END
$bootstrap$;`
}

/** CREATE SCHEMA IF NOT EXISTS wants the right to create one even where it exists. */
function schemaSql(name: string, owner: string | undefined): string {
  const authorization = owner === undefined ? '' : ` AUTHORIZATION ${identifier(owner)}`
  return `DO $bootstrap$
BEGIN
  IF to_regnamespace(${literal(identifier(name))}) IS NULL THEN
    CREATE SCHEMA ${identifier(name)}${authorization};
  END IF;
END
$bootstrap$;`
}

function ledgerSql(schema: string): string {
  return `CREATE TABLE IF NOT EXISTS ${ledgerOf(schema)} (
  version integer PRIMARY KEY,
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);`
}
