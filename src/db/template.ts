/** A database that is made once per PGlite version and copied from then on: initdb takes seconds, a copy does not. */

import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** The user's cache folder for fstore. */
export function defaultCacheDirectory(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fstore')
}

/** The template as a tarball for `loadDataDir`; made if it is not there. A cache that cannot be used is no error. */
export async function template(cacheDirectory: string): Promise<Blob> {
  const path = await pathIn(cacheDirectory)
  const cached = await readFile(path).catch(() => undefined)
  if (cached !== undefined) return new Blob([cached])
  const made = await make()
  await store(path, made).catch(() => {})
  return made
}

/** For a cached template that proves broken. */
export async function discardTemplate(cacheDirectory: string): Promise<void> {
  await rm(await pathIn(cacheDirectory), { force: true }).catch(() => {})
}

async function pathIn(cacheDirectory: string): Promise<string> {
  return join(cacheDirectory, `pglite-${await pgliteVersion()}-alone.tar`)
}

async function make(): Promise<Blob> {
  const { PGlite } = await import('@electric-sql/pglite')
  const database = await PGlite.create()
  try {
    // No other database can be made or reached in there; without their files opening takes half as long.
    for (const name of ['template0', 'template1']) {
      await database.query('UPDATE pg_database SET datistemplate = false WHERE datname = $1', [name])
      await database.exec(`DROP DATABASE ${name}`)
    }
    return await database.dumpDataDir('none')
  } finally {
    await database.close()
  }
}

async function store(path: string, tarball: Blob): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.${randomUUID()}`
  try {
    await writeFile(draft, Buffer.from(await tarball.arrayBuffer()))
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}

async function pgliteVersion(): Promise<string> {
  const require = createRequire(import.meta.url)
  // Its package.json is not exported; it stands two folders above the entry point.
  const entry = require.resolve('@electric-sql/pglite')
  const { version } = JSON.parse(await readFile(join(dirname(entry), '..', 'package.json'), 'utf8'))
  return String(version)
}
