/** The tables of a database that features could be made of, as its catalogue tells them. */
import type { Database } from '../../db/database.js'

export interface SourceColumn {
  readonly name: string
  /** As it is written in SQL: quoted where it has to be. */
  readonly sql: string
  /** Such as `numeric(10,2)`. */
  readonly type: string
  /** The type's own name, of a domain that of what it is made of: `numeric`, `int4`, `timestamptz`. */
  readonly base: string
  readonly isEnum: boolean
  readonly notNull: boolean
  /** Whether an index begins with it. */
  readonly indexed: boolean
  /** Whether no two rows have the same of it. */
  readonly unique: boolean
  /** The table that it refers to, alone. */
  readonly references: string | null
  /** How many different values there are, as far as ANALYZE has seen; below 0 a share of the rows. */
  readonly distinct: number | null
}

export interface SourceTable {
  readonly schema: string
  readonly name: string
  readonly sql: string
  /** An estimate; absent where nobody has counted. */
  readonly rows?: number
  readonly rowSecurity: boolean
  /** GRANTs that the role fstore reads with still lacks. */
  readonly grants: readonly string[]
  readonly columns: readonly SourceColumn[]
}

const tablesSql = `SELECT namespace.nspname AS schema, class.relname AS name,
  CASE WHEN namespace.nspname = 'public' THEN '' ELSE quote_ident(namespace.nspname) || '.' END
    || quote_ident(class.relname) AS sql,
  nullif(CASE WHEN class.relkind = 'p' THEN (SELECT sum(greatest(part.reltuples, 0))
      FROM pg_partition_tree(class.oid) AS tree JOIN pg_class AS part ON part.oid = tree.relid WHERE tree.isleaf)
    ELSE greatest(class.reltuples, pg_stat_get_live_tuples(class.oid)) END, 0)::float8 AS rows,
  class.relrowsecurity AS "rowSecurity",
  array_remove(ARRAY[
    CASE WHEN (role.oid IS NULL AND namespace.nspname <> 'public')
      OR NOT has_schema_privilege(role.oid, namespace.oid, 'USAGE')
      THEN format('GRANT USAGE ON SCHEMA %I TO fstore_app;', namespace.nspname) END,
    CASE WHEN role.oid IS NULL OR NOT has_table_privilege(role.oid, class.oid, 'SELECT')
      THEN format('GRANT SELECT ON TABLE %I.%I TO fstore_app;', namespace.nspname, class.relname) END
  ], NULL) AS grants,
  columns.columns
FROM pg_class AS class
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
LEFT JOIN pg_roles AS role ON role.rolname = 'fstore_app'
CROSS JOIN LATERAL (
  SELECT json_agg(json_build_object(
    'name', attribute.attname, 'sql', quote_ident(attribute.attname),
    'type', format_type(attribute.atttypid, attribute.atttypmod),
    'base', base.typname, 'isEnum', base.typtype = 'e',
    'notNull', attribute.attnotnull OR own.typnotnull,
    'indexed', EXISTS (SELECT FROM pg_index WHERE indrelid = class.oid AND indkey[0] = attribute.attnum AND indpred IS NULL),
    'unique', EXISTS (SELECT FROM pg_index WHERE indrelid = class.oid AND indkey[0] = attribute.attnum
      AND indisunique AND indnkeyatts = 1 AND indpred IS NULL),
    'references', (SELECT target.relname FROM pg_constraint JOIN pg_class AS target ON target.oid = confrelid
      WHERE conrelid = class.oid AND contype = 'f' AND conkey = ARRAY[attribute.attnum] LIMIT 1),
    'distinct', (SELECT n_distinct FROM pg_stats WHERE schemaname = namespace.nspname
      AND tablename = class.relname AND attname = attribute.attname LIMIT 1)
  ) ORDER BY attribute.attnum) AS columns
  FROM pg_attribute AS attribute
  JOIN pg_type AS own ON own.oid = attribute.atttypid
  JOIN pg_type AS base ON base.oid = coalesce(nullif(own.typbasetype, 0), own.oid)
  WHERE attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
    AND has_column_privilege(class.oid, attribute.attnum, 'SELECT')
) AS columns
WHERE class.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT class.relispartition AND columns.columns IS NOT NULL
  AND namespace.nspname !~ '^pg_' AND namespace.nspname <> 'information_schema'
  AND has_schema_privilege(namespace.oid, 'USAGE')
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = class.oid AND deptype = 'e')
ORDER BY (namespace.nspname = 'public') DESC, namespace.nspname, class.relname`

/** What fstore and others keep for themselves. */
const bookkeeping = /^(_prisma_migrations|__drizzle_migrations|schema_migrations|knex_migrations.*|pgmigrations)$/

/** Tables and views that the user may read, those of `public` first. */
export async function readSourceTables(db: Database): Promise<SourceTable[]> {
  const { rows } = await db.query<Omit<SourceTable, 'rows'> & { rows: number | null }>(
    { role: 'owner', readOnly: true, statementTimeout: 30_000 },
    tablesSql,
  )
  const schemas = new Set(rows.map(({ schema }) => schema))
  const own = [...schemas].flatMap((name) => (schemas.has(`${name}_offline`) ? [name] : []))
  const isOwn = (schema: string) => own.some((name) => [name, `${name}_offline`, `${name}_online`].includes(schema))
  return rows
    .filter(({ schema, name }) => !isOwn(schema) && !/^fstore(_|$)/.test(schema) && !bookkeeping.test(name))
    .map(({ rows: estimate, ...table }) => ({ ...table, ...(estimate !== null && { rows: estimate }) }))
}
