/** A tenant: all that any table has of it, found by the column that says whose a row is. */
import type { Redis } from '../db/redis.js'
import { identifier } from '../db/sql.js'
import { projectKeys, rowPrefix, syncedField } from '../online/redis-keys.js'
import { assertOrigin } from '../online/redis-origin.js'
import { announce } from '../online/redis-write.js'
import { spines } from './entity-erasure.js'
import type { ErasedFrom } from './erased.js'
import { type Inventory, type MaintenanceScope, readInventory } from './inventory.js'

export async function eraseTenant(scope: MaintenanceScope, tenant: string, dryRun: boolean) {
  const inventory = await readInventory(scope)
  const { redis, project } = scope
  if (redis !== undefined)
    await assertOrigin({ db: scope.db, redis, schemas: inventory.schemas, project: project.name })
  const tables = await tenantTables(scope, inventory)
  const erased = dryRun ? await countAll(scope, tenant, tables) : await eraseAll(scope, inventory, tenant, tables)
  const left = dryRun ? erased : await countAll(scope, tenant, tables)
  const places: ErasedFrom[] = tables.map(({ place, name }) => ({
    place,
    name,
    rows: erased.get(name) ?? 0,
    left: left.get(name) ?? 0,
  }))
  places.push(...(await eraseEntry(scope, tenant, dryRun)), await spines(scope, inventory, dryRun))
  if (redis !== undefined) places.push(await eraseRedis(scope, redis, inventory, tenant, dryRun))
  return { entity: null, keys: null, places, unproven: [] }
}

interface TenantTable {
  readonly place: ErasedFrom['place']
  /** Quoted. */
  readonly name: string
  readonly table: string
}

/** Feature tables first, coverage last: what is covered must be there. */
async function tenantTables({ db }: MaintenanceScope, { schemas }: Inventory): Promise<TenantTable[]> {
  const { rows } = await db.query<{ schema: string; table: string }>(
    { role: 'owner', readOnly: true },
    `SELECT n.nspname AS schema, c.relname AS table FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
       JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE a.attname = 'tenant_id' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = ANY ($1)
       AND (n.nspname, c.relname) <> ($2, 'tenants')
     ORDER BY n.nspname = $2, c.relname = 'coverage', 2, 1`,
    [[schemas.registry, schemas.offline, schemas.online], schemas.registry],
  )
  const places = { [schemas.offline]: 'history', [schemas.online]: 'latest' } as const
  return rows.map(({ schema, table }) => ({
    place: places[schema] ?? (table === 'rejected_rows' ? 'rejected' : 'registry'),
    name: identifier(schema, table),
    table,
  }))
}

async function countAll({ db }: MaintenanceScope, tenant: string, tables: readonly TenantTable[]) {
  const counts = new Map<string, number>()
  for (const { name } of tables) {
    const { rows } = await db.query<{ n: number }>(
      { role: 'app', tenant, readOnly: true },
      `SELECT count(*) AS n FROM ${name} WHERE tenant_id = $1`,
      [tenant],
    )
    counts.set(name, rows[0]?.n ?? 0)
  }
  return counts
}

/** Table by table; those of one version together with its coverage, under the lock that their writers take. */
async function eraseAll(
  { db }: MaintenanceScope,
  inventory: Inventory,
  tenant: string,
  tables: readonly TenantTable[],
) {
  const counts = new Map<string, number>()
  const coverage = identifier(inventory.schemas.registry, 'coverage')
  for (const table of new Set(tables.map((one) => one.table))) {
    const own = tables.filter((one) => one.table === table)
    const version = own[0]?.place === 'registry' ? null : /^(.+)__([\da-f]{12})$/.exec(table)
    await db.transaction({ role: 'app', tenant }, async (tx) => {
      const erase = async (name: string, where = '', values: readonly unknown[] = []) => {
        const { count } = await tx.query(`DELETE FROM ${name} WHERE tenant_id = $1 ${where}`, [tenant, ...values])
        counts.set(name, (counts.get(name) ?? 0) + count)
      }
      if (version !== null) await erase(coverage, 'AND group_name = $2 AND fingerprint = $3', version.slice(1, 3))
      for (const { name } of own) await erase(name)
    })
  }
  return counts
}

/** Its entry among the tenants; the default tenant's stays. */
async function eraseEntry({ db, project }: MaintenanceScope, tenant: string, dryRun: boolean): Promise<ErasedFrom[]> {
  if (tenant === 'default') return []
  const name = identifier(project.schema, 'tenants')
  const count = async () => {
    const counted = await db.query<{ n: number }>(
      { role: 'owner', readOnly: true },
      `SELECT count(*) AS n FROM ${name} WHERE tenant_id = $1`,
      [tenant],
    )
    return counted.rows[0]?.n ?? 0
  }
  if (dryRun) {
    const rows = await count()
    return [{ place: 'registry', name, rows, left: rows }]
  }
  const { count: rows } = await db.query({ role: 'owner' }, `DELETE FROM ${name} WHERE tenant_id = $1`, [tenant])
  return [{ place: 'registry', name, rows, left: await count() }]
}

async function eraseRedis(
  { project }: MaintenanceScope,
  redis: Redis,
  inventory: Inventory,
  tenant: string,
  dryRun: boolean,
): Promise<ErasedFrom> {
  const prefix = rowPrefix(project.name, tenant)
  const count = async () => {
    const names = new Set<string>()
    for await (const found of redis.scan(prefix)) for (const name of found) names.add(name)
    return names.size
  }
  if (dryRun) {
    const rows = await count()
    return { place: 'redis', name: prefix, rows, left: rows }
  }
  let rows = 0
  for await (const names of redis.scan(prefix)) rows += await redis.unlink(names)
  const fields = [...inventory.versions, ...inventory.dropped].map((version) => syncedField(tenant, version))
  if (fields.length > 0) await redis.command('hdel', projectKeys(project.name).synced, ...fields)
  await announce(redis, project.name, '*')
  return { place: 'redis', name: prefix, rows, left: await count() }
}
