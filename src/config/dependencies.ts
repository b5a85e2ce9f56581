import { readFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { isUserFile } from './package.js'

const specifier = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*['"]([^'"\n]+)['"]/g

/** What only running it can tell: the clock, files, the network, or the environment as a whole. */
const volatile =
  /process\.env(?!\.\w|\[\s*['"])|Date\.now\(|new Date\(\)|Math\.random\(|\bfetch\(|(?:\bfrom|\bimport|\brequire)\s*\(?\s*['"](?:node:)?(?:fs|fs\/promises|child_process|process|os|http|https|net)['"]/

const extensions = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json']

export interface Dependencies {
  /** Absolute path to text: the files a config is made of. */
  readonly files: ReadonlyMap<string, string>
  /** Environment variables they mention, sorted. */
  readonly variables: readonly string[]
  /** Whether loading the same files again would give the same config. */
  readonly repeatable: boolean
}

/**
 * The files a config is made of: those the loader saw, what they import by relative path (Node's own modules pass
 * the loader by), and the `package.json` of each package they import, which changes with its version.
 */
export async function dependenciesOf(loaded: Iterable<string>): Promise<Dependencies> {
  const files = new Map<string, string>()
  const queue = [...loaded]
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (files.has(file)) continue
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text === undefined) continue
    files.set(file, text)
    if (isUserFile(file)) queue.push(...importsOf(file, text))
  }
  const texts = [...files].filter(([file]) => isUserFile(file)).map(([, text]) => text)
  return {
    files,
    variables: [...new Set(texts.flatMap(variablesIn))].sort(),
    repeatable: !texts.some((text) => volatile.test(text)),
  }
}

/** Where a file's imports may lie; some of these paths do not exist. */
function importsOf(file: string, text: string): string[] {
  if (!/\.[cm]?[jt]sx?$/.test(file)) return []
  return [...text.matchAll(specifier)].flatMap(([, name = '']) => {
    if (name.startsWith('.')) return resolutions(resolve(dirname(file), name))
    return name === 'featurestore' || isBuiltin(name) ? [] : packagesFrom(dirname(file), name)
  })
}

function resolutions(path: string): string[] {
  const stem = path.replace(/\.([cm]?)jsx?$/, '.$1ts')
  return [path, stem, ...extensions.flatMap((extension) => [path + extension, join(path, `index${extension}`)])]
}

function packagesFrom(folder: string, name: string): string[] {
  const root = name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')
  const candidates: string[] = []
  for (let at = folder; ; at = dirname(at)) {
    candidates.push(join(at, 'node_modules', root, 'package.json'))
    if (at === dirname(at)) return candidates
  }
}

function variablesIn(text: string): string[] {
  return [...text.matchAll(/process\.env(?:\.(\w+)|\[\s*['"]([^'"]+)['"])/g)].map(([, dot, key]) => dot ?? key ?? '')
}
