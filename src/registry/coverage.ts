/** What has been materialized of a feature table for a tenant. */
import { toMicroseconds } from '../config/instant.js'
import type { Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'

/** `[start, end)` in microseconds since 1970; open ends are cut at the years 1 and 9999. */
export interface CoveredSpan {
  readonly start: bigint
  readonly end: bigint
}

export interface Coverage {
  readonly fingerprint: string
  readonly covered: readonly CoveredSpan[]
  readonly stale: readonly CoveredSpan[]
}

/** By `group@fingerprint`. A superuser's own role passes every policy, so the tenant is asked for by name. */
export async function readCoverage(tx: Transaction, schema: string, tenant: string): Promise<Map<string, Coverage>> {
  const { rows } = await tx.query<CoverageRow>(
    `SELECT group_name, fingerprint, ${spans('covered')} AS covered, ${spans('stale')} AS stale
     FROM ${identifier(schema)}.coverage WHERE tenant_id = $1`,
    [tenant],
  )
  return new Map(rows.map((row) => [`${row.group_name}@${row.fingerprint}`, coverageOf(row)]))
}

interface CoverageRow {
  group_name: string
  fingerprint: string
  covered: [string, string][]
  stale: [string, string][]
}

/** As `[[from, to], …]`; JSON, because drivers know no multiranges. */
function spans(column: string): string {
  const instant = (bound: string) => `to_char(${bound} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
  const [from, to] = [
    `greatest(coalesce(lower(r), '-infinity'), '0001-01-01Z')`,
    `least(coalesce(upper(r), 'infinity'), '9999-01-01Z')`,
  ]
  return `(SELECT coalesce(json_agg(json_build_array(${instant(from)}, ${instant(to)})), '[]') FROM unnest(${column}) AS r)`
}

function coverageOf(row: { fingerprint: string; covered: [string, string][]; stale: [string, string][] }): Coverage {
  const parse = (list: [string, string][]) =>
    list.map(([start, end]) => ({ start: toMicroseconds(start), end: toMicroseconds(end) }))
  return { fingerprint: row.fingerprint, covered: parse(row.covered), stale: parse(row.stale) }
}
