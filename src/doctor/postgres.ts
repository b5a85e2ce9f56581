import { digits } from '../config/digits.js'
import type { Project } from '../config/project.js'
import type { Database } from '../db/database.js'
import { migrationStatus } from '../db/migrate.js'
import { schemasOf } from '../db/migration.js'
import { appRole } from '../db/session.js'
import { type Check, type Found, failed, failure, isAtLeast, ok, warning } from './check.js'
import { clockSkew } from './clock.js'

export interface PostgresScope {
  readonly db: Database
  readonly project: Project
  /** Where it is, in words that may be printed. */
  readonly place: string
  /** Port of the URL, where one is given. */
  readonly port?: number | undefined
}

const floor = '15'

interface Server {
  readonly version: string
  readonly user: string
  readonly superuser: boolean
  readonly create_role: boolean
  readonly create_schema: boolean
  readonly time_zone: string
  readonly port: number | null
  readonly locks: number
  readonly clock: string
}

const serverSql = `SELECT current_setting('server_version') AS version, current_user AS user,
  role.rolsuper AS superuser, role.rolcreaterole AS create_role,
  has_database_privilege(current_database(), 'CREATE') AS create_schema,
  (SELECT reset_val FROM pg_settings WHERE name = 'TimeZone') AS time_zone, inet_server_port() AS port,
  current_setting('max_locks_per_transaction')::int
    * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int) AS locks,
  (extract(epoch FROM clock_timestamp()) * 1000)::text AS clock
  FROM pg_roles AS role WHERE role.rolname = current_user`

export async function checkPostgres(scope: PostgresScope): Promise<Check[]> {
  const { db, place } = scope
  const check = (name: string, found: Found): Check => ({ area: 'database', name, ...found })
  try {
    await db.query({ role: 'owner' }, 'SELECT 1')
    const before = Date.now()
    const { rows } = await db.query<Server>({ role: 'owner', readOnly: true }, serverSql)
    const after = Date.now()
    const server = rows[0] as Server
    const migrations = await migrationsOf(scope)
    const isMigrated = migrations.state === 'ok'
    return [
      check('reachable', ok(`${place}, ${after - before} ms`)),
      check('version', versionOf(server)),
      check('schema', migrations),
      check('role', await roleOf(scope, server)),
      ...(isMigrated ? [check('row security', await rowSecurityOf(scope))] : []),
      ...(needsVector(scope.project) ? [check('pgvector', await vectorOf(db))] : []),
      check('time zone', ok(`${server.time_zone}; fstore sets UTC in each of its transactions`)),
      ...(db.kind === 'postgres'
        ? [
            check('locks', await locksOf(scope, server)),
            check('pooler', poolerOf(scope, server)),
            check('clock', clockSkew([before, after], Number(server.clock))),
          ]
        : []),
    ]
  } catch (error) {
    return [check('reachable', failure(error))]
  }
}

function versionOf({ version }: Server): Found {
  if (isAtLeast(version, floor)) return ok(`PostgreSQL ${version}`)
  return failed(`PostgreSQL ${version} is older than ${floor}`, `Upgrade to PostgreSQL ${floor} or newer.`)
}

async function migrationsOf({ db, project }: PostgresScope): Promise<Found> {
  const all = await migrationStatus({ db, schema: project.schema })
  const of = (state: string) => all.filter((one) => one.state === state).map(({ name }) => name)
  const [edited, newer, pending] = [of('edited'), of('newer'), of('pending')]
  if (newer.length > 0)
    return failed(`schema "${project.schema}" was migrated by a newer fstore (${newer.join(', ')})`, 'Upgrade fstore.')
  if (edited.length > 0)
    return failed(
      `applied migrations differ from this fstore's: ${edited.join(', ')}`,
      'Use the fstore that applied them.',
    )
  if (pending.length > 0)
    return warning(
      pending.length === all.length ? `schema "${project.schema}" is not made yet` : `pending: ${pending.join(', ')}`,
      'Run fstore build, or fstore migrate alone.',
    )
  return ok(`${all.length} migrations applied in "${project.schema}"`)
}

interface Role {
  readonly exists: boolean
  readonly bypasses: boolean
  readonly member: boolean
}

/** Whoever connects needs to become `fstore_app`, which must be held by row-level security. */
async function roleOf({ db, project }: PostgresScope, server: Server): Promise<Found> {
  const { rows } = await db.query<Role>(
    { role: 'owner', readOnly: true },
    `SELECT role.oid IS NOT NULL AS exists, coalesce(role.rolsuper OR role.rolbypassrls, false) AS bypasses,
       CASE WHEN role.oid IS NULL THEN false ELSE pg_has_role(current_user, role.oid,
         CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) END AS member
     FROM (SELECT 1) AS one LEFT JOIN pg_roles AS role ON role.rolname = $1`,
    [appRole],
  )
  const role = rows[0] as Role
  const own = `${server.user}${server.superuser ? ', a superuser' : ''}`
  const script = `Let a database administrator run what fstore migrate --print-sql prints.`
  if (role.bypasses)
    return failed(`${appRole} bypasses row-level security`, `ALTER ROLE ${appRole} NOSUPERUSER NOBYPASSRLS;`)
  if (role.member) return ok(`${own}; may become ${appRole}`)
  if (role.exists) return failed(`${own} may not become ${appRole}`, `GRANT ${appRole} TO ${server.user};`)
  if (server.superuser || (server.create_role && server.create_schema)) return ok(`${own}; may make ${appRole}`)
  const lacks = server.create_role ? 'create schemas' : 'create roles'
  return failed(`${own} may not ${lacks}, and "${project.schema}" is not made yet`, script)
}

/** Every table of tenants' rows holds them apart; the list of tenants itself has none. */
async function rowSecurityOf({ db, project }: PostgresScope): Promise<Found> {
  const { rows } = await db.query<{ table: string }>(
    { role: 'owner', readOnly: true },
    `SELECT class.oid::regclass::text AS table FROM pg_class AS class
     JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attname = 'tenant_id'
     WHERE class.relnamespace = ANY (SELECT to_regnamespace(quote_ident(name))::oid FROM unnest($1::text[]) AS name)
       AND class.relkind IN ('r', 'p') AND NOT class.relispartition AND class.relpersistence = 'p'
       AND class.oid <> to_regclass(format('%I.tenants', $2::text))
       AND (NOT (class.relrowsecurity AND class.relforcerowsecurity)
         OR NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = class.oid))
     ORDER BY 1`,
    [Object.values(schemasOf(project.schema)), project.schema],
  )
  if (rows.length === 0) return ok('forced on every table of tenants')
  const tables = rows.map(({ table }) => table)
  return failed(
    `off for ${tables.slice(0, 5).join(', ')}${tables.length > 5 ? ` and ${tables.length - 5} more` : ''}`,
    `ALTER TABLE ${tables[0]} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; and find out who switched it off.`,
  )
}

function needsVector({ groups }: Project): boolean {
  return groups.some(({ features }) => features.some(({ dataType }) => dataType === 'embedding'))
}

async function vectorOf(db: Database): Promise<Found> {
  const { rows } = await db.query<{ installed: string | null; available: string | null }>(
    { role: 'owner', readOnly: true },
    `SELECT (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS installed,
       (SELECT default_version FROM pg_available_extensions WHERE name = 'vector') AS available`,
  )
  const { installed = null, available = null } = rows[0] ?? {}
  if (installed !== null) return ok(`vector ${installed}`)
  if (available !== null)
    return warning(`vector ${available} can be had and is not created`, 'CREATE EXTENSION vector;')
  return failed(
    'the config declares an embedding, and the server has no pgvector',
    'Install pgvector on the server (postgresql-NN-pgvector in Debian), then CREATE EXTENSION vector;',
  )
}

/** A read of history locks every partition it cannot rule out. */
async function locksOf({ db, project }: PostgresScope, { locks }: Server): Promise<Found> {
  const { rows } = await db.query<{ most: string }>(
    { role: 'owner', readOnly: true },
    `SELECT coalesce(max(parts), 0)::text AS most FROM (SELECT count(*) AS parts FROM pg_inherits
       JOIN pg_class AS parent ON parent.oid = inhparent AND parent.relkind = 'p'
       WHERE parent.relnamespace = to_regnamespace(quote_ident($1)) GROUP BY inhparent) AS groups`,
    [schemasOf(project.schema).offline],
  )
  const most = Number(rows[0]?.most ?? 0)
  // A table and its primary key, of each partition, in as many readers as a small pool has.
  const wanted = most * 2 * 5
  const words = `room for ${digits(locks)}; the largest group has ${most} ${most === 1 ? 'partition' : 'partitions'}`
  if (wanted <= locks) return ok(words)
  const fix = 'Raise max_locks_per_transaction (needs a restart), or partition the group by year.'
  return warning(`${words}, of which a few exports at once may lock more`, fix)
}

function poolerOf({ port }: PostgresScope, server: Server): Found {
  if (server.port === null || port === undefined || server.port === port) return ok('none to be seen')
  return warning(
    `the URL says port ${port}, the server listens on ${server.port}: a pooler or a mapped port is between`,
    'Behind a pooler give migrate and build a direct URL (DIRECT_URL, or directUrl of the profile). A mapped port is fine.',
  )
}
