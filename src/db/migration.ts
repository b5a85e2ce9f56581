/** The migrations shipped with the package: numbered files of SQL, never edited once released. */

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { FstoreError } from '../errors.js'
import { identifier } from './sql.js'

export interface Migration {
  readonly version: number
  readonly name: string
  /** `0001_registry.sql`, for messages. */
  readonly file: string
  /** SHA-256 of the file's text, in hex. */
  readonly checksum: string
  /** The file's text, with its placeholders. */
  readonly text: string
}

/** The package's `migrations/`, two folders above this file in `src/` as in `dist/`. */
const shippedMigrations = fileURLToPath(new URL('../../migrations/', import.meta.url))

let shipped: Promise<readonly Migration[]> | undefined

/** Reads `NNNN_name.sql` files in the order of their numbers; the package's own once a process. */
export async function readMigrations(directory?: string): Promise<readonly Migration[]> {
  if (directory !== undefined) return readFolder(directory)
  shipped ??= readFolder(shippedMigrations).catch((error: unknown) => {
    shipped = undefined
    throw error
  })
  return shipped
}

async function readFolder(directory: string): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort()
  const migrations = await Promise.all(files.map((file) => readMigration(directory, file)))
  for (const [index, { file, version }] of migrations.entries()) {
    if (migrations[index - 1]?.version === version) {
      throw new FstoreError('INTERNAL', `Two migrations have the number ${version}, one of them ${file}.`)
    }
  }
  return migrations
}

async function readMigration(directory: string, file: string): Promise<Migration> {
  const [, number, name] = file.match(/^(\d{4})_(\w+)\.sql$/) ?? []
  if (number === undefined || name === undefined) {
    throw new FstoreError('INTERNAL', `The migration ${file} is not named NNNN_name.sql.`)
  }
  const text = await readFile(`${directory}/${file}`, 'utf8')
  const checksum = createHash('sha256').update(text).digest('hex')
  return { version: Number(number), name, file, checksum, text }
}

/** The three schemas of a project. */
export function schemasOf(schema: string): { schema: string; offline: string; online: string } {
  return { schema, offline: `${schema}_offline`, online: `${schema}_online` }
}

/** A migration's SQL for a project: `{{schema}}`, `{{offline}}` and `{{online}}` become quoted names. */
export function migrationText(migration: Migration, schema: string): string {
  const names: Record<string, string> = schemasOf(schema)
  return migration.text.replace(/\{\{(\w+)\}\}/g, (placeholder, key: string) => {
    const name = names[key]
    if (name === undefined) throw new FstoreError('INTERNAL', `${migration.file} holds the unknown ${placeholder}.`)
    return identifier(name)
  })
}
