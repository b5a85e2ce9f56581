import { createReadStream } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { FstoreError } from '../errors.js'
import { type Database, DatabaseError, type Transaction } from './database.js'
import { type CopyPart, insertedInto, parseScript, type ScriptPart } from './script-parts.js'
import { placeAt } from './script-token.js'

export interface ScriptResult {
  /** SQL statements run, without `\copy` lines. */
  readonly statements: number
  /** By table, in the order of the first rows. */
  readonly loaded: readonly Loaded[]
}

/** What `\copy` lines and INSERTs brought into a table. */
export interface Loaded {
  /** As the script names it. */
  readonly table: string
  readonly rows: number
}

/**
 * Runs a .sql file as the user who connected, whole or not at all. It may hold SQL statements and psql's
 * `\copy table [(columns)] FROM 'path' [WITH (…)]`, each on one line; psql runs the same file to the same effect.
 * Paths are relative to `root`, by default the folder above the script's (for `data/load.sql` the project's), which is
 * where psql is run from.
 *
 * @throws FstoreError SCRIPT_INVALID what is no SQL; DATA_FILE_MISSING before anything is run; SQL_FAILED with the
 * file, line and, where the server tells, column, its `cause` the DatabaseError; DATABASE_UNREACHABLE.
 */
export async function runScript(options: { db: Database; file: string; root?: string }): Promise<ScriptResult> {
  const { db, file } = options
  const root = options.root ?? dirname(dirname(resolve(file)))
  const text = await readScript(file)
  const parts = parseScript({ file, text })
  await requireFiles({ file, text, root, parts })
  const rows = new Map<string, number>()
  await db.transaction({ role: 'owner' }, async (tx) => {
    rows.clear()
    for (const part of parts) await runPart({ tx, file, text, root, part, rows })
  })
  const loaded = [...rows].map(([table, rows]) => ({ table, rows }))
  return { statements: parts.filter(({ kind }) => kind === 'statement').length, loaded }
}

async function readScript(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/^\uFEFF/, '')
  } catch (cause) {
    throw new FstoreError('DATA_FILE_MISSING', `The script ${file} cannot be read.`, {
      where: { file },
      why: (cause as NodeJS.ErrnoException).code === 'EISDIR' ? 'It is a folder.' : undefined,
      fix: 'Check its path.',
      cause,
    })
  }
}

interface Script {
  readonly file: string
  readonly text: string
  readonly root: string
}

/** A load that cannot be is known before the first statement has run. */
async function requireFiles({ file, text, root, parts }: Script & { parts: readonly ScriptPart[] }): Promise<void> {
  for (const part of parts) {
    if (part.kind !== 'copy') continue
    const path = resolve(root, part.path)
    await access(path).catch((cause: unknown) => {
      throw new FstoreError('DATA_FILE_MISSING', `The file ${part.path} of \\copy ${part.table} cannot be read.`, {
        where: placeAt(file, text, part.offset),
        why: `There is no readable file ${path}; paths are relative to ${root}.`,
        fix: 'Put the file there, or change its path in the script. Nothing was run.',
        cause,
      })
    })
  }
}

type Step = Script & { readonly tx: Transaction; readonly part: ScriptPart; readonly rows: Map<string, number> }

async function runPart({ tx, file, text, root, part, rows }: Step): Promise<void> {
  const table = part.kind === 'copy' ? part.table : insertedInto(part.sql)
  const count = (more: number) => table !== undefined && rows.set(table, (rows.get(table) ?? 0) + more)
  try {
    if (part.kind === 'copy') count(await copy(tx, root, part))
    else if (table === undefined) await tx.script(part.sql)
    else count((await tx.query(part.sql)).count)
  } catch (cause) {
    throw cause instanceof DatabaseError ? failed({ file, text, part, cause }) : cause
  }
}

function copy(tx: Transaction, root: string, { table, columns, path, options }: CopyPart): Promise<number> {
  const sql = ['COPY', table, columns, 'FROM STDIN', options].filter((word) => word !== '').join(' ')
  return tx.copyFrom(sql, createReadStream(resolve(root, path)))
}

type Failure = Pick<Script, 'file' | 'text'> & { readonly part: ScriptPart; readonly cause: DatabaseError }

function failed({ file, text, part, cause }: Failure): FstoreError {
  // A position within a load counts in the COPY that was sent, which is not what stands in the file.
  const within = part.kind === 'statement' && cause.position ? characters(part.sql, cause.position - 1) : 0
  return new FstoreError('SQL_FAILED', `The script failed: ${cause.message}.`, {
    where: placeAt(file, text, part.offset + within),
    why: cause.detail ?? 'The database refused this statement; nothing of the script was kept.',
    fix: cause.hint,
    cause,
  })
}

/** Postgres counts characters, JavaScript UTF-16 units: the length in units of the first `count` characters. */
function characters(text: string, count: number): number {
  return Array.from(text).slice(0, count).join('').length
}
