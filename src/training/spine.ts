/** Spines: the rows a training set is built for, from a file, a stream or SQL into a table of their own. */

import { nearest } from '../config/did-you-mean.js'
import type { EntityKey } from '../config/project.js'
import type { Database, Transaction } from '../db/database.js'
import { longestName } from '../db/sql.js'
import { FstoreError, type Place } from '../errors.js'
import type { Schemas } from '../offline/feature-table.js'
import type { JoinedPick } from '../offline/point-in-time.js'
import type { SpineColumn, SpineTable } from '../offline/spine-table.js'
import { keySqlType } from '../transform/rules.js'

/** Rows as objects by column: timestamps with a zone, keys, labels. */
export type SpineObject = Readonly<Record<string, unknown>>

export type SpineSource =
  | { readonly csv: AsyncIterable<Uint8Array>; readonly file?: string }
  | { readonly jsonl: AsyncIterable<Uint8Array>; readonly file?: string }
  | { readonly rows: Iterable<SpineObject> | AsyncIterable<SpineObject> }
  /** One SELECT, run as the tenant. */
  | { readonly sql: string; readonly file?: string }

export interface SpineContext {
  readonly db: Database
  /** The transaction that alone will read the spine, which ends with it; another's spine is read by several. */
  readonly tx?: Transaction | undefined
  readonly schemas: Schemas
  readonly tenant: string
  /** By column, the type of the key that it holds. */
  readonly keys: ReadonlyMap<string, EntityKey['type']>
  /** Columns of a file that are left out. */
  readonly skip?: ReadonlySet<string> | undefined
  /** By name, columns with what a group is computed with, and which. */
  readonly request?: ReadonlyMap<string, string> | undefined
  /** Other columns that must be there. */
  readonly labels?: readonly string[] | undefined
}

/** A spine that can be loaded, once. */
export interface PreparedSpine {
  /** About so many rows; infinitely many where that is not known. */
  readonly rows: number
  /** Into a temporary table of the transaction, where one is given; else for several connections to read. */
  load(tx?: Transaction): Promise<SpineTable>
}

/**
 * The columns that the picks look their keys up in.
 *
 * @throws FstoreError KEY_INVALID: one column would hold keys of two types, or is the timestamp
 */
export function joinKeys(picks: readonly JoinedPick[]): Map<string, EntityKey['type']> {
  const types = new Map<string, EntityKey['type']>()
  for (const { alias, version, on } of picks)
    for (const { name, type } of version.keys) {
      const column = on[name] as string
      const other = types.get(column)
      if (column === 'event_timestamp' || (other !== undefined && other !== type))
        throw new FstoreError('KEY_INVALID', `The spine's column "${column}" cannot hold the key of ${alias}.`, {
          why:
            other === undefined
              ? 'It is the instant of the row.'
              : `That is ${type}; another group's there is ${other}.`,
          fix: `Look one of them up by another column: { feature, as, keys: { ${name}: '…' } }.`,
        })
      types.set(column, type)
    }
  return types
}

/** @throws FstoreError SPINE_INVALID: a key column or event_timestamp is missing, or a name will not do */
export function checkColumns(names: readonly string[], context: SpineContext, where?: Place): void {
  const { keys, labels = [], request = new Map(), skip } = context
  if (names.length === 0) throw new FstoreError('SPINE_INVALID', 'The spine is empty.', { where })
  for (const [i, name] of names.entries()) if (skip?.has(name) !== true) checkName(names, name, i, where)
  for (const name of ['event_timestamp', ...keys.keys(), ...request.keys(), ...labels]) {
    if (names.includes(name)) continue
    const near = nearest(name, names)
    throw new FstoreError('SPINE_INVALID', `The spine has no column "${name}".`, {
      where,
      why: keys.has(name)
        ? 'Features are looked up by it.'
        : name === 'event_timestamp'
          ? 'It says as of when each row may know its features.'
          : request.has(name)
            ? `The on-demand group ${request.get(name)} is computed with it, as request data.`
            : 'It is the label.',
      fix:
        near === undefined ? `Its columns are ${names.join(', ')}.` : `If its "${near}" is meant, call that "${name}".`,
    })
  }
}

/** What PostgreSQL has in every table, and fstore in every spine. */
const reserved = /^(fstore_.*|tableoid|ctid|[xc]m(in|ax))$/

function checkName(names: readonly string[], name: string, i: number, where: Place | undefined): void {
  const refuse = (message: string, fix: string) => {
    throw new FstoreError('SPINE_INVALID', message, { where, fix })
  }
  if (name === '')
    refuse(`Column ${i + 1} of the spine has no name.`, 'Name it or leave it out; pandas: to_csv(…, index=False).')
  if (names.indexOf(name) !== i) refuse(`The spine has two columns "${name}".`, 'Rename one of them.')
  if (reserved.test(name)) refuse(`The spine has a column "${name}", a name that is taken.`, 'Rename it.')
  if (Buffer.byteLength(name) > longestName)
    refuse(`The spine's column "${name}" has a name of more than ${longestName} bytes.`, 'Shorten it.')
}

/** The type a column has in the spine, where it is a key or the timestamp. */
export function spineType(name: string, keys: SpineContext['keys']): string | undefined {
  const key = keys.get(name)
  if (name === 'event_timestamp') return 'timestamptz'
  return key === undefined ? undefined : keySqlType(key)
}

/** The columns of a spine of text, without those left out. */
export function keptColumns(names: readonly string[], { keys, skip }: SpineContext, other: string): SpineColumn[] {
  return names
    .filter((name) => skip?.has(name) !== true)
    .map((name) => ({ name, type: spineType(name, keys) ?? other }))
}
