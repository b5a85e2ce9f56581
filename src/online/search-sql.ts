/** The statements of a search: over the index, which knows no tenants, or over all rows of the tenant. */
import { identifier, parameters } from '../db/sql.js'
import { schemasOf, tableName } from '../offline/feature-table.js'
import { comparisons } from '../offline/metric.js'
import { keyJson } from '../offline/selection.js'
import { jsonArraySql } from '../registry/value.js'
import { keySqlType } from '../transform/rules.js'
import type { Search } from './search-request.js'

export interface SearchScope {
  readonly schema: string
  readonly tenant: string
  /** Rows as of before this instant have expired. */
  readonly since: string | undefined
}

interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

export function latestOf({ version }: Search, { schema }: SearchScope): string {
  return identifier(schemasOf(schema).online, tableName(version.group, version.fingerprint))
}

/** The vector of the search's own entity, as text. */
export function ownSql(search: Search, scope: SearchScope): Statement {
  const { values, bind } = parameters()
  const text = `SELECT ${embedding(search)}::text AS vector FROM ${latestOf(search, scope)} AS t
    WHERE ${live(scope, bind)} AND ${isOwn(search, bind)}`
  return { text, values }
}

/** In the order of the index, which gives them one by one. */
export function indexedSql(search: Search, scope: SearchScope, vector: string): Statement {
  const { values, bind } = parameters()
  const distance = `${embedding(search)} ${comparisons[search.metric].operator} ${bind(vector)}::vector`
  const text = `SELECT ${row(search, 't', distance)} AS row FROM ${latestOf(search, scope)} AS t
    WHERE ${candidates(search, scope, bind)} ORDER BY ${distance} LIMIT ${bind(search.limit)}`
  return { text, values }
}

/** What is computed below OFFSET is no order that an index could give. */
export function exactSql(search: Search, scope: SearchScope, vector: string): Statement {
  const { values, bind } = parameters()
  const distance = `${embedding(search)} ${comparisons[search.metric].operator} ${bind(vector)}::vector`
  const keys = search.version.keys.map(({ name }) => identifier(name))
  const columns = [...keys, 'event_timestamp', `${distance} AS fstore_distance`].join(', ')
  const text = `SELECT ${row(search, 's', 'fstore_distance')} AS row FROM (
      SELECT ${columns} FROM ${latestOf(search, scope)} AS t WHERE ${candidates(search, scope, bind)} OFFSET 0) AS s
    WHERE fstore_distance <> 'NaN' ORDER BY fstore_distance, ${keys.join(', ')} LIMIT ${bind(search.limit)}`
  return { text, values }
}

/** Rows of the tenant, counted no further than `most`. */
export function countSql(search: Search, scope: SearchScope, most: number): Statement {
  const { values, bind } = parameters(scope.tenant)
  const text = `SELECT count(*)::int AS rows FROM
    (SELECT FROM ${latestOf(search, scope)} WHERE tenant_id = $1 LIMIT ${bind(most)}) AS own`
  return { text, values }
}

/** What there is to search with. */
export function lookSql(search: Search, scope: SearchScope): Statement {
  const text = `SELECT e.extversion AS extension, greatest(c.reltuples, 0)::float8 AS rows, EXISTS (
      SELECT FROM pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid
        JOIN pg_am AS m ON m.oid = x.relam JOIN pg_opclass AS o ON o.oid = i.indclass[0]
        JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
      WHERE i.indrelid = c.oid AND i.indisvalid AND m.amname = 'hnsw' AND i.indpred IS NULL
        AND a.attname = $2 AND o.opcname = $3) AS indexed
    FROM pg_class AS c LEFT JOIN pg_extension AS e ON e.extname = 'vector' WHERE c.oid = $1::regclass`
  const { operatorClass } = comparisons[search.metric]
  return { text, values: [latestOf(search, scope), search.feature.name, operatorClass] }
}

/** Its keys, the instant it is as of, and how far away it is. */
function row({ version }: Search, alias: string, distance: string): string {
  const keys = version.keys.map(({ name }) => `${alias}.${identifier(name)}`)
  return jsonArraySql([...keyJson(version, keys), `${alias}.event_timestamp`, distance])
}

type Bind = (value: unknown) => string

function candidates(search: Search, scope: SearchScope, bind: Bind): string {
  const others = search.key === undefined ? '' : ` AND NOT (${isOwn(search, bind)})`
  return `${live(scope, bind)} AND ${embedding(search)} IS NOT NULL${others}`
}

function live({ tenant, since }: SearchScope, bind: Bind): string {
  const young = since === undefined ? '' : ` AND t.event_timestamp >= ${bind(since)}::timestamptz`
  return `t.tenant_id = ${bind(tenant)} AND t.superseded_at IS NULL${young}`
}

function isOwn({ version, key = [] }: Search, bind: Bind): string {
  return version.keys
    .map(({ name, type }, k) => `t.${identifier(name)} = ${bind(key[k])}::${keySqlType(type)}`)
    .join(' AND ')
}

function embedding({ feature }: Search): string {
  return `t.${identifier(feature.name)}`
}
