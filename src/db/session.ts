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

/**
 * Memory to sort in, where the server gives less, and no compiling: what statements about many rows do with each is
 * little, and compiling their many expressions takes longer than they do.
 */
export const forManyRows = [
  `set_config('jit', 'off', true)`,
  `set_config('work_mem', greatest(pg_size_bytes(current_setting('work_mem')), ${32 * 2 ** 20}) / 1024 || 'kB', true)`,
] as const

const texts = new Map<string, string>()

/** One that yields nothing to read. The role comes last: what is set before it, it could not set any more. */
function textOf(path: string, { role, manyRows }: Session, more: Readonly<Record<string, string>>): string {
  const key = [path, role, manyRows, ...Object.keys(more)].join()
  const known = texts.get(key)
  if (known !== undefined) return known
  const set = (name: string, value: string) => `set_config('${name}', ${value}, true)`
  const all = { ...settings, search_path: path, ...more, ...(role === 'app' && { role: appRole }) }
  const bound = ['fstore.tenant_id', 'lock_timeout', 'statement_timeout'].map((name, i) => set(name, `$${i + 1}`))
  const constant = Object.entries(all).map(([name, value]) => set(name, literal(value)))
  const calls = [...bound, ...(manyRows === true ? forManyRows : []), ...constant]
  const text = `SELECT WHERE num_nonnulls(${calls.join(', ')}) = 0`
  texts.set(key, text)
  return text
}

/**
 * The one statement that sets everything, locally to the transaction. The tenant is bound, never spliced.
 *
 * @param extension the schema of pgvector, quoted, where it is another than those that are looked into anyway
 */
export function sessionSettings(session: Session, extension?: string): { text: string; values: string[] } {
  return { text: textOf(searchPath(extension), session, {}), values: valuesOf(session) }
}

/** For a transaction that nothing else begins: one read, sent together with this. */
export function readSettings(session: Session): { text: string; values: string[] } {
  const modes = { transaction_read_only: 'on', ...(session.repeated && { plan_cache_mode: 'force_generic_plan' }) }
  return { text: textOf(searchPath(undefined), session, modes), values: valuesOf(session) }
}

function valuesOf({ tenant, lockTimeout, statementTimeout }: Session): string[] {
  return [tenant ?? '', String(lockTimeout ?? 0), String(statementTimeout ?? 0)]
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
