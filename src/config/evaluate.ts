import { cosmiconfig } from 'cosmiconfig'
import { createJiti } from 'jiti'
import { type Dependencies, dependenciesOf } from './dependencies.js'
import { explainFailure } from './failure.js'
import { configNames } from './find.js'
import { isUserFile } from './package.js'

/**
 * Runs a config file and hands back its default export.
 *
 * @throws FstoreError CONFIG_SYNTAX or CONFIG_FAILED, or what a builder threw, each with its place in the user's file.
 */
export async function evaluate(file: string): Promise<{ config: unknown; dependencies: Dependencies }> {
  const before = new Set(Object.keys(createJiti(import.meta.url).cache))
  const run = await runner()
  const loaded = () => Object.keys(run.cache).filter((path) => !before.has(path) && isUserFile(path))
  try {
    const config = await withLongStacks(() => read(file, run.load))
    return { config, dependencies: await dependenciesOf([file, ...loaded()]) }
  } catch (error) {
    throw await explainFailure(error, file)
  } finally {
    // Node shares this cache: left there, a later load would see the old text.
    for (const path of loaded()) delete run.cache[path]
  }
}

async function runner() {
  // The package's own module, also where it is not installed beside the config, and without compiling it again.
  const featurestore: unknown = await import('../index.js')
  const jiti = createJiti(import.meta.url, { fsCache: false, virtualModules: { featurestore } })
  return { cache: jiti.cache, load: (path: string) => jiti.import(path, { default: true }) }
}

/** cosmiconfig gives special meaning to some exports and errors, so what the file did travels in a box. */
type Outcome = { readonly config: unknown } | { readonly error: unknown }

async function read(file: string, load: (path: string) => Promise<unknown>): Promise<unknown> {
  const loader = (path: string): Promise<Outcome> =>
    load(path).then(
      (config) => ({ config }),
      (error: unknown) => ({ error }),
    )
  const explorer = cosmiconfig('featurestore', {
    cache: false,
    searchPlaces: configNames,
    loaders: Object.fromEntries(['.ts', '.mts', '.js', '.mjs'].map((extension) => [extension, loader])),
  })
  const outcome = (await explorer.load(file))?.config as Outcome | undefined
  if (outcome && 'error' in outcome) throw outcome.error
  return outcome?.config
}

/** The user's own line may lie deep under a library's. */
async function withLongStacks<T>(work: () => Promise<T>): Promise<T> {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 100
  try {
    return await work()
  } finally {
    Error.stackTraceLimit = limit
  }
}
