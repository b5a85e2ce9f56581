/** What a caller asks for, resolved against the config and what is built. */
import { findService } from '../config/reference.js'
import type { Database } from '../db/database.js'
import { schemasOf } from '../offline/feature-table.js'
import type { Catalog } from '../registry/catalog.js'
import type { ExportRequest } from './export.js'
import { type FeatureRequest, type PickScope, picksOf, picksOfService } from './picks.js'
import type { SpineSource } from './spine.js'

/** The rows to join to, and the features to join. */
export interface PointInTimeOptions {
  /** The rows to join features to: their keys, `event_timestamp`, and whatever else shall come through. */
  readonly spine: SpineSource
  /** Features by name, or those of a service, in its order. */
  readonly features?: readonly FeatureRequest[]
  readonly service?: string
  /** See only what had been written by the spine's timestamp: later rows and later corrections are hidden. */
  readonly knownAt?: boolean
}

/** What is read from, and by which config. */
export interface ReadingScope extends Pick<PickScope, 'project' | 'onDemand'> {
  readonly db: Database
  readonly tenant: string
  readonly catalog: Catalog
}

/** @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS, KEY_INVALID, NOT_BUILT, NOT_MIGRATED */
export async function resolveRequest(
  scope: ReadingScope,
  { spine, features = [], service, knownAt = false }: PointInTimeOptions,
): Promise<Omit<ExportRequest, 'names' | 'format'>> {
  const { db, project, tenant, onDemand } = scope
  const declared = service === undefined ? undefined : findService(project, service)
  const own = { project, onDemand, catalog: await scope.catalog.entries() }
  const picks = await (declared === undefined ? picksOf(own, features) : picksOfService(own, declared.picks))
  return { db, schemas: schemasOf(project.schema), tenant, source: spine, picks, knownAt }
}
