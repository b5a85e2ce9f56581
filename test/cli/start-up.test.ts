/** Start-up is a feature: what a command does not need is not loaded. Seen by the modules themselves, not by the clock. */

import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'
import { startOwnRedis } from '../servers/own.js'
import { Fstore, type Project } from './fstore.js'

let fstore: Fstore
let own: OwnDatabase
let project: Project

/** Writes down every module that Node loads, as ES module or as CommonJS. */
const witness = `import { appendFileSync } from 'node:fs'
import Module, { register } from 'node:module'
const hooks = \`import { appendFileSync } from 'node:fs'
export async function load(url, context, next) {
  appendFileSync(process.env.LOADED, url + '\\\\n')
  return next(url, context)
}\`
register('data:text/javascript,' + encodeURIComponent(hooks))
const load = Module._load
Module._load = (request, ...rest) => {
  appendFileSync(process.env.LOADED, 'require:' + request + '\\n')
  return load(request, ...rest)
}
`

beforeAll(async () => {
  own = await createDatabase()
  fstore = await Fstore.compile({ databaseUrl: own.ownerUrl })
  project = await fstore.directory('minimal')
  await writeFile(join(fstore.home, 'witness.mjs'), witness)
  expect(await project.run(['init'])).toMatchObject({ code: 0 })
  expect(await project.run(['build'])).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await fstore.remove()
  await own.drop()
})

/** The packages a command loads that are not in a bundle, and the bundles. */
async function loaded(args: readonly string[], env: Record<string, string> = {}) {
  const log = join(fstore.home, `loaded-${randomUUID()}`)
  const witnessed = { LOADED: log, NODE_OPTIONS: `--import=file://${join(fstore.home, 'witness.mjs')}` }
  const outcome = await project.run(args, { env: { ...env, ...witnessed } })
  expect(outcome).toMatchObject({ code: 0, stderr: '' })
  const urls = (await readFile(log, 'utf8')).trimEnd().split('\n')
  const imported = urls.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? [])
  const required = urls.flatMap((url) => /^require:((?:@[^/]+\/)?[a-z][^/:]*)(?:\/|$)/.exec(url)?.[1] ?? [])
  const bundles = urls.flatMap((url) => /^require:.*\/(\w+)\.cjs$/.exec(url)?.[1] ?? [])
  const packages = [...imported, ...required].filter((name) => !isBuiltin(name))
  return { packages: [...new Set(packages)].sort(), bundles: [...new Set(bundles)] }
}

test('--help loads what describes the commands', async () => {
  for (const args of [['--help'], ['build', '--help'], ['help', 'get'], ['--version']])
    expect(await loaded(args)).toEqual({ packages: [], bundles: ['main'] })
})

test('get with a cached config loads neither what reads configs nor what measures characters', async () => {
  for (const format of [['--json'], []])
    expect(await loaded(['get', 'ada', ...format])).toEqual({ packages: [], bundles: ['main', 'read', 'postgres'] })
})

test('get of what Redis holds loads nothing but what reads it', async () => {
  const redis = await startOwnRedis()
  const env = { REDIS_URL: redis.url }
  try {
    expect(await project.run(['sync'], { env })).toMatchObject({ code: 0 })
    expect(await loaded(['get', 'ada', '--json'], env)).toEqual({ packages: [], bundles: ['main', 'read', 'redis'] })
  } finally {
    await redis.stop()
  }
})

test('a config that has changed does load them: the witness sees', async () => {
  const config = 'featurestore.config.ts'
  await project.write(config, `${await readFile(project.path(config), 'utf8')}\n`)
  const { packages } = await loaded(['list', '--json'])
  expect(packages).toEqual(expect.arrayContaining(['cosmiconfig', 'jiti', 'zod']))
})

test('what services import loads no config reader and no command', async () => {
  const { packages, modules } = await loadedBy(`import { createFeatureStore } from '${fstore.folder}/dist/index.js'`)
  for (const name of ['jiti', 'cosmiconfig', 'commander', 'react', 'pg', '@electric-sql/pglite', 'ink', 'ioredis'])
    expect(packages).not.toContain(name)
  expect(
    modules.filter((name) =>
      /^(cli\/|pipeline\/(?!pusher$)|plan\/(apply|build|execute)|config\/(load|evaluate))/.test(name),
    ),
  ).toEqual([])
})

async function loadedBy(code: string) {
  const log = join(fstore.home, 'loaded-by')
  const script = 'service.mjs'
  await project.write(script, code)
  const env = { LOADED: log, NODE_OPTIONS: `--import=file://${join(fstore.home, 'witness.mjs')}` }
  expect(await project.bash(`node ${script}`, { env })).toMatchObject({ code: 0, stderr: '' })
  const urls = (await readFile(log, 'utf8')).trimEnd().split('\n')
  return {
    packages: urls.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []),
    modules: urls.flatMap((url) => /\/dist\/(.+)\.js$/.exec(url)?.[1] ?? []),
  }
}
