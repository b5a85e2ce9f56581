/** What a transaction sets for itself before any statement runs: settings decide values, so none is left to chance. */

import type { Session } from './database.js'

/** The role that data is read and written as. Made by migrations, owner of nothing. */
export const appRole = 'fstore_app'

/**
 * Settings that change what a statement yields or how it is printed. `pg_temp` comes last and `pg_catalog` stays
 * implicitly first, so that neither a temporary table nor one of the user's functions can stand in for another.
 */
const settings = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  search_path: 'public, pg_temp',
  client_encoding: 'UTF8',
  extra_float_digits: '1',
  bytea_output: 'hex',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  row_security: 'on',
}

const always = [
  ...Object.entries(settings).map(([name, value]) => `set_config('${name}', '${value}', true)`),
  `set_config('fstore.tenant_id', $1, true)`,
  `set_config('lock_timeout', $2, true)`,
  `set_config('statement_timeout', $3, true)`,
]
const asOwner = `SELECT ${always.join(', ')}`
const asApp = `SELECT ${[...always, `set_config('role', '${appRole}', true)`].join(', ')}`

/** The one statement that sets everything, locally to the transaction. The tenant is bound, never spliced. */
export function sessionSettings(session: Session): { text: string; values: string[] } {
  return {
    text: session.role === 'app' ? asApp : asOwner,
    values: [session.tenant ?? '', String(session.lockTimeout ?? 0), String(session.statementTimeout ?? 0)],
  }
}

/** `ISOLATION LEVEL REPEATABLE READ, READ ONLY`, or nothing: what follows BEGIN or SET TRANSACTION. */
export function transactionModes(session: Session): string {
  const modes = []
  if (session.isolation === 'repeatable read') modes.push('ISOLATION LEVEL REPEATABLE READ')
  if (session.readOnly) modes.push('READ ONLY')
  return modes.join(', ')
}
