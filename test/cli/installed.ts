/** A project whose package.json asks for fstore, as those have that CI checks out and images are made of. */
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repository } from '../compiled.js'
import { type Fstore, outcome, type Project } from './fstore.js'

/**
 * The template `minimal` with a lock file. In place of the package from the registry stands a folder beside it that has
 * the compiled command, so that `npm ci` is npm's own and needs no network.
 */
export async function installable(fstore: Fstore, name: string): Promise<Project> {
  const project = await fstore.directory(name)
  await cp(join(repository, 'templates', 'minimal'), project.folder, { recursive: true })
  await package_(fstore, join(fstore.home, 'featurestore'))
  const manifest = { private: true, type: 'module', dependencies: { featurestore: 'file:../featurestore' } }
  await project.write('package.json', JSON.stringify(manifest))
  const made = await outcome(
    'npm',
    ['install', '--package-lock-only', '--offline'],
    project.folder,
    npmEnvironment(fstore),
  )
  if (made.code !== 0) throw new Error(made.stderr)
  return project
}

export function npmEnvironment(fstore: Fstore, env: Readonly<Record<string, string>> = {}): Record<string, string> {
  const quiet = { npm_config_audit: 'false', npm_config_fund: 'false', npm_config_update_notifier: 'false' }
  return { ...fstore.environment(quiet), ...env }
}

async function package_(fstore: Fstore, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const manifest = { name: 'featurestore', version: '0.1.0', bin: { fstore: 'fstore.js' } }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  const script = `#!/usr/bin/env node\nrequire(${JSON.stringify(fstore.binary)})\n`
  await writeFile(join(folder, 'fstore.js'), script, { mode: 0o755 })
}

/** Beside a copy of the project elsewhere. */
export async function besidePackage(fstore: Fstore, folder: string): Promise<void> {
  await symlink(join(fstore.home, 'featurestore'), join(folder, 'featurestore'))
}
