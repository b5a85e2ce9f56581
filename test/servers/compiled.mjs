// The package as it is installed, compiled once for all tests of a run.

import { cp, mkdtemp, readdir, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../../', import.meta.url))

/** Resolves to { folder, description, stop }. */
export async function compile() {
  const [{ build }, { bundle }] = await Promise.all([import('esbuild'), import('../../scripts/bundle.mjs')])
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'fstore-compiled-')))
  const sources = await readdir(join(repository, 'src'), { recursive: true })
  await build({
    absWorkingDir: repository,
    entryPoints: sources
      .filter((name) => name.endsWith('.ts') && !name.startsWith('cli/'))
      .map((name) => `src/${name}`),
    outdir: join(folder, 'dist'),
    outbase: 'src',
    format: 'esm',
  })
  await bundle(join(folder, 'dist'))
  for (const name of ['package.json', 'bin', 'migrations', 'templates'])
    await cp(join(repository, name), join(folder, name), { recursive: true })
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'))
  return { folder, description: 'the package, compiled', stop: () => rm(folder, { recursive: true, force: true }) }
}

/** A file of the tests that is to run in a process of its own, with the sources it needs; beside those of the package. */
export async function compileScript(folder, name) {
  const { build } = await import('esbuild')
  const file = join(folder, 'dist', 'scripts', `${name.replaceAll('/', '-')}.mjs`)
  await build({
    absWorkingDir: repository,
    entryPoints: [join('test', name)],
    outfile: file,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
  })
  return file
}
