/** A PGlite data directory: made from the template, or found whole. */

import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { PGlite } from '@electric-sql/pglite'
import { FstoreError } from '../errors.js'
import { discardTemplate, template } from './template.js'

/** PGlite's, which reads no other major version's files. */
const major = 18

/** Its 128 MB would be taken, and cleared, at every start; the system keeps the files in memory as well. */
const settings = ['-c', 'shared_buffers=32MB']

/**
 * Opens the database in a directory, making it first where there is none. Whoever calls holds the directory's lock.
 * While it is being made a marker file stands beside it: what a process left unfinished is begun anew.
 */
export async function openCluster(options: { directory?: string; cacheDirectory: string }): Promise<PGlite> {
  const { directory, cacheDirectory } = options
  if (directory === undefined) return create(undefined, cacheDirectory)
  const marker = `${directory}.creating`
  if (!existsSync(marker)) await assertOurs(directory)
  if (existsSync(join(directory, 'PG_VERSION')) && !existsSync(marker)) {
    await assertMajor(directory)
    // The engine's own lock keeps nobody out; one that a process was killed over while it wrote it would keep out all.
    await rm(join(directory, 'postmaster.pid'), { force: true })
    return start({ dataDir: directory })
  }
  await mkdir(dirname(directory), { recursive: true })
  await writeFile(marker, '')
  const database = await create(directory, cacheDirectory)
  await rm(marker, { force: true })
  return database
}

/** A folder that holds something else is not ours to empty. */
async function assertOurs(directory: string): Promise<void> {
  const files = await readdir(directory).catch((): string[] => [])
  if (files.length === 0 || files.includes('PG_VERSION')) return
  throw new FstoreError('DIRECTORY_NOT_EMPTY', `${directory} is to hold the embedded database and holds other files.`, {
    fix: 'Move them away, or give the database another directory.',
  })
}

/** @throws FstoreError DATA_VERSION, before the engine would fail in words of its own */
async function assertMajor(directory: string): Promise<void> {
  const made = Number.parseInt(await readFile(join(directory, 'PG_VERSION'), 'utf8'), 10)
  if (Number.isNaN(made) || made === major) return
  throw new FstoreError('DATA_VERSION', `${directory} was made by PostgreSQL ${made}; this fstore has ${major}.`, {
    why: 'The files of a database are read by the major version that made them alone.',
    fix: `Dump it with the fstore that made it (docs/upgrading.md), or move it away: fstore build computes its features anew.`,
  })
}

/** A template that does not load is thrown away and made again, once. */
async function create(directory: string | undefined, cacheDirectory: string): Promise<PGlite> {
  try {
    return await load(directory, cacheDirectory)
  } catch {
    await discardTemplate(cacheDirectory)
    return load(directory, cacheDirectory)
  }
}

async function load(directory: string | undefined, cacheDirectory: string): Promise<PGlite> {
  if (directory !== undefined) await rm(directory, { recursive: true, force: true })
  const loadDataDir = await template(cacheDirectory)
  return start({ ...(directory !== undefined && { dataDir: directory }), loadDataDir })
}

async function start(options: { dataDir?: string; loadDataDir?: Blob }): Promise<PGlite> {
  const { PGlite } = await import('@electric-sql/pglite')
  const { vector } = await import('@electric-sql/pglite-pgvector')
  const startParams = [...PGlite.defaultStartParams, ...settings]
  /** What values read as is our own table's; asking for the types of all arrays takes a fifth of the time of opening. */
  class Engine extends PGlite {
    override async _initArrayTypes() {}
  }
  const engine = new Engine({ ...options, startParams, extensions: { vector } })
  await engine.waitReady
  return engine
}
