/** The package as it is installed, compiled into a folder of its own: the tree's `dist` may be old, or being rebuilt. */

import { execFile } from 'node:child_process'
import { mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ask, server } from './servers/server.js'

export const repository = fileURLToPath(new URL('../', import.meta.url))

/** Of the Node that runs a command: it ends before code that is compiled again, and better, is worth that. */
export const nodeOptions: readonly string[] = ['--liftoff-only']

const execute = promisify(execFile)

/** @returns the folder; whoever asked for it removes it. */
export async function compilePackage(): Promise<string> {
  const { folder: compiled } = await server('compiled')
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'fstore-package-')))
  await execute('cp', ['-R', `${compiled}/.`, folder])
  return folder
}

/** @returns a file that Node runs, of a TypeScript file of the tests */
export async function compileScript(file: URL): Promise<string> {
  const name = relative(join(repository, 'test'), fileURLToPath(file))
  return (await ask<{ file: string }>(`script/${encodeURIComponent(name)}`)).file
}
