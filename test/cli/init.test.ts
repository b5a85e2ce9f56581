import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { runInit } from '../../src/cli/init/example-project.js'
import { placeFiles } from '../../src/cli/init/project-files.js'
import { copyTemplate, templates } from '../../src/cli/template.js'
import { openDatabase } from '../../src/db/open.js'
import { describeEachDatabase } from '../servers/databases.js'

let directory: string

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'fstore-init-')), 'project')
})
afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }))

const minimal = [
  '.env.example',
  '.gitignore',
  'README.md',
  'data/events.csv',
  'data/load.sql',
  'features/user_activity.sql',
  'featurestore.config.ts',
  'tests/user_activity.json',
]

describe('copyTemplate', () => {
  test('writes every file, and none a second time', async () => {
    expect(await copyTemplate({ template: 'minimal', directory })).toEqual(minimal)
    expect(await readFile(join(directory, '.gitignore'), 'utf8')).toContain('.fstore/')
    expect(await copyTemplate({ template: 'minimal', directory })).toEqual([])
  })

  test('leaves unrelated files alone', async () => {
    await mkdir(directory)
    await writeFile(join(directory, 'package.json'), '{}')
    expect(await copyTemplate({ template: 'flights', directory })).toContain('data/flights.csv')
    expect(await readFile(join(directory, 'package.json'), 'utf8')).toBe('{}')
  })

  test('names all files it would overwrite, and writes none', async () => {
    await mkdir(directory)
    await writeFile(join(directory, 'README.md'), 'mine')
    await mkdir(join(directory, 'featurestore.config.ts'))
    await expect(copyTemplate({ template: 'minimal', directory })).rejects.toMatchObject({
      code: 'DIRECTORY_NOT_EMPTY',
      message: expect.stringContaining('README.md, featurestore.config.ts'),
    })
    expect((await readdir(directory)).sort()).toEqual(['README.md', 'featurestore.config.ts'])
  })

  test('adds to a .gitignore, and is stopped by a config of another kind', async () => {
    await mkdir(directory)
    await writeFile(join(directory, '.gitignore'), 'dist')
    expect(await copyTemplate({ template: 'minimal', directory })).toEqual(minimal)
    expect(await readFile(join(directory, '.gitignore'), 'utf8')).toBe('dist\n.fstore/\n')
    expect(await copyTemplate({ template: 'minimal', directory })).toEqual([])
    await writeFile(join(directory, 'featurestore.config.mjs'), '')
    await expect(copyTemplate({ template: 'minimal', directory })).rejects.toThrow('featurestore.config.mjs')
  })

  test('leaves nothing where one file cannot have its name', async () => {
    await mkdir(join(directory, 'b'), { recursive: true })
    await writeFile(join(directory, 'b', 'mine'), '')
    const create = ['a/new', 'c', 'b/mine'].map((name) => ({ name, content: name }))
    await expect(placeFiles({ directory, create, change: [] })).rejects.toMatchObject({ code: 'DIRECTORY_NOT_EMPTY' })
    expect((await readdir(directory, { recursive: true })).sort()).toEqual(['b', join('b', 'mine')])
  })

  test('a file stands where a folder is needed', async () => {
    await mkdir(directory)
    await writeFile(join(directory, 'data'), 'mine')
    await expect(copyTemplate({ template: 'minimal', directory })).rejects.toMatchObject({
      code: 'DIRECTORY_NOT_EMPTY',
    })
    expect(await readdir(directory)).toEqual(['data'])
  })

  test.each(templates)('%s holds no file that npm would drop', async (template) => {
    const files = await copyTemplate({ template, directory })
    expect(files).toContain('.gitignore')
    await expect(readdir(new URL(`../../templates/${template}/.gitignore`, import.meta.url))).rejects.toThrow('ENOENT')
  })
})

describe('runInit', () => {
  test('loads the example into the embedded database, once', async () => {
    const first = await runInit({ directory, template: 'minimal', env: {} })
    expect(first).toMatchObject({ directory, template: 'minimal', loaded: [{ table: 'events', rows: 40 }] })
    expect(first.skipped).toBeUndefined()
    const second = await runInit({ directory, template: 'minimal', env: {} })
    expect(second).toMatchObject({ files: [], loaded: [], skipped: expect.stringContaining('"events" already exists') })
    const db = openDatabase({ directory: join(directory, '.fstore', 'pglite') })
    const { rows } = await db.query({ role: 'app', tenant: 'default' }, 'SELECT count(*) AS n FROM events')
    await db.close()
    expect(rows).toEqual([{ n: 40 }])
  })

  test('adds scripts to a package.json, in its own way of writing, when asked', async () => {
    await mkdir(directory)
    const own = { name: 'shop', scripts: { build: 'tsc', 'fstore:build': 'mine' } }
    await writeFile(join(directory, 'package.json'), JSON.stringify(own, null, '\t'))
    const request = { directory, template: 'minimal', load: false, scripts: true } as const
    expect((await runInit(request)).files).toContain('package.json')
    expect((await runInit(request)).files).toEqual([])
    const added = { 'fstore:validate': 'fstore validate', 'fstore:test': 'fstore test' }
    const text = await readFile(join(directory, 'package.json'), 'utf8')
    expect(JSON.parse(text)).toEqual({ ...own, scripts: { ...own.scripts, ...added } })
    expect(text).toMatch(/^{\n\t"name"/)
    await expect(runInit({ ...request, directory: join(directory, 'new') })).rejects.toThrow('no package.json')
    expect(await readdir(directory)).not.toContain('new')
  })

  test('touches no database when told not to load', async () => {
    const result = await runInit({ directory, template: 'flights', load: false, env: {} })
    expect(result).toMatchObject({ loaded: [], skipped: 'not asked to' })
    expect(await readdir(directory)).not.toContain('.fstore')
  })

  test('keeps the files where the database cannot be reached', async () => {
    const env = { DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/none' }
    const error = await runInit({ directory, template: 'minimal', env }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' })
    expect(String(error)).not.toContain('secret')
    expect(await readdir(directory)).toContain('featurestore.config.ts')
  })
})

describeEachDatabase(
  (given) => {
    test('loads into the server of .env, readable for fstore', async () => {
      await mkdir(directory)
      await writeFile(join(directory, '.env'), `DATABASE_URL=${given.url}\n`)
      const result = await runInit({ directory, template: 'flights', env: {} })
      expect(result.loaded).toEqual([{ table: 'flights', rows: 20_000 }])
      const { rows } = await given.db.query({ role: 'app', tenant: 'default' }, 'SELECT count(*) AS n FROM flights')
      expect(rows).toEqual([{ n: 20_000 }])
    })
  },
  ['postgres'],
)
