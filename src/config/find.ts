import { statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { FstoreError } from '../errors.js'

/** In the order of preference. */
export const configNames = ['ts', 'mts', 'js', 'mjs'].map((extension) => `featurestore.config.${extension}`)

/**
 * The config's absolute path: the one given, or the nearest in `cwd` and the folders above it.
 *
 * @throws FstoreError CONFIG_NOT_FOUND
 */
export function findConfig(options: { readonly cwd: string; readonly configPath?: string | undefined }): string {
  const { cwd, configPath } = options
  if (configPath !== undefined) return named(resolve(cwd, configPath))
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const found = inFolder(folder)
    if (found !== undefined) return found
    if (folder === dirname(folder)) break
  }
  throw new FstoreError('CONFIG_NOT_FOUND', `No featurestore.config.ts in ${resolve(cwd)} or any folder above it.`, {
    fix: 'Run `fstore init` to make a project here.',
  })
}

function named(path: string): string {
  if (isFile(path)) return path
  const found = inFolder(path)
  if (found !== undefined) return found
  throw new FstoreError('CONFIG_NOT_FOUND', `There is no config at ${path}.`, {
    fix: 'Check the path, or leave it out to use the nearest featurestore.config.ts.',
  })
}

function inFolder(folder: string): string | undefined {
  return configNames.map((name) => join(folder, name)).find(isFile)
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
