import { dirname } from 'node:path'
import { FstoreError } from '../errors.js'
import { readCache, writeCache } from './cache.js'
import { findConfig } from './find.js'
import type { Functions, LoadFunctions } from './functions.js'
import type { Project } from './project.js'

export interface LoadedProject {
  readonly project: Project
  /** The config's absolute path. */
  readonly file: string
  /** Its folder: the paths in the config are relative to it, and `.fstore/` lies in it. */
  readonly root: string
  /** Absolute paths of every file the config is made of; inline SQL is in one of them. */
  readonly files: readonly string[]
  /** Runs the config, where it came from the cache, to have its functions. */
  readonly functions: LoadFunctions
}

/**
 * Loads and parses the project's config, or takes it from the cache in `.fstore/` where nothing has changed since.
 *
 * @param options `cwd` is where the search begins; `configPath` names the config instead.
 * @throws FstoreError CONFIG_NOT_FOUND, CONFIG_SYNTAX, CONFIG_FAILED, CONFIG_INVALID, or what a builder threw.
 */
export async function loadProject(
  options: { readonly cwd?: string | undefined; readonly configPath?: string | undefined } = {},
): Promise<LoadedProject> {
  const file = findConfig({ cwd: options.cwd ?? process.cwd(), configPath: options.configPath })
  const root = dirname(file)
  const cached = await readCache(file)
  if (cached) {
    let functions: Promise<Functions> | undefined
    return { ...cached, file, root, functions: () => (functions ??= loadFunctions(file)) }
  }
  const loadedAt = Date.now()
  // Loaded only now: the compiler and the parser cost more than reading the cache.
  const [{ evaluate }, { parseConfig }] = await Promise.all([import('./evaluate.js'), import('./parse.js')])
  const { config, dependencies } = await evaluate(file)
  const project = parsed(() => parseConfig(config), file)
  await writeCache({ file, project, dependencies, loadedAt })
  const { functionsOf } = await import('./functions.js')
  return { project, file, root, files: [...dependencies.files.keys()], functions: async () => functionsOf(config) }
}

async function loadFunctions(file: string): Promise<Functions> {
  const [{ evaluate }, { functionsOf }] = await Promise.all([import('./evaluate.js'), import('./functions.js')])
  return functionsOf((await evaluate(file)).config)
}

/** Which file it is that has the mistakes. */
function parsed(parse: () => Project, file: string): Project {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof FstoreError) || error.where !== undefined) throw error
    const { code, message, why, fix, problems } = error
    throw new FstoreError(code, message, { where: { file }, why, fix, problems })
  }
}
