// Bundles the page of `fstore ui` into a folder: index.html, one script and one style, each named by what it holds.

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = join(root, 'ui')

/** Resolves to what esbuild says of it. The folder has nothing else in it afterwards. */
export async function bundlePage(folder) {
  rmSync(folder, { recursive: true, force: true })
  const result = await build({
    absWorkingDir: root,
    entryPoints: { app: join(page, 'src/main.tsx') },
    entryNames: '[name]-[hash]',
    outdir: folder,
    tsconfig: join(page, 'tsconfig.json'),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    // Baseline of 2024, which has light-dark() and nesting.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    define: { 'process.env.NODE_ENV': '"production"' },
    minify: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'error',
  })
  const names = Object.keys(result.metafile.outputs).map((path) => basename(path))
  const named = (ending) => names.find((name) => name.endsWith(ending))
  const html = readFileSync(join(page, 'index.html'), 'utf8')
  const filled = html.replace('%STYLE%', `/${named('.css')}`).replace('%SCRIPT%', `/${named('.js')}`)
  writeFileSync(join(folder, 'index.html'), filled)
  return result
}
