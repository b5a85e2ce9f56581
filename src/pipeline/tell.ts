/** What is done about the latest rows that a write has changed: who keeps them elsewhere hears of them. */
import type { Database } from '../db/database.js'
import type { LatestRow } from '../offline/push-write.js'
import type { ReadableVersion } from '../registry/catalog.js'
import type { OnlineState } from './push-call.js'
import type { PushScope } from './push-target.js'

export interface WriteOptions extends PushScope {
  readonly db: Database
  /** Hears of the latest rows that a write has changed, once they are committed. */
  readonly afterCommit?: ((version: ReadableVersion, rows: readonly LatestRow[]) => Promise<OnlineState>) | undefined
}

export async function tell(
  afterCommit: WriteOptions['afterCommit'],
  version: ReadableVersion,
  rows: readonly LatestRow[],
): Promise<OnlineState> {
  if (rows.length === 0 || afterCommit === undefined) return 'latest'
  // It is committed, whatever becomes of this.
  return afterCommit(version, rows).catch(() => 'pending')
}
