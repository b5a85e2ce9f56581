/** From the features that are asked for to the versions that have them. */
import type { EntitySpec, Project } from '../config/project.js'
import type { FeatureReference } from '../config/reference.js'
import { FstoreError } from '../errors.js'
import type { CatalogEntries, ReadableVersion } from './catalog.js'

/** The version that is live, or the pinned one, where it has the feature. */
export function findVersion(catalog: CatalogEntries, reference: FeatureReference): ReadableVersion | undefined {
  const { group, feature, version } = reference
  const entry = catalog.get(group.name)
  const found = version === undefined ? entry?.active : entry?.versions.find((one) => one.version === version)
  return found?.positions.has(feature) === true ? found : undefined
}

/** The version of each. @throws FstoreError NOT_BUILT naming all that are missing */
export function versionsOf(catalog: CatalogEntries, references: readonly FeatureReference[]): ReadableVersion[] {
  const found = references.map((reference) => findVersion(catalog, reference))
  const missing = references.filter((_, i) => found[i] === undefined)
  if (missing.length > 0) throw cleanedUp(catalog, missing) ?? notBuilt(missing)
  return found as ReadableVersion[]
}

/** Every feature of an entity that is live. @throws FstoreError NOT_BUILT where none is */
export function builtFeatures(project: Project, catalog: CatalogEntries, entity: EntitySpec): FeatureReference[] {
  const groups = project.groups.filter((group) => group.entity.name === entity.name)
  const all = groups.flatMap((group) =>
    group.features.map(({ name }) => ({ group, feature: name, name: `${group.name}.${name}` })),
  )
  const built = all.filter((reference) => findVersion(catalog, reference) !== undefined)
  if (built.length === 0) throw notBuilt(all)
  return built
}

/** A pin of a version that was there once. */
function cleanedUp(catalog: CatalogEntries, missing: readonly FeatureReference[]): FstoreError | undefined {
  const gone = missing.find(
    ({ group, version }) => version !== undefined && catalog.get(group.name)?.cleanedUp?.includes(version) === true,
  )
  if (gone === undefined) return undefined
  const message = `Version ${gone.version} of ${gone.group.name} was cleaned up, and ${gone.name} with it.`
  return new FstoreError('NOT_BUILT', message, {
    why: 'It was retired, and `fstore cleanup` has dropped its tables.',
    fix: 'Leave the @version out, or declare that version again and run `fstore build`.',
  })
}

export function notBuilt(missing: readonly FeatureReference[]): FstoreError {
  const names = [...new Set(missing.map(({ name }) => name))]
  const shown = names.slice(0, 5).join(', ')
  const message = `Not built yet: ${shown}${names.length > 5 ? ', …' : ''}.`
  // Building makes no version of a number that is asked for.
  if (missing.every(({ version }) => version !== undefined))
    return new FstoreError('NOT_BUILT', message, {
      why: 'No version of that number has the feature.',
      fix: 'Leave the @version out to read the one that is live.',
    })
  return new FstoreError('NOT_BUILT', message, {
    why: 'The config declares it, and no version with it has been built and promoted.',
    fix: `Run \`fstore build --select ${[...new Set(missing.map(({ group }) => group.name))].join(',')}\`.`,
  })
}
