/** Which versions there are and which of them readers see, as the registry says; never what local SQL would make. */
import type { EntityKey } from '../config/project.js'
import type { Database } from '../db/database.js'
import { identifier } from '../db/sql.js'
import type { FeatureSnapshot, Snapshot } from './definition.js'
import { whereMigrated } from './migrated.js'

export interface ReadableVersion {
  readonly group: string
  readonly entity: string
  readonly version: number
  readonly fingerprint: string
  readonly keys: readonly EntityKey[]
  readonly features: readonly FeatureSnapshot[]
  /** By name, the place of a feature among the values of a packed row. */
  readonly positions: ReadonlyMap<string, number>
}

export function featureOf(version: ReadableVersion, name: string): FeatureSnapshot {
  return version.features[version.positions.get(name) as number] as FeatureSnapshot
}

export interface CatalogEntry {
  readonly active: ReadableVersion | undefined
  /** What the active version means. */
  readonly snapshot?: Snapshot
  readonly versions: readonly ReadableVersion[]
  /** Numbers of versions whose tables are gone. */
  readonly cleanedUp?: readonly number[]
}

/** By group. */
export type CatalogEntries = ReadonlyMap<string, CatalogEntry>

/** For how long what was read counts as current, and for how long it may be used while it is read again. */
const freshMs = 1_000
const usableMs = 10_000

export class Catalog {
  readonly #db: Database
  readonly #schema: string
  #entries: CatalogEntries | undefined
  #readAt = 0
  #reading: Promise<CatalogEntries> | undefined

  constructor(db: Database, schema: string) {
    this.#db = db
    this.#schema = schema
  }

  /** A promotion elsewhere is seen after about a second. @throws FstoreError NOT_MIGRATED, DATABASE_UNREACHABLE */
  async entries(): Promise<CatalogEntries> {
    const age = Date.now() - this.#readAt
    if (this.#entries !== undefined && age < freshMs) return this.#entries
    const reading = this.#read()
    if (this.#entries === undefined || age >= usableMs) return reading
    reading.catch(() => {})
    return this.#entries
  }

  /** After a promotion in this process. */
  forget(): void {
    this.#readAt = 0
    this.#entries = undefined
  }

  #read(): Promise<CatalogEntries> {
    this.#reading ??= readEntries(this.#db, this.#schema)
      .then((entries) => {
        this.#entries = entries
        this.#readAt = Date.now()
        return entries
      })
      .finally(() => {
        this.#reading = undefined
      })
    return this.#reading
  }
}

interface CatalogRow {
  name: string
  active_fingerprint: string | null
  version: number
  fingerprint: string
  snapshot: Snapshot
  dropped: boolean
}

async function readEntries(db: Database, schema: string): Promise<CatalogEntries> {
  const s = identifier(schema)
  const read = db.query<CatalogRow>(
    { role: 'app', readOnly: true },
    // By way of JSON: readers are deployed before the migration that adds the column has run, too.
    `SELECT g.name, g.active_fingerprint, v.version, v.fingerprint, v.snapshot,
       (to_jsonb(v) ->> 'dropped_at') IS NOT NULL AS dropped
     FROM ${s}.groups AS g JOIN ${s}.versions AS v ON v.group_name = g.name ORDER BY g.name, v.version`,
  )
  return entriesOf((await whereMigrated(schema, read)).rows)
}

function entriesOf(rows: readonly CatalogRow[]): CatalogEntries {
  const names = [...new Set(rows.map(({ name }) => name))]
  return new Map(
    names.map((name) => {
      const own = rows.filter((row) => row.name === name)
      const versions = own.filter(({ dropped }) => !dropped).map(versionOf)
      const active = versions.find(({ fingerprint }) => fingerprint === own[0]?.active_fingerprint)
      const cleanedUp = own.filter(({ dropped }) => dropped).map(({ version }) => version)
      const snapshot = own.find(({ fingerprint }) => fingerprint === active?.fingerprint)?.snapshot
      return [
        name,
        {
          active,
          versions,
          ...(snapshot !== undefined && { snapshot }),
          ...(cleanedUp.length > 0 && { cleanedUp }),
        },
      ]
    }),
  )
}

function versionOf({ name, version, fingerprint, snapshot }: CatalogRow): ReadableVersion {
  const { entity, features } = snapshot
  return {
    group: name,
    entity: entity.name,
    version,
    fingerprint,
    keys: entity.keys,
    features,
    positions: new Map(features.map((feature, i) => [feature.name, i])),
  }
}
