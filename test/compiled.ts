/** The package as it is installed, compiled into a folder of its own: the tree's `dist` may be old, or being rebuilt. */

import { cp, mkdtemp, readdir, realpath, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

export const repository = fileURLToPath(new URL('../', import.meta.url))

/** @returns the folder; whoever asked for it removes it. */
export async function compilePackage(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'fstore-compiled-')))
  const sources = await readdir(join(repository, 'src'), { recursive: true })
  await build({
    absWorkingDir: repository,
    entryPoints: sources.filter((name) => /\.tsx?$/.test(name)).map((name) => `src/${name}`),
    outdir: join(folder, 'dist'),
    outbase: 'src',
    format: 'esm',
  })
  for (const name of ['package.json', 'bin', 'migrations', 'templates'])
    await cp(join(repository, name), join(folder, name), { recursive: true })
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'))
  return folder
}
