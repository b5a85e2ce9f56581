/** One entity of one tenant: its rows in every version of every group, those of archived groups too. */
import { type KeyTexts, keyTexts } from '../config/key.js'
import type { EntitySpec } from '../config/project.js'
import { entitiesOf, findEntity } from '../config/reference.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import { tableKey } from '../offline/table-lock.js'
import { rowName } from '../online/redis-keys.js'
import { assertOrigin } from '../online/redis-origin.js'
import type { ErasedFrom } from './erased.js'
import { type Inventory, type MaintenanceScope, readInventory, type StoredVersion } from './inventory.js'
import { buryRows, countRows } from './redis-rows.js'
import { removeStaging } from './staging.js'

export interface EntityRequest {
  readonly tenant: string
  readonly entity: string
  readonly key: unknown
  readonly dryRun: boolean
}

/** One entity in the terms of one version. */
interface Keyed {
  readonly version: StoredVersion
  readonly keys: KeyTexts
}

export async function eraseEntity(scope: MaintenanceScope, request: EntityRequest) {
  const { tenant, key, dryRun } = request
  const inventory = await readInventory(scope)
  const entity = entityOf(scope, inventory, request.entity)
  const keys = Object.fromEntries(keyTexts(entity, key).map((text, i) => [entity.keys[i]?.name as string, text]))
  const { keyed, unproven } = inTermsOf(inventory.versions, entity, keys)
  const gone = inTermsOf(inventory.dropped, entity, keys).keyed
  const { redis, project } = scope
  if (redis !== undefined)
    await assertOrigin({ db: scope.db, redis, schemas: inventory.schemas, project: project.name })
  const rows = async (erasing: boolean) => {
    const places: Omit<ErasedFrom, 'left'>[] = []
    for (const one of keyed) places.push(...(await rowsOf(scope, inventory, tenant, one, erasing)))
    return places
  }
  const erased = await rows(!dryRun)
  const left = dryRun ? erased : await rows(false)
  const places: ErasedFrom[] = erased.map((place, i) => ({ ...place, left: left[i]?.rows ?? 0 }))
  places.push(await spines(scope, inventory, dryRun))
  if (redis !== undefined) {
    const names = [...keyed, ...gone].map(({ version: { group, fingerprint }, keys: key }) =>
      rowName({ project: project.name, tenant, entity: entity.name, key, group, fingerprint }),
    )
    const found = await countRows(redis, names)
    if (!dryRun) await buryRows(scope, redis, tenant, names)
    const still = dryRun ? found : await countRows(redis, names)
    const name = (names[0] ?? '').replace(/:[^:]*$/, ':')
    places.push({ place: 'redis', name, rows: found, left: still })
  }
  return { entity: entity.name, keys, places, unproven }
}

/** Of the config, else as a version that is still stored has it. @throws FstoreError NAME_UNKNOWN */
function entityOf({ project }: MaintenanceScope, { versions }: Inventory, name: string): EntitySpec {
  if (entitiesOf(project).some((entity) => entity.name === name)) return findEntity(project, name)
  return versions.findLast(({ entity }) => entity.name === name)?.entity ?? findEntity(project, name)
}

/** A version from before the entity had these keys holds nobody that they name, unless it calls them otherwise. */
function inTermsOf(versions: readonly StoredVersion[], entity: EntitySpec, keys: Readonly<Record<string, string>>) {
  const keyed: Keyed[] = []
  const unproven: string[] = []
  for (const version of versions) {
    if (version.entity.name !== entity.name) continue
    const names = version.entity.keys.map(({ name }) => name)
    if (names.length !== entity.keys.length || names.some((name) => !(name in keys))) {
      unproven.push(`${version.group} v${version.version} has other keys: ${names.join(', ')}`)
      continue
    }
    const texts = textsIn(version, keys)
    if (texts !== undefined) keyed.push({ version, keys: texts })
  }
  return { keyed, unproven }
}

/** Undefined where its keys are of a type that has no such value. */
function textsIn({ entity }: StoredVersion, keys: Readonly<Record<string, string>>): KeyTexts | undefined {
  try {
    return keyTexts(entity, keys)
  } catch (error) {
    if (error instanceof FstoreError && error.code === 'KEY_INVALID') return undefined
    throw error
  }
}

const types = { string: 'text', int64: 'bigint', uuid: 'uuid' } as const

/** Counts, or erases in one transaction, under the lock that writers of the tables take. */
async function rowsOf(
  { db }: MaintenanceScope,
  { schemas }: Inventory,
  tenant: string,
  { version, keys }: Keyed,
  erasing: boolean,
): Promise<Omit<ErasedFrom, 'left'>[]> {
  const s = identifier(schemas.registry)
  const { group, fingerprint, entity } = version
  const isOne = entity.keys.map(({ name, type }, k) => `${identifier(name)} = $${k + 2}::${types[type]}`)
  const isIn = entity.keys.map((_, k) => `content ->> $${k + 4 + keys.length} = $${k + 4}`)
  const own = [tenant, ...keys]
  const rejected = [tenant, group, fingerprint, ...keys, ...entity.keys.map(({ name }) => name)]
  const tables = [
    { place: 'history', name: version.history, where: isOne, values: own },
    { place: 'latest', name: version.latest, where: isOne, values: own },
    {
      place: 'rejected',
      name: `${s}.rejected_rows`,
      where: ['group_name = $2', 'fingerprint = $3', ...isIn],
      values: rejected,
    },
  ] as const
  return db.transaction({ role: 'app', tenant, readOnly: !erasing }, async (tx) => {
    const lock = `SELECT FROM ${s}.coverage WHERE tenant_id = $1 AND group_name = $2 AND fingerprint = $3 FOR UPDATE`
    if (erasing) {
      // No rows are under way that were computed before the erasure.
      await tx.query(`SELECT pg_advisory_xact_lock(${tableKey('$1', '$2')})`, [version.history, tenant])
      await tx.query(lock, [tenant, group, fingerprint])
    }
    const places: Omit<ErasedFrom, 'left'>[] = []
    for (const { place, name, where, values } of tables) {
      const from = `FROM ${name} WHERE tenant_id = $1 AND ${where.join(' AND ')}`
      const { rows, count } = erasing
        ? await tx.query(`DELETE ${from}`, values)
        : await tx.query<{ n: number }>(`SELECT count(*) AS n ${from}`, values)
      const what = place === 'rejected' ? `${name} (${group} v${version.version})` : name
      places.push({ place, name: what, rows: erasing ? count : (rows[0]?.n ?? 0) })
    }
    return places
  })
}

/** Spines that crashed exports left behind may hold anybody. */
export async function spines(scope: MaintenanceScope, inventory: Inventory, dryRun: boolean): Promise<ErasedFrom> {
  const name = `${inventory.schemas.offline}.fstore_spine_*`
  const count = async (dry: boolean) => (await removeStaging({ scope, inventory, dryRun: dry })).removed.length
  const rows = await count(dryRun)
  return { place: 'staging', name, rows, left: dryRun ? rows : await count(true) }
}
