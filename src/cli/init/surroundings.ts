/** What a folder tells of the project that fstore comes into. */
import { basename, dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import { type Orm, readOrm } from './orm.js'
import { existing } from './project-files.js'

export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun'

export interface Package {
  readonly name?: string
  readonly isModule: boolean
  readonly isTypeScript: boolean
  /** Whether fstore is installed with it. */
  readonly hasFstore: boolean
}

export interface UrlFound {
  readonly variable: string
  readonly url: string
  /** `the environment`, or a file. */
  readonly from: string
}

export interface Surroundings {
  readonly directory: string
  readonly package?: Package
  readonly manager: PackageManager
  /** Whether fstore is in a node_modules, here or above. */
  readonly isInstalled?: boolean
  readonly orm?: Orm
  readonly database?: UrlFound
  readonly directUrl?: UrlFound
  readonly redis?: UrlFound
}

type Variables = Readonly<Record<string, string | undefined>>

/** Looks, and opens nothing. */
export async function lookAround(directory: string, env: Variables): Promise<Surroundings> {
  const read = async (name: string) => {
    const content = await existing(join(directory, name))
    return content === undefined || content === 'not a file' ? undefined : content.toString()
  }
  const orm = await readOrm(read)
  const files = { '.env.local': await read('.env.local'), '.env': await read('.env') }
  const find = (names: readonly (string | undefined)[]) => findUrl(names, env, files)
  const manifest = parsedManifest(await read('package.json'))
  const [database, directUrl, redis] = [
    find(['DATABASE_URL', orm?.variable]),
    find(['DIRECT_URL', orm?.directVariable]),
    find(['REDIS_URL']),
  ]
  return {
    directory,
    manager: await managerOf(directory, manifest?.packageManager),
    ...((await isInstalled(directory)) && { isInstalled: true }),
    ...(manifest && { package: packageOf(manifest, (await read('tsconfig.json')) !== undefined) }),
    ...(orm && { orm }),
    ...(database && { database }),
    ...(directUrl && { directUrl }),
    ...(redis && { redis }),
  }
}

/** In the order in which fstore itself looks. */
function findUrl(
  names: readonly (string | undefined)[],
  env: Variables,
  files: Readonly<Record<string, string | undefined>>,
): UrlFound | undefined {
  for (const variable of names) {
    if (variable === undefined) continue
    const places = [
      ['the environment', env[variable]] as const,
      ...Object.entries(files).map(([file, text]) => [file, text && parseEnv(text)[variable]] as const),
    ]
    const found = places.find(([, url]) => url)
    if (found?.[1]) return { variable, url: found[1], from: found[0] }
  }
  return undefined
}

interface Manifest {
  readonly name?: unknown
  readonly type?: unknown
  readonly packageManager?: unknown
  readonly dependencies?: unknown
  readonly devDependencies?: unknown
}

function parsedManifest(text: string | undefined): Manifest | undefined {
  if (text === undefined) return undefined
  try {
    return Object(JSON.parse(text.replace(/^\uFEFF/, ''))) as Manifest
  } catch {
    return {}
  }
}

function packageOf(manifest: Manifest, hasTsconfig: boolean): Package {
  const { name, type, dependencies, devDependencies } = manifest
  const installed = { ...Object(dependencies), ...Object(devDependencies) } as Record<string, unknown>
  return {
    ...(typeof name === 'string' && name !== '' && { name }),
    isModule: type === 'module',
    isTypeScript: hasTsconfig || 'typescript' in installed,
    hasFstore: 'featurestore' in installed,
  }
}

async function isInstalled(directory: string): Promise<boolean> {
  for (let folder = directory; ; folder = dirname(folder)) {
    if ((await existing(join(folder, 'node_modules', 'featurestore', 'package.json'))) !== undefined) return true
    if (folder === dirname(folder)) return false
  }
}

const locks: readonly (readonly [string, PackageManager])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['package-lock.json', 'npm'],
]

/** By the nearest lock file, which in a workspace lies above. */
async function managerOf(directory: string, said: unknown): Promise<PackageManager> {
  const named = /^(npm|pnpm|yarn|bun)@/.exec(String(said))?.[1]
  if (named !== undefined) return named as PackageManager
  for (let folder = directory; ; folder = dirname(folder)) {
    for (const [file, manager] of locks) if ((await existing(join(folder, file))) !== undefined) return manager
    if (folder === dirname(folder)) return 'npm'
  }
}

/** A project's name, by the package's or the folder's. */
export function projectName({ package: own, directory }: Surroundings): string {
  const text = (own?.name?.split('/').at(-1) ?? basename(directory)).toLowerCase()
  const name = text
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
    .slice(0, 63)
  return name === '' ? 'features' : name
}
