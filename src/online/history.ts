/** The history tables as a tier: of each entity the newest row at or before an instant, as the table stands now. */
import { type InstantLike, instantFrom, toMicroseconds } from '../config/instant.js'
import type { Database } from '../db/database.js'
import { identifier, literal } from '../db/sql.js'
import type { OfflineScope } from '../offline/asked.js'
import { schemasOf, tableName } from '../offline/feature-table.js'
import { seenAt } from '../offline/selection.js'
import { readTables } from './latest.js'
import type { OnDemandSources } from './on-demand.js'
import { openReader, type Reader } from './reader.js'
import type { Tier } from './tier.js'
import { Tiers } from './tiered.js'
import { Versions } from './versions.js'

/**
 * Reads as of an instant, from which a ttl reaches back.
 *
 * @param known the instant at which the table stood as it is looked at; absent: as it stands now
 * @throws FstoreError TIMESTAMP_INVALID
 */
export function readerAt(
  scope: OfflineScope & { readonly onDemand?: Omit<OnDemandSources, 'db'> | undefined },
  instant: InstantLike,
  known?: InstantLike | undefined,
): Reader {
  const { db, project, tenant, catalog, onDemand } = scope
  const at = instantFrom(instant)
  const tiers = new Tiers(undefined, [
    historyTier(db, schemasOf(project.schema).offline, { at, seen: seenAt('t', known) }),
  ])
  return openReader({
    project,
    tenant,
    versions: new Versions(catalog),
    tiers,
    at: toMicroseconds(at),
    onDemand: { ...onDemand, db },
  })
}

/**
 * @param schema of the history tables, such as `fstore_offline`
 * @param sees `at`: the newest event timestamp that is seen; `seen`: the condition of a row that counts
 */
function historyTier(db: Database, schema: string, { at, seen }: { at: string; seen: string }): Tier {
  return {
    name: 'history',
    async read(tenant, lookups) {
      const found = await readTables({ db, tenant, lookups }, (version, isAsked) => {
        const table = identifier(schema, tableName(version.group, version.fingerprint))
        return `JOIN LATERAL (SELECT t.*, t.created_at AS written_at FROM ${table} AS t
          WHERE t.tenant_id = $1 AND ${isAsked} AND ${seen}
            AND t.event_timestamp <= ${literal(at)}::timestamptz
          ORDER BY t.event_timestamp DESC, t.created_at DESC LIMIT 1) AS t ON true`
      })
      return { found, asOf: Date.now() }
    },
  }
}
