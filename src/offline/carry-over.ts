/** A pushed group's rows, taken along to another version: nothing could compute them again. */
import { isDeepStrictEqual } from 'node:util'
import { toMicroseconds } from '../config/instant.js'
import type { Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import type { Snapshot } from '../registry/definition.js'
import { liveOf, readRegistry } from '../registry/repository.js'
import { listTenants } from '../registry/tenants.js'
import { sqlType } from '../transform/rules.js'
import { type FeatureTable, type Schemas, stateColumn, storedTable } from './feature-table.js'
import { attachPartition, partitionsBetween } from './partitions.js'
import { lockOutPushes } from './push-lock.js'

interface StoredMeaning {
  readonly fingerprint: string
  readonly snapshot: Snapshot
}

export interface CarryOver {
  readonly schemas: Schemas
  readonly group: string
  readonly to: StoredMeaning
}

/**
 * Copies the history, superseded rows too, and the latest rows of every tenant from the version that is live, and keeps
 * pushes out until the transaction ends. The version may have rows from when it was live before: it gets what has
 * happened since. Runs as the owner, in the transaction that moves the pointer, before that.
 *
 * @returns in words, what is left behind
 */
export async function carryOver(tx: Transaction, { schemas, group, to }: CarryOver): Promise<string | undefined> {
  await lockOutPushes(tx, schemas.registry, group)
  const from = liveOf((await readRegistry(tx, schemas.registry)).get(group))
  if (from === undefined || from.fingerprint === to.fingerprint) return undefined
  const { revision, events } = to.snapshot
  if (events !== undefined && from.snapshot.revision !== revision)
    return `${group}: version ${revision} begins empty; ingest its events again for what they would have come to`
  const { shared, left } = compare(from.snapshot, to.snapshot)
  if (shared.length > 0) {
    const copy = {
      schemas,
      shared: shared.map((name) => identifier(name)),
      from: storedTable({ group, ...from }, schemas),
      to: storedTable({ ...to, group }, schemas),
      partition: to.snapshot.partition,
      fed: from.snapshot.events !== undefined && events !== undefined,
    }
    // Every one: the rows of a tenant that is suspended are there when it comes back.
    for (const { tenant } of await listTenants(tx, schemas.registry)) await copyTenant(tx, { ...copy, tenant })
  }
  return left.length === 0
    ? undefined
    : `${group}: ${events === undefined ? 'pushed values' : 'values'} stay behind with the version before: ${left.join(', ')}`
}

/** A value can be taken along where its name and its type are the same, and the keys are. */
function compare(from: Snapshot, to: Snapshot): { shared: string[]; left: string[] } {
  const names = from.features.map(({ name }) => name)
  if (!isDeepStrictEqual(keysOf(from), keysOf(to)))
    return { shared: [], left: names.map((name) => `${name} (other keys)`) }
  const types = new Map(to.features.map((feature) => [feature.name, sqlType(feature)]))
  const shared = from.features
    .filter((feature) => types.get(feature.name) === sqlType(feature) && keeps(from, to, feature.name))
    .map(({ name }) => name)
  const left = names.filter((name) => !shared.includes(name))
  const reasonOf = (name: string) => {
    if (!types.has(name)) return 'no longer declared'
    return keeps(from, to, name) ? 'another type' : 'another reducer'
  }
  return { shared, left: left.map((name) => `${name} (${reasonOf(name)})`) }
}

/** What a reducer keeps besides the value is of use to no other. */
function keeps(from: Snapshot, to: Snapshot, feature: string): boolean {
  const [before, after] = [from, to].map(({ events = {} }) =>
    Object.values(events).flatMap(({ [feature]: change }) => (change === 'average' || change === 'mode' ? change : [])),
  )
  return after?.[0] === before?.[0] || after?.[0] === undefined
}

function keysOf({ entity }: Snapshot) {
  return new Map(entity.keys.map(({ name, type }) => [name, type]))
}

interface Copy {
  readonly schemas: Schemas
  readonly from: FeatureTable
  readonly to: FeatureTable
  /** Quoted. */
  readonly shared: readonly string[]
  readonly partition: Snapshot['partition']
  /** Events feed both. */
  readonly fed: boolean
  readonly tenant: string
}

async function copyTenant(tx: Transaction, copy: Copy): Promise<void> {
  const { schemas, from, to, tenant } = copy
  await tx.query("SELECT set_config('fstore.tenant_id', $1, true)", [tenant])
  await makePartitions(tx, copy)
  await copyHistory(tx, copy)
  const { rows } = await tx.query<{ stamp: string }>(
    `INSERT INTO ${identifier(schemas.registry)}.coverage AS c (tenant_id, group_name, fingerprint, last_stamp)
     SELECT $1, $2, $3, greatest(clock_timestamp(), max(o.last_stamp)) FROM ${identifier(schemas.registry)}.coverage AS o
     WHERE o.tenant_id = $1 AND o.group_name = $2 AND o.fingerprint IN ($3, $4)
     ON CONFLICT (tenant_id, group_name, fingerprint) DO UPDATE
       SET last_stamp = greatest(excluded.last_stamp, c.last_stamp + interval '1 microsecond')
     RETURNING last_stamp AS stamp`,
    [tenant, to.group, to.fingerprint, from.fingerprint],
  )
  await copyLatest(tx, copy, (rows[0] as { stamp: string }).stamp)
  if (copy.fed) await copyFed(tx, copy)
}

async function makePartitions(tx: Transaction, { schemas, from, to, partition, tenant }: Copy): Promise<void> {
  if (partition === 'none') return
  const { rows } = await tx.query<{ at: string }>(
    `SELECT DISTINCT date_trunc($2, event_timestamp, 'UTC') AS at FROM ${from.history} WHERE tenant_id = $1`,
    [tenant, partition],
  )
  for (const { at } of rows) {
    const [needed] = partitionsBetween(toMicroseconds(at), toMicroseconds(at), partition)
    if (needed !== undefined) await attachPartition(tx, { table: to, schemas, partition: needed })
  }
}

async function copyHistory(tx: Transaction, { from, to, shared, tenant }: Copy): Promise<void> {
  const key = ['tenant_id', ...to.keys, 'event_timestamp', 'created_at'].join(', ')
  const columns = [key, 'superseded_at', 'job_id', ...shared].join(', ')
  await tx.query(
    `INSERT INTO ${to.history} AS h (${columns}) SELECT ${columns} FROM ${from.history} WHERE tenant_id = $1
     ON CONFLICT (${key}) DO UPDATE SET superseded_at = excluded.superseded_at
     WHERE h.superseded_at IS DISTINCT FROM excluded.superseded_at`,
    [tenant],
  )
}

/** The newest current rows of the history; and of entities whose history was past its retention, what was latest. */
async function copyLatest(tx: Transaction, { from, to, shared, tenant }: Copy, stamp: string): Promise<void> {
  const keys = to.keys.join(', ')
  const values = ['event_timestamp', 'created_at', 'superseded_at', 'job_id', 'written_at', ...to.features]
  const replace = values.map((column) => `${column} = excluded.${column}`).join(', ')
  const insert = (features: readonly string[], rows: string) =>
    tx.query(
      `INSERT INTO ${to.latest} AS l
         (tenant_id, ${keys}, event_timestamp, created_at, job_id, ${features.join(', ')}, written_at)
       SELECT tenant_id, ${keys}, event_timestamp, created_at, job_id, ${features.join(', ')}, $2::timestamptz
       FROM (${rows}) AS newest
       ON CONFLICT (tenant_id, ${keys}) DO UPDATE SET ${replace}, xid = pg_current_xact_id()
       WHERE l.superseded_at IS NOT NULL OR (l.event_timestamp, l.created_at) < (excluded.event_timestamp, excluded.created_at)`,
      [tenant, stamp],
    )
  await insert(
    to.features,
    `SELECT DISTINCT ON (${keys}) * FROM ${to.history} WHERE tenant_id = $1 AND superseded_at IS NULL
     ORDER BY ${keys}, event_timestamp DESC, created_at DESC`,
  )
  await insert(shared, `SELECT * FROM ${from.latest} WHERE tenant_id = $1 AND superseded_at IS NULL`)
}

/** What reducers keep, and which events were applied: those are not to be applied again. */
async function copyFed(tx: Transaction, { schemas, from, to, shared, tenant }: Copy): Promise<void> {
  const same = ['tenant_id', ...to.keys, 'event_timestamp', 'created_at'].map((column) => `l.${column} = f.${column}`)
  await tx.query(
    `UPDATE ${to.latest} AS l SET ${stateColumn} = coalesce((SELECT jsonb_object_agg(s.key, s.value)
       FROM jsonb_each(f.${stateColumn}) AS s WHERE '"' || s.key || '"' = ANY ($2)), '{}')
     FROM ${from.latest} AS f WHERE ${same.join(' AND ')} AND l.tenant_id = $1`,
    [tenant, shared],
  )
  const events = `${identifier(schemas.registry)}.applied_events`
  await tx.query(
    `INSERT INTO ${events} (tenant_id, group_name, fingerprint, event_id, applied_at)
     SELECT tenant_id, group_name, $4, event_id, applied_at FROM ${events}
     WHERE tenant_id = $1 AND group_name = $2 AND fingerprint = $3
     ON CONFLICT DO NOTHING`,
    [tenant, to.group, from.fingerprint, to.fingerprint],
  )
}
