/** Runs a fixture as a build would: in a database of its own, with everything that a build checks. */
import { fromMicroseconds, parseInstant, toMicroseconds } from '../config/instant.js'
import type { GroupSpec, Project } from '../config/project.js'
import { openPGlite } from '../db/pglite.js'
import { FstoreError } from '../errors.js'
import { floorTo } from '../pipeline/window.js'
import { Catalog } from '../registry/catalog.js'
import { AnyStore } from '../store.js'
import { differs, plain } from './compare.js'
import type { Fixture } from './fixture.js'
import { makeTables } from './tables.js'

export interface FixtureScope {
  readonly project: Project
  /** The folder that `sqlFile()` paths start from. */
  readonly root: string
  readonly files: readonly string[]
}

export interface Difference {
  /** `user_id=u1`. */
  readonly key: string
  readonly feature: string
  readonly expected: unknown
  readonly found: unknown
}

export interface FixtureResult {
  readonly file: string
  readonly group: string
  /** Values that were compared. */
  readonly compared: number
  readonly differences: readonly Difference[]
  /** Rows that broke rules, which may be why a value is missing. */
  readonly rejected: readonly string[]
}

/** @throws FstoreError what a build throws, FIXTURE_INVALID */
export async function runFixture(scope: FixtureScope, fixture: Fixture, file: string): Promise<FixtureResult> {
  const { group: name, at } = fixture
  const group = scope.project.groups.find((one) => one.name === name) as GroupSpec
  const project = windowsOf(scope.project, fixture, group)
  const db = openPGlite()
  const profile = { name: 'test', tenant: fixture.tenant ?? 'default' }
  const shared = { db, catalog: new Catalog(db, project.schema), builder: () => db }
  const store = new AnyStore({ ...scope, project, profile, cache: { max: 0 } }, shared)
  try {
    await makeTables(db, fixture, file)
    if (fixture.tenant !== undefined) {
      await store.migrate()
      await store.addTenant({ tenant: fixture.tenant })
    }
    const { status, groups } = await store.build({ select: [`+${name}`] })
    const failed = groups.find(({ error }) => error !== undefined)?.error
    if (failed !== undefined) throw failed
    if (status !== 'done') throw new FstoreError('INTERNAL', `The build of the fixture ended as ${status}.`)
    const differences: Difference[] = []
    let compared = 0
    for (const row of fixture.expect) {
      const keys = group.entity.keys.map(({ name: key }) => [key, row[key]] as const)
      const features = group.features.filter((feature) => row[feature.name] !== undefined)
      const names = features.map((feature) => `${name}.${feature.name}`)
      const { values } = await store.featuresAt({
        entity: group.entity.name,
        key: Object.fromEntries(keys),
        features: names,
        at,
      })
      compared += features.length
      for (const feature of features) {
        const [expected, found] = [row[feature.name], values[`${name}.${feature.name}`]]
        const key = keys.map(([column, value]) => `${column}=${value}`).join(' ')
        if (differs(feature, expected, found))
          differences.push({ key, feature: feature.name, expected, found: plain(found) })
      }
    }
    const { reasons } = await store.rejected({ group: name, limit: 1 })
    return { file, group: name, compared, differences, rejected: reasons.map(({ reason }) => reason) }
  } finally {
    await store.close()
    await db.close()
  }
}

/** The project with the windows that the fixture asks for: the history of the groups it reads begins where it does. */
function windowsOf(project: Project, { start, at }: Fixture, group: GroupSpec): Project {
  const end = floorTo(toMicroseconds(parseInstant(at)), group.every)
  const first = start === undefined ? end - BigInt(group.every) * 1_000_000n : toMicroseconds(parseInstant(start))
  const span = { start: fromMicroseconds(first), end: fromMicroseconds(end) }
  const groups = project.groups.map((one) => (one.sourceType === 'batch' ? { ...one, ...span } : one))
  return { ...project, groups }
}
