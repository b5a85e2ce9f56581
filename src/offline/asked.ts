/** Features that a read of history asks for by name, and what the caller hands in beside them. */
import { compareInstants, type InstantLike, instantFrom } from '../config/instant.js'
import { keyTexts } from '../config/key.js'
import type { EntitySpec, Project } from '../config/project.js'
import { type FeatureReference, resolveFeature } from '../config/reference.js'
import type { Database } from '../db/database.js'
import { FstoreError } from '../errors.js'
import { type Catalog, type CatalogEntries, featureOf, type ReadableVersion } from '../registry/catalog.js'
import type { FeatureSnapshot } from '../registry/definition.js'
import { builtFeatures, versionsOf } from '../registry/readable.js'
import type { Selection } from './selection.js'

export interface OfflineScope {
  readonly db: Database
  readonly project: Project
  readonly tenant: string
  readonly catalog: Catalog
}

/** `[start, end)` of event timestamps; open where absent. A text needs a time zone; a date alone is midnight UTC. */
export interface TimeRange {
  readonly start?: InstantLike | undefined
  readonly end?: InstantLike | undefined
}

export interface AskedFeature {
  readonly reference: FeatureReference
  readonly version: ReadableVersion
  readonly feature: FeatureSnapshot
}

/**
 * @param names all that are built of the entity when absent
 * @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS, NOT_BUILT, NOT_MIGRATED
 */
export async function askedFeatures(
  { project, catalog }: OfflineScope,
  names: readonly string[] | undefined,
  entity: EntitySpec,
): Promise<AskedFeature[]> {
  const named = names?.map((name) => resolveFeature(project, name, entity))
  const entries = await catalog.entries()
  return withVersions(entries, named ?? builtFeatures(project, entries, entity))
}

/** One feature of any entity. @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS, NOT_BUILT, NOT_MIGRATED */
export async function askedFeature({ project, catalog }: OfflineScope, name: string): Promise<AskedFeature> {
  const reference = resolveFeature(project, name)
  const [asked] = withVersions(await catalog.entries(), [reference])
  return asked as AskedFeature
}

function withVersions(catalog: CatalogEntries, references: readonly FeatureReference[]): AskedFeature[] {
  return versionsOf(catalog, references).map((version, i) => {
    const reference = references[i] as FeatureReference
    return { reference, version, feature: featureOf(version, reference.feature) }
  })
}

/**
 * @param keys of entities; all entities when absent
 * @throws FstoreError KEY_INVALID, TIMESTAMP_INVALID, RANGE_EMPTY
 */
export function selectionOf(
  entity: EntitySpec,
  { keys, start: from, end: to }: TimeRange & { readonly keys?: readonly unknown[] | undefined },
): Selection {
  const start = from === undefined ? undefined : instantFrom(from)
  const end = to === undefined ? undefined : instantFrom(to)
  if (start !== undefined && end !== undefined && compareInstants(start, end) >= 0)
    throw new FstoreError('RANGE_EMPTY', `The start ${start} is not before the end ${end}.`, {
      why: 'A range holds its start, and not its end.',
      fix: 'Swap them, or move the end later.',
    })
  return { keys: keys?.map((key) => keyTexts(entity, key)), start, end }
}
