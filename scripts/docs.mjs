// Writes the pages that are made from the program: docs/cli/ from --help, docs/errors.md from the catalogue, docs/api/
// from the types and their comments. Run after a build: npm run docs. With --check it writes nothing and fails where a
// page is not up to date. FSTORE_DOCS_DIST names another build than dist/.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { apiPages } from './docs/api.mjs'
import { cliPages } from './docs/cli.mjs'
import { errorsPage } from './docs/errors.mjs'
import { jsonPages } from './docs/json.mjs'
import { root } from './docs/root.mjs'

const pages = { ...cliPages(), 'docs/errors.md': await errorsPage(), ...(await apiPages()), ...(await jsonPages()) }

/** What a page is now; undefined where there is none. */
const written = (name) => (existsSync(join(root, name)) ? readFileSync(join(root, name), 'utf8') : undefined)

const stale = Object.keys(pages).filter((name) => written(name) !== pages[name])
const gone = ['docs/cli', 'docs/api', 'docs/json']
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`))
  .filter((name) => !(name in pages))

if (process.argv.includes('--check')) {
  for (const name of [...stale, ...gone]) process.stderr.write(`${name} is not up to date: run npm run docs\n`)
  process.exitCode = stale.length + gone.length > 0 ? 1 : 0
} else {
  for (const name of stale) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), pages[name])
  }
  for (const name of gone) rmSync(join(root, name))
}
