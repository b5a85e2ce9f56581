import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import type { Dependencies } from './dependencies.js'
import { freeze } from './freeze.js'
import { packageVersion } from './package.js'
import type { Project } from './project.js'

/** Raised when the shape of the file or of a project changes between releases of one version. */
const format = 4

interface Entry {
  readonly format: number
  readonly version: string
  /** Relative to the root, so that a project can be moved. */
  readonly config: string
  /** Path, relative to the root, to the hash of the content. */
  readonly files: Readonly<Record<string, string>>
  readonly variables: { readonly names: readonly string[]; readonly hash: string }
  readonly project: Project
}

/** The project as it was parsed before, if nothing it was made of has changed. Loads no parser and no compiler. */
export async function readCache(file: string): Promise<{ project: Project; files: string[] } | undefined> {
  const root = dirname(file)
  try {
    const entry = JSON.parse(await readFile(pathIn(root), 'utf8')) as Entry
    if (entry.format !== format || entry.config !== relative(root, file)) return undefined
    if (entry.version !== (await packageVersion()) || entry.variables.hash !== hashOf(entry.variables.names)) return
    const files = Object.entries(entry.files).map(([path, hash]) => ({ path: resolve(root, path), hash }))
    const fresh = await Promise.all(files.map(async ({ path, hash }) => digest(await readFile(path)) === hash))
    return fresh.every(Boolean) ? { project: freeze(entry.project), files: files.map(({ path }) => path) } : undefined
  } catch {
    return undefined
  }
}

/**
 * Keeps a parsed project. It holds what the config holds, also passwords: only its owner may read it. Nothing is kept
 * where the files were written to since `loadedAt` (milliseconds), and a folder that cannot be written to is no error.
 */
export async function writeCache(options: {
  readonly file: string
  readonly project: Project
  readonly dependencies: Dependencies
  readonly loadedAt: number
}): Promise<void> {
  const { file, project, dependencies, loadedAt } = options
  const root = dirname(file)
  const paths = [...dependencies.files.keys()]
  try {
    const stats = await Promise.all(paths.map((path) => stat(path)))
    if (!dependencies.repeatable || stats.some(({ mtimeMs }) => mtimeMs > loadedAt + 1)) return
    const files = Object.fromEntries(
      [...dependencies.files].map(([path, text]) => [relative(root, path), digest(text)] as const),
    )
    const variables = { names: dependencies.variables, hash: hashOf(dependencies.variables) }
    const version = await packageVersion()
    const entry: Entry = { format, version, config: relative(root, file), files, variables, project }
    await replace(pathIn(root), JSON.stringify(entry))
  } catch {
    // A cache only saves time.
  }
}

function pathIn(root: string): string {
  return join(root, '.fstore', 'config.json')
}

/** A reader sees the old content or the new, never half of it. */
async function replace(path: string, content: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`
  await mkdir(dirname(path), { recursive: true })
  try {
    await writeFile(temporary, content, { mode: 0o600 })
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}

function hashOf(variables: readonly string[]): string {
  return digest(JSON.stringify(variables.map((name) => process.env[name] ?? null)))
}

function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
