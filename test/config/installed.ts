import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LoadedProject } from '../../src/config/load.js'
import { compilePackage } from '../compiled.js'

const worker = `import { loadProject } from './dist/config/load.js'
process.on('message', async (options) => {
  const answer = await loadProject(options).then(
    (loaded) => ({ loaded }),
    (error) => ({ error: error.name === 'FstoreError' ? error.toJSON() : { bug: error.stack } }),
  )
  process.send(answer)
})
`

type Answer = { readonly loaded: LoadedProject } | { readonly error: Record<string, unknown> }

/**
 * The package as it is installed, compiled, in a Node process of its own: inside Jest, modules are loaded and cached
 * in another way, and what a config's errors look like is the point.
 */
export class Installed {
  private constructor(
    readonly folder: string,
    private readonly child: ChildProcess,
  ) {}

  /** @param dependencies whether the packages that fstore depends on are there too. */
  static async start(dependencies = true): Promise<Installed> {
    const folder = await compilePackage()
    if (!dependencies) await rm(join(folder, 'node_modules'))
    await writeFile(join(folder, 'worker.mjs'), worker)
    return new Installed(folder, fork(join(folder, 'worker.mjs'), { execArgv: [] }))
  }

  /** One call at a time. */
  async load(options: { cwd?: string; configPath?: string }): Promise<Answer> {
    const answer = once(this.child, 'message')
    this.child.send(options)
    return ((await answer) as [Answer])[0]
  }

  async stop(): Promise<void> {
    this.child.kill()
    await rm(this.folder, { recursive: true, force: true })
  }
}
