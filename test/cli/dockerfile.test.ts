/** The example Dockerfile, instruction by instruction: the image starts, says that it is well, and stops when told to. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { repository } from '../compiled.js'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'
import { Fstore, type Project } from './fstore.js'
import { buildImage, type Image } from './image.js'
import { besidePackage, installable, npmEnvironment } from './installed.js'

const examples = join(repository, 'docs', 'examples')

let fstore: Fstore
let own: OwnDatabase
let project: Project
beforeAll(async () => {
  own = await createDatabase()
  fstore = await Fstore.compile()
  project = await installable(fstore, 'context')
})
afterAll(async () => {
  await fstore.remove()
  await own.drop()
})

/** Nobody, where we are root and nobody may read what the command is made of; ourselves elsewhere. */
async function someone(): Promise<Image['user']> {
  if (process.getuid?.() !== 0) return {}
  for (const folder of [fstore.home, fstore.folder]) await chmod(folder, 0o755)
  const nobody = { uid: 65_534, gid: 65_534 }
  const look = `require('node:fs').readFileSync(${JSON.stringify(join(fstore.folder, 'node_modules', 'jiti', 'package.json'))})`
  return spawnSync(process.execPath, ['-e', look], nobody).status === 0 ? nobody : {}
}

test('what the Dockerfile says makes a server', async () => {
  await project.write('.env', 'DATABASE_URL=postgres://nowhere')
  await project.write('.fstore/config.json', 'old')
  await cp(join(examples, '.dockerignore'), project.path('.dockerignore'))
  let stages = 0
  const image = await buildImage({
    dockerfile: await readFile(join(examples, 'Dockerfile'), 'utf8'),
    context: project.folder,
    env: npmEnvironment(fstore),
    node: await someone(),
    stage: async () => {
      const root = join(fstore.home, `stage-${stages++}`)
      await mkdir(root)
      await besidePackage(fstore, root)
      return root
    },
  })
  const names = await readdir(image.workdir)
  expect(names).toEqual(expect.arrayContaining(['featurestore.config.ts', 'features', 'node_modules', '.fstore']))
  expect(names).not.toContain('.env')
  expect(await readdir(join(image.workdir, '.fstore'))).toEqual([])
  expect((await stat(join(image.workdir, '.fstore'))).uid).toBe(image.user.uid ?? process.getuid?.())

  const port = await freePort()
  const env = { ...image.env, DATABASE_URL: own.ownerUrl, FSTORE_TOKEN: 'a-token-of-the-test' }
  const [command = '', ...words] = [...image.command, '--port', String(port)]
  const options = { cwd: image.workdir, env, ...image.user }
  const server = spawn(command, words, { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
  let heard = ''
  server.stderr.on('data', (text) => (heard += text))
  const ended = once(server, 'exit')
  const [node = '', ...check] = image.health.map((word) => word.replace(':6566', `:${port}`))
  while (spawnSync(node, check, options).status !== 0) if (server.exitCode !== null) throw new Error(heard)
  const read = await fetch(`http://127.0.0.1:${port}/v1/features`, { method: 'POST', body: '{}' })
  expect(read.status).toBe(401)
  server.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  // The parsed config is there for the next start.
  expect(await readdir(join(image.workdir, '.fstore'))).toEqual(['config.json'])
}, 180_000)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
