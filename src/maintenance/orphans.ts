/** Values in Redis that no reader can come to any more: of versions that were dropped, and tenants that are gone. */
import type { Redis } from '../db/redis.js'
import {
  parseRowName,
  projectKeys,
  rowPrefix,
  servedVersion,
  syncedField,
  type VersionName,
  versionField,
} from '../online/redis-keys.js'
import { assertOrigin } from '../online/redis-origin.js'
import { readActive, withdraw } from '../online/redis-publish.js'
import { type Inventory, readInventory } from './inventory.js'
import { type CleanupRun, type Outcome, obstacle } from './removal.js'

export async function removeOrphans(run: CleanupRun): Promise<Outcome> {
  const { redis } = run.scope
  if (redis === undefined) return { removed: [], skipped: [] }
  try {
    const { db, project } = run.scope
    // To this database all values of another's would be orphans.
    await assertOrigin({ db, redis, schemas: run.inventory.schemas, project: project.name })
    const keys = await removeKeys(run, redis)
    const fields = await removeFields(run, redis)
    return { removed: keys + fields > 0 ? [{ kind: 'redis', keys, fields }] : [], skipped: [] }
  } catch (error) {
    const reason = obstacle(error)
    if (reason === undefined) throw error
    return { removed: [], skipped: [{ kind: 'redis', name: redis.place, ...reason }] }
  }
}

interface Known {
  /** By `group@fingerprint`. */
  readonly versions: ReadonlyMap<string, VersionName>
  readonly tenants: ReadonlySet<string>
}

function knownOf({ versions, tenants }: Inventory): Known {
  return { versions: new Map(versions.map((one) => [versionField(one), one])), tenants: new Set(tenants) }
}

/** What there is by now: a version, and a tenant, are registered before their first value is written. */
async function knownNow({ scope, dryRun, gone }: CleanupRun): Promise<Known> {
  const now = await readInventory(scope)
  const versions = dryRun ? now.versions.filter((version) => !gone.has(versionField(version))) : now.versions
  return knownOf({ ...now, versions })
}

async function removeKeys(run: CleanupRun, redis: Redis): Promise<number> {
  const { name: project } = run.scope.project
  const counted = new Set<string>()
  let removed = 0
  let known = knownOf(run.inventory)
  for await (const names of redis.scan(rowPrefix(project))) {
    const orphans = () => names.filter((name) => isOrphan(name, project, known))
    if (orphans().length === 0) continue
    known = await knownNow(run)
    if (run.dryRun) for (const name of orphans()) counted.add(name)
    else removed += await redis.unlink(orphans())
  }
  return counted.size + removed
}

/** A name that is not a row's is somebody else's. */
function isOrphan(name: string, project: string, known: Known): boolean {
  const row = parseRowName(name)
  if (row === undefined || row.project !== project) return false
  return !known.tenants.has(row.tenant) || !known.versions.has(versionField(row))
}

async function removeFields(run: CleanupRun, redis: Redis): Promise<number> {
  const { name: project } = run.scope.project
  const keys = projectKeys(project)
  const active = await readActive(redis, project)
  const hashes = [keys.versions, keys.synced]
  const [versions = [], synced = []] = (await redis.send(hashes.map((hash) => ['hkeys', hash]))) as string[][]
  const known = await knownNow(run)
  const places = new Set(
    [...known.tenants].flatMap((tenant) => [...known.versions.values()].map((version) => syncedField(tenant, version))),
  )
  const groups = [...active].filter(([group, text]) => !known.versions.has(versionField(servedVersion(group, text))))
  const orphans: [hash: string, fields: string[]][] = [
    [keys.versions, versions.filter((field) => !known.versions.has(field))],
    [keys.synced, synced.filter((field) => !places.has(field))],
  ]
  if (!run.dryRun) {
    const names = groups.map(([group]) => group)
    await withdraw(redis, project, names)
    for (const [hash, fields] of orphans) if (fields.length > 0) await redis.command('hdel', hash, ...fields)
  }
  return orphans.reduce((sum, [, fields]) => sum + fields.length, groups.length)
}
