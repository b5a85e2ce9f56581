/** What Redis has and Postgres does not know of: found by looking at all of Redis. */
import { parseRow } from './packed.js'
import type { ProjectedVersion } from './projected.js'
import type { ProjectionScope } from './projection.js'
import { parseRowName, rowNaming, rowPrefix, versionField } from './redis-keys.js'
import { readTexts } from './redis-read.js'
import { isPast, type RedisCheck, type RedisFindings, readByKey } from './verify-redis.js'

interface Place {
  readonly version: ProjectedVersion
  readonly findings: RedisFindings
}

interface Named {
  readonly name: string
  readonly key: readonly string[]
}

/** Rows in Redis that have no latest row at all. */
export async function findExtra(scope: ProjectionScope & { readonly tenant: string }, places: readonly Place[]) {
  const { redis, project, tenant } = scope
  const byVersion = new Map(places.map((place) => [versionField(place.version), place]))
  const seen = new Set<string>()
  for await (const names of redis.scan(rowPrefix(project, tenant))) {
    const rows = new Map<Place, Named[]>()
    for (const name of names) {
      const row = parseRowName(name)
      const place = row === undefined ? undefined : byVersion.get(versionField(row))
      if (row === undefined || place === undefined || row.entity !== place.version.entity) continue
      const own = rows.get(place)
      if (own === undefined) rows.set(place, [{ name, key: row.key }])
      else own.push({ name, key: row.key })
    }
    for (const [place, own] of rows)
      for (const { name, key } of await withoutLatest({ ...scope, ...place }, own))
        if (!seen.has(name)) {
          // A scan may yield a name twice.
          seen.add(name)
          place.findings.add('extra', [key])
        }
  }
}

async function withoutLatest(check: Omit<RedisCheck, 'sample'>, rows: readonly Named[]): Promise<Named[]> {
  const { redis, project, tenant, version } = check
  const nameOf = rowNaming({ project, tenant, ...version })
  const possible = rows.filter(({ key }) => isPossible(version, key))
  const known = new Set((await readByKey(check, possible)).map(({ key }) => nameOf(key)))
  const extra = rows.filter(({ name }) => !known.has(name))
  const texts = await readTexts(
    redis,
    extra.map(({ name }) => name),
  )
  return extra.filter((_, i) => {
    const text = texts[i] ?? null
    const packed = text === null ? undefined : parseRow(text)
    const isGone = text === null || packed?.length === 1
    return !isGone && !(typeof packed?.[1] === 'string' && isPast(version, packed[1]))
  })
}

/** What is none of the type's values would fail the statement. */
function isPossible({ keys }: ProjectedVersion, key: readonly string[]): boolean {
  return key.length === keys.length && keys.every(({ type }, i) => isOfType(type, key[i] as string))
}

function isOfType(type: ProjectedVersion['keys'][number]['type'], text: string): boolean {
  if (type === 'string') return !text.includes('\0')
  if (type === 'uuid') return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(text)
  return /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)
}
