/** The package as a stranger gets it: packed, installed in an empty folder, and used from there in every way. */

import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { build } from 'esbuild'
import { repository } from '../compiled.js'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'

const execute = promisify(execFile)

interface Packed {
  readonly filename: string
  readonly size: number
  readonly files: readonly { readonly path: string }[]
}

let home: string
let packed: Packed
/** Where the package is installed, and a project of the flights. */
let folder: string

const environment = {
  PATH: process.env.PATH ?? '',
  HOME: process.env.HOME ?? '',
  XDG_CACHE_HOME: join(repository, 'node_modules', '.cache'),
}

async function run(command: string, args: readonly string[], cwd = folder, env: Record<string, string> = {}) {
  const options = { cwd, env: { ...environment, ...env }, maxBuffer: 1 << 26 }
  return (await execute(command, args, options)).stdout
}

beforeAll(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'fstore-package-')))
  const source = join(home, 'source')
  // Packing builds: in a copy, so that nobody who uses the tree's dist meanwhile is disturbed.
  await mkdir(source)
  for (const name of await readdir(repository)) {
    if (['.git', '.fstore', 'node_modules', 'dist', 'test', 'bench'].includes(name)) continue
    await cp(join(repository, name), join(source, name), { recursive: true })
  }
  await symlink(join(repository, 'node_modules'), join(source, 'node_modules'))
  await run('npm', ['run', '--silent', 'build'], source)
  ;[packed] = JSON.parse(await run('npm', ['pack', '--json', '--ignore-scripts'], source))
  folder = join(home, 'project')
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  await run('npm', ['install', ...quiet, join(source, packed.filename)])
}, 300_000)
afterAll(() => rm(home, { recursive: true, force: true }))

const fstore = (args: readonly string[], env: Record<string, string> = {}) =>
  run(join(folder, 'node_modules', '.bin', 'fstore'), args, folder, env)

test('the tarball holds what is needed, and nothing else', async () => {
  const paths = packed.files.map(({ path }) => path)
  const foreign = paths.filter(
    (path) => !/^(bin|dist|migrations|templates)\/|^(package\.json|README\.md|LICENSE)$/.test(path),
  )
  expect(foreign).toEqual([])
  expect(
    paths.filter((path) => /\.fstore|\.map$|\.test\.|\.ts$/.test(path) && !/\.d\.ts$|config\.ts$/.test(path)),
  ).toEqual([])
  expect(paths).toEqual(expect.arrayContaining(['bin/fstore.js', 'dist/index.js', 'dist/index.d.ts', 'LICENSE']))
  expect(packed.size).toBeLessThan(1_500_000)
  const installed = join(folder, 'node_modules', 'featurestore')
  for (const path of paths.filter((name) => /\.(js|d\.ts)$/.test(name))) {
    const text = await readFile(join(installed, path), 'utf8')
    expect(text).not.toContain(repository)
    expect(text).not.toContain('sourceMappingURL')
  }
})

describe('in an empty folder', () => {
  beforeAll(async () => {
    expect(await fstore(['init', '.', '--template', 'flights', '--yes'])).toContain('Loaded 20,000 rows into flights.')
    expect(await fstore(['build', '--select', 'departures'])).toMatch(/^Built 1 group, 90 windows/)
  }, 120_000)

  test('the command computes and reads features', async () => {
    expect(await fstore(['build', '--select', 'departures'])).toBe('Nothing is due: 1 group up to date.\n')
    const read = JSON.parse(await fstore(['get', 'SFO', '--json']))
    expect(read.features['departures.departures_7d']).toMatchObject({ value: 31, status: 'PRESENT' })
  })

  test('a CommonJS script requires it', async () => {
    await writeFile(join(folder, 'read.cjs'), commonJs)
    expect(JSON.parse(await run('node', ['read.cjs']))).toEqual({ 'departures.departures_7d': 31 })
  })

  test('so are the subpaths for agents; LangChain only where it is installed', async () => {
    await writeFile(join(folder, 'mcp.cjs'), `console.log(Object.keys(require('featurestore/mcp')).join())`)
    expect(await run('node', ['mcp.cjs'])).toBe('createMcpServer\n')
    await writeFile(join(folder, 'langchain.cjs'), `console.log(Object.keys(require('featurestore/langchain')).join())`)
    await expect(run('node', ['langchain.cjs'])).rejects.toThrow("Cannot find package '@langchain/core'")
    const langchain = join(folder, 'node_modules', '@langchain')
    await symlink(join(repository, 'node_modules', '@langchain'), langchain)
    expect(await run('node', ['langchain.cjs'])).toBe('createFeatureStoreTool,createFeatureStoreTools\n')
    await rm(langchain)
  })

  test('a strict TypeScript project compiles against its types, and refuses what they rule out', async () => {
    await writeFile(join(folder, 'read.ts'), typescript)
    await writeFile(join(folder, 'wrong.ts'), wrong)
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(strict))
    await run('node', [join(repository, 'node_modules', 'typescript', 'bin', 'tsc')])
  })

  test('its database is dumped by the old engine and restored, as docs/upgrading.md says', async () => {
    const old = join(home, 'old')
    await mkdir(old)
    const tools = ['--legacy-peer-deps', '@electric-sql/pglite-tools@0.4.8']
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...tools], old)
    for (const name of ['pglite', 'pglite-pgvector'].map((name) => join('node_modules', '@electric-sql', name)))
      await symlink(join(folder, name), join(old, name))
    await cp(join(repository, 'docs', 'examples', 'dump.mjs'), join(old, 'dump.mjs'))
    const data = join(folder, '.fstore', 'pglite')
    await run('node', ['dump.mjs', data, join(folder, 'dump.sql')], old)
    await rename(data, `${data}-old`)
    await fstore(['sql', 'dump.sql'])
    expect(await fstore(['build', '--select', 'departures'])).toBe('Nothing is due: 1 group up to date.\n')
    const read = JSON.parse(await fstore(['get', 'SFO', '--json']))
    expect(read.features['departures.departures_7d']).toMatchObject({ value: 31, status: 'PRESENT' })
  }, 300_000)

  test('a bundle reads the embedded database', async () => {
    await writeFile(join(folder, 'read.ts'), typescript)
    await bundle()
    expect(JSON.parse(await run('node', ['bundle.mjs']))).toEqual({ 'departures.departures_7d': 31 })
  })
})

describe('on a server', () => {
  let own: OwnDatabase

  beforeAll(async () => {
    own = await createDatabase()
    const env = { DATABASE_URL: own.ownerUrl }
    await fstore(['init', '.', '--template', 'flights', '--yes'], env)
    await fstore(['build', '--select', 'departures'], env)
  }, 120_000)
  afterAll(() => own.drop())

  test('a bundle stands alone: no package is beside it', async () => {
    await writeFile(join(folder, 'read.ts'), typescript)
    await bundle()
    const alone = join(home, 'alone')
    await mkdir(alone)
    await cp(join(folder, 'bundle.mjs'), join(alone, 'bundle.mjs'))
    const answer = await run('node', ['bundle.mjs'], alone, { DATABASE_URL: own.ownerUrl })
    expect(JSON.parse(answer)).toEqual({ 'departures.departures_7d': 31 })
  })

  test('a CommonJS script requires it', async () => {
    await writeFile(join(folder, 'read.cjs'), commonJs)
    const answer = await run('node', ['read.cjs'], folder, { DATABASE_URL: own.ownerUrl })
    expect(JSON.parse(answer)).toEqual({ 'departures.departures_7d': 31 })
  })
})

/**
 * PGlite stays outside: it reads its engine and its extensions from files beside its own module. `pg` is CommonJS and
 * requires Node's modules, for which an ES module has no `require` unless it is given one.
 */
async function bundle(): Promise<void> {
  await build({
    absWorkingDir: folder,
    entryPoints: ['read.ts'],
    outfile: 'bundle.mjs',
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['@electric-sql/pglite', '@electric-sql/pglite-pgvector'],
    banner: {
      js: "import { createRequire as toRequire } from 'node:module'; const require = toRequire(import.meta.url)",
    },
    logLevel: 'error',
  })
}

const commonJs = `const { batch, createFeatureStore, defineConfig, entity, int64, sqlFile } = require('featurestore')
const departures = batch('departures', {
  entity: entity('airport', { airport: 'string' }),
  every: '1d',
  start: '2001-01-01',
  sql: sqlFile('features/departures.sql'),
  features: { departures_7d: int64() },
})
const store = createFeatureStore(defineConfig({ project: 'flights', groups: [departures] }))
store
  .getFeatures({ entity: 'airport', key: 'SFO', features: ['departures.departures_7d'] })
  .then(({ values }) => console.log(JSON.stringify(values)))
  .finally(() => store.close())
`

const typescript = `import { createFeatureStore } from 'featurestore'
import config from './featurestore.config.js'

const store = createFeatureStore(config)
const read = await store.getFeatures({ entity: 'airport', key: 'SFO', features: ['departures.departures_7d'] })
const flights: number | null = read.values['departures.departures_7d']
console.log(JSON.stringify({ 'departures.departures_7d': flights }))
await store.close()
`

const wrong = `import { createFeatureStore } from 'featurestore'
import config from './featurestore.config.js'

const store = createFeatureStore(config)
// @ts-expect-error: no such feature
await store.getFeatures({ entity: 'airport', key: 'SFO', features: ['departures.departures_8d'] })
// @ts-expect-error: a route has two keys
await store.getFeatures({ entity: 'route', key: 'SFO', features: ['routes.distance'] })
`

const strict = {
  compilerOptions: {
    target: 'ES2023',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    types: ['node'],
  },
  include: ['read.ts', 'wrong.ts'],
}
