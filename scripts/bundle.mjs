// Bundles the command line, so that a command starts by reading a file or two and not a hundred. CommonJS, for which
// Node need not start its loader of ES modules. Run after tsc: node scripts/bundle.mjs dist

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bundlePage } from './page.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const sources = join(root, 'src')

/** What most commands load, and would spend most of their start on. Other packages stay where they are installed. */
const bundled = [
  'cluster-key-slot',
  'commander',
  'ioredis',
  'leven',
  'lru-cache',
  'pg',
  'picocolors',
  'postgres-array',
  'string-width',
]

const options = {
  absWorkingDir: root,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20.19',
  jsx: 'automatic',
  // Names stay as they are written, so that the stack of a bug can be read.
  minify: false,
  metafile: true,
  logLevel: 'error',
  define: { 'import.meta.url': 'moduleUrl' },
  banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href" },
}

/**
 * Each file holds its modules and what they import at once, or its packages, but for what an earlier one holds; the
 * last holds all else. A start takes its time from how much text Node has to read.
 */
const files = [
  { file: 'main.cjs', modules: ['cli/main.ts'] },
  { file: 'read.cjs', modules: ['cli/commands/get.ts', 'cli/table.ts'] },
  { file: 'redis.cjs', packages: ['ioredis', 'cluster-key-slot'] },
  { file: 'postgres.cjs', modules: ['db/postgres.ts'] },
  { file: 'width.cjs', packages: ['string-width'] },
  { file: 'work.cjs' },
]

/** Writes the command line into `cli` of the folder, which lies in the package's as `src` does, and the page into `ui`. */
export async function bundle(folder) {
  const homes = await place()
  const results = files.map(({ file }) =>
    build({
      ...options,
      stdin: holding([...homes].flatMap(([name, home]) => (home === file ? [name] : []))),
      outfile: join(folder, 'cli', file),
      plugins: [elsewhere(file, homes), packages, patches],
    }),
  )
  writeFileSync(join(folder, 'cli', 'LICENSES.txt'), licenses(await Promise.all(results)))
  writeFileSync(join(folder, 'ui', 'LICENSES.txt'), licenses([await bundlePage(join(folder, 'ui'))]))
}

/** Which file each module is in, by its name: `cli/main.ts`; and packages that have a file to be in. */
async function place() {
  const homes = new Map()
  for (const { file, modules, packages } of files)
    for (const name of packages ?? (modules === undefined ? allNames() : await importedBy(modules)))
      if (!homes.has(name)) homes.set(name, file)
  return homes
}

/** Schemas of what --json prints are for documentation and tests. */
function allNames() {
  return readdirSync(sources, { recursive: true }).filter(
    (name) => /(?<!\.d)\.tsx?$/.test(name) && !name.startsWith('cli/json/'),
  )
}

/** Modules and all that must be loaded before they run. */
async function importedBy(names) {
  const stdin = holding(names)
  const result = await build({ ...options, stdin, write: false, plugins: [packages, notLater] })
  return Object.keys(result.metafile.inputs).flatMap((path) => /^src\/(.+)/.exec(path)?.[1] ?? [])
}

const notLater = {
  name: 'not later',
  setup(bundler) {
    bundler.onResolve({ filter: /^\./ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path, external: true } : null,
    )
  },
}

/** The source of a file that has these modules and packages, by their names, each run when it is first asked for. */
function holding(names) {
  const modules = names.map((name) => {
    const path = existsSync(join(sources, name)) ? `./${name}` : name
    return `${JSON.stringify(name)}: () => require(${JSON.stringify(path)})`
  })
  return { contents: `module.exports = {${modules}}`, resolveDir: sources }
}

/** Takes the modules and packages that are in another file from there. */
function elsewhere(file, homes) {
  return {
    name: 'elsewhere',
    setup(bundler) {
      bundler.onResolve({ filter: /^\./ }, ({ path, importer }) => {
        if (files.some((other) => path === `./${other.file}`)) return { path, external: true }
        const name = sourceOf(relative(sources, resolve(dirname(importer), path)))
        const home = homes.get(name) ?? file
        return home === file ? null : { path: name, namespace: 'elsewhere', pluginData: home }
      })
      bundler.onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
        const home = importer.startsWith(sources) ? (homes.get(path) ?? file) : file
        return home === file ? null : { path, namespace: 'elsewhere', pluginData: home }
      })
      bundler.onLoad({ filter: /./, namespace: 'elsewhere' }, ({ path, pluginData: home }) => {
        const found = `require('./${home}')[${JSON.stringify(path)}]()`
        return { contents: `module.exports = ${path === 'string-width' ? `(text) => ${found}.default(text)` : found}` }
      })
    },
  }
}

/** The file that an import names by what it will be compiled to. */
function sourceOf(name) {
  const [typescript, withViews] = ['.ts', '.tsx'].map((ending) => name.replace(/\.js$/, ending))
  return existsSync(join(sources, withViews)) ? withViews : typescript
}

const packages = {
  name: 'packages',
  setup(bundler) {
    bundler.onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
      const isOurs = importer.startsWith(sources)
      // Only for commands that are programs of their own, which none of ours is; loading it takes milliseconds.
      if (path === 'node:child_process' && importer.includes('/node_modules/commander/'))
        return { path, namespace: 'when used' }
      return path.startsWith('node:') || (isOurs && !bundled.includes(path)) ? { path, external: true } : null
    })
    bundler.onLoad({ filter: /./, namespace: 'when used' }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get: (_, name) => require('${path}')[name] })`,
    }))
    bundler.onResolve({ filter: /^(pg-native|pg-cloudflare)$/ }, ({ path }) => ({ path, external: true }))
  },
}

/** What packages do as they are loaded, and take longer for than for all else, said otherwise. */
const quicker = [
  // V8 copies a prototype's list of methods for each one more, and there are six hundred. Once a property has been
  // deleted it keeps a table.
  {
    file: 'ioredis/built/utils/Commander.js',
    slow: 'commands.forEach(',
    quick: 'Commander.prototype.none = 0; delete Commander.prototype.none;\ncommands.forEach(',
  },
  // To see whether it runs at Cloudflare's it would make a Response, for which Node 20 loads all that fetches.
  { file: 'pg/lib/stream.js', slow: "typeof Response === 'function'", quick: 'false' },
]

const patches = {
  name: 'patches',
  setup(bundler) {
    for (const { file, slow, quick } of quicker)
      bundler.onLoad({ filter: new RegExp(`/node_modules/${file.replaceAll('.', '\\.')}$`) }, ({ path }) => {
        const text = readFileSync(path, 'utf8')
        if (!text.includes(slow)) throw new Error(`${file} has changed: see whether this is still needed.`)
        return { contents: text.replace(slow, quick) }
      })
  },
}

/** Those of the packages that went in. */
function licenses(results) {
  const paths = results.flatMap(({ metafile }) => Object.keys(metafile.inputs))
  const folders = new Set(paths.flatMap((path) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []))
  return [...folders].sort().map(license).join('\n')
}

function license(folder) {
  const name = folder.replace(/.*node_modules\//, '')
  const file = readdirSync(join(root, folder)).find((file) => /^licen[cs]e/i.test(file))
  const text = file === undefined ? '' : readFileSync(join(root, folder, file), 'utf8')
  const { version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  return `${name} ${version} (${license})\n\n${text}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle(resolve(process.argv[2] ?? 'dist'))
