/** The versions whose values belong into Redis: those that readers see, as the registry says. Runs as the owner. */
import type { EntityKey } from '../config/project.js'
import type { Transaction } from '../db/database.js'
import { identifier } from '../db/sql.js'
import type { Definition, FeatureSnapshot, Snapshot } from '../registry/definition.js'

export interface ProjectedVersion {
  readonly group: string
  readonly entity: string
  readonly version: number
  readonly fingerprint: string
  readonly keys: readonly EntityKey[]
  readonly features: readonly FeatureSnapshot[]
  /** Seconds; null: values never expire. */
  readonly ttl: number | null
}

export interface PublishedVersion extends ProjectedVersion {
  /** Rises with every move of the pointer. */
  readonly epoch: number
}

/** Without groups that are archived, or that have no version that is live. */
export async function readPublished(tx: Transaction, schema: string): Promise<PublishedVersion[]> {
  const s = identifier(schema)
  const { rows } = await tx.query<PublishedRow>(
    `SELECT g.name AS group, g.epoch::text AS epoch, g.ttl_seconds::text AS ttl, v.version, v.fingerprint, v.snapshot
     FROM ${s}.groups AS g JOIN ${s}.versions AS v ON v.group_name = g.name AND v.fingerprint = g.active_fingerprint
     WHERE g.status <> 'archived' ORDER BY g.name`,
  )
  return rows.map(({ group, epoch, ttl, version, fingerprint, snapshot }) => ({
    ...described({ group, version, fingerprint, snapshot, ttl: ttl === null ? null : Number(ttl) }),
    epoch: Number(epoch),
  }))
}

interface PublishedRow {
  group: string
  epoch: string
  ttl: string | null
  version: number
  fingerprint: string
  snapshot: Snapshot
}

/** A version that may not be live yet. */
export function projectedVersion({ group, snapshot, fingerprint }: Definition, version: number): ProjectedVersion {
  return described({ group: group.name, version, fingerprint, snapshot, ttl: group.ttl ?? null })
}

function described(from: {
  group: string
  version: number
  fingerprint: string
  snapshot: Snapshot
  ttl: number | null
}): ProjectedVersion {
  const { snapshot, ...rest } = from
  return { ...rest, entity: snapshot.entity.name, keys: snapshot.entity.keys, features: snapshot.features }
}
