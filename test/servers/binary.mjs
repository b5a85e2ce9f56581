// Finds a server's program, or gets it from the system's package manager.

import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { run } from './child.mjs'

const folders = [
  ...(process.env.PATH ?? '').split(delimiter),
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/bin',
  '/usr/local/bin',
]

/** The first of the names that is on the path. */
export function onPath(...names) {
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path))
}

/** The program and the environment it needs: found, installed as root, or unpacked into a private folder. */
export async function findOrInstall({ names, packages }) {
  const found = onPath(...names)
  if (found) return { command: found, env: {} }
  if (process.getuid?.() === 0) {
    await install(packages)
    const installed = onPath(...names)
    if (installed) return { command: installed, env: {} }
  }
  return unpack({ names, packages })
}

/** From the system's package manager, as root. */
export async function install(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  await run('apt-get', ['-qq', 'update'], { env })
  await run('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', ...packages], { env })
}

/** Without root: the packages and those they need, unpacked beside each other. */
async function unpack({ names, packages }) {
  const root = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fstore-test', packages.join('+'))
  const there = () =>
    names.flatMap((name) => ['usr/bin', 'usr/sbin'].map((at) => join(root, at, name))).find(existsSync)
  if (!there()) {
    const debs = join(root, 'debs')
    for (const folder of [debs, join(root, 'state/lists/partial'), join(root, 'cache/archives/partial')]) {
      mkdirSync(folder, { recursive: true })
    }
    const apt = [
      '-qq',
      ...['-o', `Dir::State=${root}/state`, '-o', 'Dir::State::status=/var/lib/dpkg/status'],
      ...['-o', `Dir::Cache=${root}/cache`, '-o', 'Debug::NoLocking=1'],
    ]
    await run('apt-get', [...apt, 'update'])
    const plan = await run('apt-get', [...apt, '-s', 'install', '--no-install-recommends', ...packages])
    const needed = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name)
    await run('apt-get', [...apt, 'download', ...needed], { cwd: debs })
    for (const deb of readdirSync(debs)) await run('dpkg', ['-x', join(debs, deb), root])
  }
  const command = there()
  if (!command) throw new Error(`None of ${names.join(', ')} could be had: put one on the PATH`)
  const libraries = readdirSync(join(root, 'usr/lib')).map((name) => join(root, 'usr/lib', name))
  return { command, env: { LD_LIBRARY_PATH: [join(root, 'usr/lib'), ...libraries].join(':') } }
}
