/** Which database a project has: the server its URL names, or the one embedded in its folder. */

import type { Pool } from 'pg'
import type { Database } from './database.js'
import { openPGlite } from './pglite.js'
import { openPostgres } from './postgres.js'

/**
 * Opens the database of a project; nothing is loaded or connected before the first use.
 *
 * @param options.url a server; the embedded database where it is absent or empty
 * @param options.directory the data directory of the embedded database
 * @param options.pool the caller's own pool, which goes before the URL
 * @throws FstoreError CONFIG_INVALID where the URL is not one.
 */
export function openDatabase(options: {
  url?: string | undefined
  directory: string
  pool?: Pool | undefined
}): Database {
  const { url, directory, pool } = options
  return url || pool ? openPostgres({ url, pool }) : openPGlite({ directory })
}
