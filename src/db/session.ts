/** What a transaction sets for itself before any statement runs: settings decide values, so none is left to chance. */

import type { Session } from './database.js'
import { literal } from './sql.js'

/** The role that data is read and written as. Made by migrations, owner of nothing. */
export const appRole = 'fstore_app'

/**
 * Settings that change what a statement yields or how it is printed. `pg_temp` comes last and `pg_catalog` stays
 * implicitly first, so that neither a temporary table nor one of the user's functions can stand in for another. Hosts
 * keep extensions, such as the type of embeddings, in a schema of that name; where there is none it says nothing.
 */
const settings = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  search_path: 'public, extensions, pg_temp',
  client_encoding: 'UTF8',
  extra_float_digits: '1',
  bytea_output: 'hex',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  row_security: 'on',
}

interface Texts {
  readonly owner: string
  readonly app: string
}

const byPath = new Map<string, Texts>()

function textsOf(path: string): Texts {
  const known = byPath.get(path)
  if (known !== undefined) return known
  const always = [
    ...Object.entries({ ...settings, search_path: path }).map(
      ([name, value]) => `set_config('${name}', ${literal(value)}, true)`,
    ),
    `set_config('fstore.tenant_id', $1, true)`,
    `set_config('lock_timeout', $2, true)`,
    `set_config('statement_timeout', $3, true)`,
  ]
  const texts = {
    owner: `SELECT ${always.join(', ')}`,
    app: `SELECT ${[...always, `set_config('role', '${appRole}', true)`].join(', ')}`,
  }
  byPath.set(path, texts)
  return texts
}

/**
 * The one statement that sets everything, locally to the transaction. The tenant is bound, never spliced.
 *
 * @param extension the schema of pgvector, quoted, where it is another than those that are looked into anyway
 */
export function sessionSettings(session: Session, extension?: string): { text: string; values: string[] } {
  const texts = textsOf(searchPath(extension))
  return {
    text: session.role === 'app' ? texts.app : texts.owner,
    values: [session.tenant ?? '', String(session.lockTimeout ?? 0), String(session.statementTimeout ?? 0)],
  }
}

function searchPath(extension: string | undefined): string {
  const usual = settings.search_path
  if (extension === undefined || usual.split(', ').includes(extension)) return usual
  return usual.replace('pg_temp', `${extension}, pg_temp`)
}

/** `ISOLATION LEVEL REPEATABLE READ, READ ONLY`, or nothing: what follows BEGIN or SET TRANSACTION. */
export function transactionModes(session: Session): string {
  const modes = []
  if (session.isolation === 'repeatable read') modes.push('ISOLATION LEVEL REPEATABLE READ')
  if (session.readOnly) modes.push('READ ONLY')
  return modes.join(', ')
}
