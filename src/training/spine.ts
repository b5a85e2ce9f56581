/** Spines: the rows a training set is built for, from a file, a stream or SQL into a table of their own. */

import { didYouMean } from '../config/did-you-mean.js'
import type { EntityKey } from '../config/project.js'
import type { Database } from '../db/database.js'
import { FstoreError, type Place } from '../errors.js'
import type { Schemas } from '../offline/feature-table.js'
import type { JoinedPick } from '../offline/point-in-time.js'
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
  readonly schemas: Schemas
  readonly tenant: string
  /** By column, the type of the key that it holds. */
  readonly keys: ReadonlyMap<string, EntityKey['type']>
  /** Columns of a file that are left out. */
  readonly skip?: ReadonlySet<string> | undefined
  /** Other columns that must be there. */
  readonly labels?: readonly string[] | undefined
}

/** The columns that the picks look their keys up in. */
export function joinKeys(picks: readonly JoinedPick[]): Map<string, EntityKey['type']> {
  return new Map(picks.flatMap(({ version, on }) => version.keys.map(({ name, type }) => [on[name] as string, type])))
}

/** @throws FstoreError SPINE_INVALID: a key column or event_timestamp is missing, or a name comes twice */
export function checkColumns(names: readonly string[], { keys, labels = [] }: SpineContext, where?: Place): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new FstoreError('SPINE_INVALID', `The spine has two columns "${twice}".`, { where })
  for (const name of ['event_timestamp', ...keys.keys(), ...labels]) {
    if (names.includes(name)) continue
    throw new FstoreError('SPINE_INVALID', `The spine has no column "${name}".`, {
      where,
      why:
        name === 'event_timestamp'
          ? 'It says as of when each row may know its features.'
          : 'Features are looked up by it.',
      fix: didYouMean(name, names) || `Its columns are ${names.join(', ') || 'none'}.`,
    })
  }
}

/** The type a column has in the spine, where it is a key or the timestamp. */
export function spineType(name: string, keys: SpineContext['keys']): string | undefined {
  const key = keys.get(name)
  if (name === 'event_timestamp') return 'timestamptz'
  return key === undefined ? undefined : keySqlType(key)
}
