/** Redis against the latest rows. What differs is looked at again, since a write may be under way. */

import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { toMicroseconds } from '../config/instant.js'
import { identifier, parameters } from '../db/sql.js'
import { tableName } from '../offline/feature-table.js'
import { instantOf } from '../registry/value.js'
import type { Findings, Mismatch } from './finding.js'
import { keysSql, keyTypes, readLatest, textSql } from './latest-rows.js'
import { onlineLifetime } from './lifetime.js'
import { parseRow } from './packed.js'
import type { ProjectedVersion } from './projected.js'
import type { ProjectionScope } from './projection.js'
import { rowNaming } from './redis-keys.js'
import { readTexts } from './redis-read.js'
import { SyncedPlace } from './synced.js'

export interface RedisCheck extends ProjectionScope {
  readonly tenant: string
  readonly version: ProjectedVersion
  /** Rows; all when absent. */
  readonly sample: number | undefined
}

export type RedisFindings = Findings<Mismatch | 'behind'>

interface Row {
  readonly key: readonly string[]
  readonly text: string
}

const batch = 1_000
/** How often a write under way is waited for: where all differs, waiting would take for ever. */
const mostWaits = 20
const wait = 100
/** Clocks may differ by so much: milliseconds. */
const slack = 300_000

/** @returns how many rows were compared */
export async function verifyRows(check: RedisCheck, findings: RedisFindings): Promise<number> {
  const { redis, project, tenant, version, sample } = check
  const { state } = await new SyncedPlace(redis, { project, tenant, version }).read()
  const second = secondLook(check, state?.bound)
  const from = { ...check, schema: check.schemas.online }
  let count = 0
  for await (const rows of readLatest(from, sample === undefined ? 'all' : { sample })) {
    count += rows.length
    for (let i = 0; i < rows.length; i += batch) {
      const some = rows.slice(i, i + batch)
      const differing = (await compare(check, some)).map(({ row }) => row)
      if (differing.length > 0) await second(differing, findings)
    }
  }
  return count
}

async function compare({ redis, project, tenant, version }: RedisCheck, rows: readonly Row[]) {
  const nameOf = rowNaming({ project, tenant, ...version })
  const texts = await readTexts(
    redis,
    rows.map(({ key }) => nameOf(key)),
  )
  return rows.flatMap((row, i) => {
    const kind = mismatchOf(version, row.text, texts[i] ?? null)
    return kind === undefined ? [] : [{ row, kind }]
  })
}

function secondLook(check: RedisCheck, bound: string | undefined) {
  let waits = 0
  return async (rows: readonly Row[], findings: RedisFindings) => {
    if (waits++ < mostWaits) await sleep(wait)
    const again = await readByKey(check, rows, bound)
    const late = new Map(again.map((row) => [row, row.late]))
    for (const { row, kind } of await compare(check, again))
      findings.add(late.get(row as (typeof again)[number]) === true ? 'behind' : kind, [row.key])
  }
}

/** The rows as they are now, and whether a sync has yet to send them. */
export async function readByKey(
  { db, schemas, tenant, version }: Omit<RedisCheck, 'sample'>,
  rows: readonly { readonly key: readonly string[] }[],
  bound?: string,
) {
  const { values, bind } = parameters(tenant)
  const table = identifier(schemas.online, tableName(version.group, version.fingerprint))
  const arrays = version.keys.map((_, k) => `${bind(rows.map(({ key }) => key[k]))}::text[]`)
  const same = version.keys.map(({ name, type }, k) => `t.${identifier(name)} = asked.k${k}::${keyTypes[type]}`)
  const late = bound === undefined ? 'true' : `t.xid >= ${bind(bound)}::xid8`
  // A table that was never analyzed looks small: joined, it would be read whole for every batch.
  const { rows: found } = await db.query<{ key: string[]; text: string; late: boolean }>(
    { role: 'app', tenant, readOnly: true },
    `SELECT ${keysSql(version.keys, 't')} AS key, (${textSql(version)})::text AS text, ${late} AS late
     FROM unnest(${arrays.join(', ')}) AS asked (${version.keys.map((_, k) => `k${k}`).join(', ')})
     CROSS JOIN LATERAL (SELECT * FROM ${table} AS t WHERE t.tenant_id = $1 AND ${same.join(' AND ')} LIMIT 1) AS t`,
    values,
  )
  return found
}

function mismatchOf(version: ProjectedVersion, latest: string, redis: string | null): Mismatch | undefined {
  if (latest === redis) return undefined
  const [stamp, eventTimestamp] = JSON.parse(latest) as [string, string?]
  if (redis === null) return eventTimestamp === undefined || isPast(version, eventTimestamp) ? undefined : 'missing'
  const there = parseRow(redis)
  if (there === undefined) return 'different'
  if (eventTimestamp === undefined && there.length === 1) return undefined
  if (isDeepStrictEqual(there, JSON.parse(latest))) return undefined
  return toMicroseconds(instantOf(String(there[0]))) < toMicroseconds(instantOf(stamp)) ? 'stale' : 'different'
}

/** A value that may have gone from one place and not yet from the other. */
export function isPast({ ttl }: ProjectedVersion, eventTimestamp: string): boolean {
  if (ttl === null) return false
  const end = Number(toMicroseconds(instantOf(eventTimestamp)) / 1_000n) + onlineLifetime(ttl) * 1_000
  return end < Date.now() + slack
}
