import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { LoadedProject } from '../../src/config/load.js'
import { env } from '../../src/index.js'
import { configText, inFolder, write } from './folder.js'
import { Installed } from './installed.js'

let installed: Installed

beforeAll(async () => {
  installed = await Installed.start()
})

afterAll(() => installed.stop())

async function loadProject(options: { cwd?: string; configPath?: string }): Promise<LoadedProject> {
  const answer = await installed.load(options)
  if ('error' in answer) throw new Error(JSON.stringify(answer.error))
  return answer.loaded
}

async function failure(options: { cwd?: string; configPath?: string }): Promise<Record<string, any>> {
  const answer = await installed.load(options)
  return 'error' in answer ? answer.error : { loaded: answer.loaded }
}

const failing = (
  text: string,
  check: (error: Record<string, any>, root: string) => void,
  files: Record<string, string> = {},
) => inFolder({ ...files, 'featurestore.config.ts': text }, async (root) => check(await failure({ cwd: root }), root))

const group = (name: string) => `import { batch, int64, sql } from 'featurestore'
import { user } from './user'
export const group = batch('${name}', { entity: user, features: { age: int64() }, sql: sql\`SELECT 1\` })`

const several = {
  'featurestore.config.ts': `import { defineConfig } from 'featurestore'
import { group } from './features/group.js'
export default defineConfig({ project: 'demo', groups: [group] })`,
  'features/group.ts': group('profile'),
  'features/user.ts': `import { entity } from 'featurestore'
export const user = entity('user', { user_id: 'string' })`,
}

describe('finding the config', () => {
  test.each(['ts', 'mts', 'js', 'mjs'])('as featurestore.config.%s', (extension) =>
    inFolder({ [`featurestore.config.${extension}`]: configText() }, async (root) => {
      const loaded = await loadProject({ cwd: root })
      const file = join(root, `featurestore.config.${extension}`)
      expect(loaded).toMatchObject({ file, root, files: [file], project: { name: 'demo' } })
    }),
  )

  test('in a folder above', () =>
    inFolder({ 'featurestore.config.ts': configText(), 'a/b/x': '' }, async (root) => {
      expect((await loadProject({ cwd: join(root, 'a/b') })).root).toBe(root)
    }))

  test('by its path, or its folder', () =>
    inFolder({ 'other.ts': configText('other'), 'a/featurestore.config.ts': configText('a') }, async (root) => {
      expect((await loadProject({ cwd: root, configPath: 'other.ts' })).project.groups[0]?.name).toBe('other')
      expect((await loadProject({ cwd: root, configPath: 'a' })).root).toBe(join(root, 'a'))
    }))

  test('the nearest, and .ts before .js', () =>
    inFolder(
      { 'featurestore.config.ts': '', 'a/featurestore.config.js': '', 'a/featurestore.config.ts': configText() },
      async (root) =>
        expect((await loadProject({ cwd: join(root, 'a') })).file).toBe(join(root, 'a/featurestore.config.ts')),
    ))

  test('or not', () =>
    inFolder({}, async (root) => {
      expect(await failure({ cwd: root })).toMatchObject({
        code: 'CONFIG_NOT_FOUND',
        fix: 'Run `fstore init` to make a project here.',
      })
      expect(await failure({ cwd: root, configPath: 'nope.ts' })).toMatchObject({ code: 'CONFIG_NOT_FOUND' })
    }))
})

describe('loading', () => {
  test('follows imports, and an edit of any of them is seen at once', () =>
    inFolder(several, async (root) => {
      const files = Object.keys(several).sort()
      for (const name of ['profile', 'edited', 'again']) {
        await write(root, { 'features/group.ts': group(name) })
        const loaded = await loadProject({ cwd: root })
        expect(loaded.project.groups[0]?.name).toBe(name)
        expect(loaded.files.map((file) => relative(root, file)).sort()).toEqual(files)
      }
    }))

  test('does not need the variables that env() names', () =>
    inFolder(
      {
        'featurestore.config.ts': configText()
          .replace('sql }', 'sql, env }')
          .replace(
            "project: 'demo',",
            "project: 'demo', profiles: { prod: { database: env('NOT_SET_XYZ') + '?a=b' } },",
          ),
      },
      async (root) => {
        const { project } = await loadProject({ cwd: root })
        expect(project.profiles.prod?.database).toBe(`${env('NOT_SET_XYZ')}?a=b`)
      },
    ))

  test('a config in CommonJS', () =>
    inFolder(
      {
        'featurestore.config.js': configText()
          .replace(/import (.*) from 'featurestore'/, "const $1 = require('featurestore')")
          .replace('export default', 'module.exports ='),
      },
      async (root) => expect((await loadProject({ cwd: root })).project.name).toBe('demo'),
    ))

  test('a config with top-level await', () =>
    inFolder(
      {
        'featurestore.config.ts': configText()
          .replace('defineConfig({', 'await Promise.resolve(defineConfig({')
          .replace(/\)\n$/, '))\n'),
      },
      async (root) => expect((await loadProject({ cwd: root })).project.name).toBe('demo'),
    ))
})

test('what is cached loads without a single dependency: no compiler, no search, no parser', () =>
  inFolder({ 'featurestore.config.ts': configText() }, async (root) => {
    const bare = await Installed.start(false)
    try {
      expect(await bare.load({ cwd: root })).toHaveProperty('error')
      const loaded = await loadProject({ cwd: root })
      expect(await bare.load({ cwd: root })).toEqual({ loaded })
    } finally {
      await bare.stop()
    }
  }))

describe('a mistake', () => {
  test('in the syntax has its file, line, column and text', () =>
    failing(`export default {\n  a: 1,\n  b: { oops\n  c: 3,\n}\n`, (error, root) => {
      expect(error).toEqual({
        code: 'CONFIG_SYNTAX',
        message: 'The config is not valid TypeScript: Unexpected token, expected ",".',
        where: { file: join(root, 'featurestore.config.ts'), line: 4, column: 3, text: '  c: 3,' },
      })
    }))

  test('in the syntax of an imported file names that file', () =>
    failing(
      several['featurestore.config.ts'],
      (error, root) =>
        expect(error).toMatchObject({
          code: 'CONFIG_SYNTAX',
          where: { file: join(root, 'features/user.ts'), line: 2 },
        }),
      { ...several, 'features/user.ts': '\nexport const = 1' },
    ))

  test('in the syntax of a native module names that module', () =>
    inFolder({ 'featurestore.config.mjs': '\nexport default {,}\n' }, async (root) => {
      const error = await failure({ cwd: root })
      expect(error).toMatchObject({ code: 'CONFIG_SYNTAX', where: { line: 2, text: 'export default {,}' } })
    }))

  test('thrown has its line and no stack trace', () =>
    failing(`function fail(): never {\n  throw new TypeError('boom')\n}\nexport default fail()\n`, (error, root) => {
      expect(error).toEqual({
        code: 'CONFIG_FAILED',
        message: 'The config threw: TypeError: boom.',
        where: { file: join(root, 'featurestore.config.ts'), line: 2, text: "  throw new TypeError('boom')" },
      })
    }))

  test('thrown deep in an imported file has that place', () =>
    failing(
      several['featurestore.config.ts'],
      (error, root) => {
        const where = { file: join(root, 'features/user.ts'), line: 2, text: 'export const user = JSON.parse("{")' }
        expect(error).toMatchObject({ code: 'CONFIG_FAILED', where })
      },
      { ...several, 'features/user.ts': '\nexport const user = JSON.parse("{")' },
    ))

  test('that is not an Error', () =>
    failing("throw 'no' + 'pe'", (error) => expect(error.message).toBe('The config threw: nope.')))

  test('keeps passwords to itself', () =>
    failing("throw new Error('postgres://me:secret@host/db')", (error) => {
      expect(JSON.stringify(error)).not.toContain('secret')
      expect(error.message).toContain('postgres://me:***@host/db')
    }))

  test('in a path that is imported', () =>
    failing("\nimport { x } from './features/nope.js'\nexport default x", (error, root) => {
      expect(error).toMatchObject({
        code: 'CONFIG_FAILED',
        message: 'The config imports "./features/nope.js", which is not there.',
        where: { file: join(root, 'featurestore.config.ts'), line: 2, column: 20 },
      })
    }))

  test('in a package that is imported', () =>
    failing("import x from 'not-installed-xyz'\nexport default x", (error) => {
      expect(error.message).toBe('The config imports "not-installed-xyz", which is not there.')
      expect(error.fix).toBe('Run `npm install not-installed-xyz`.')
    }))

  test('in the name of a builder', () =>
    failing(
      "import { int } from 'featurestore'\nimport { flot64 } from 'featurestore'\nexport default flot64()",
      (error) => {
        expect(error).toMatchObject({ code: 'CONFIG_FAILED', fix: 'Did you mean "float64"?', where: { line: 3 } })
      },
    ))

  test('that a builder refuses has its line', () =>
    failing(`import { sql } from 'featurestore'\nconst days = 7\nexport default sql\`SELECT \${days}\``, (error) => {
      expect(error).toMatchObject({ code: 'SQL_INVALID', where: { line: 3 } })
      expect(error.fix).toContain(':start_time')
    }))

  test('that is an ENOENT is not taken for a missing config', () =>
    failing("import { readFileSync } from 'node:fs'\nreadFileSync('/nope')", (error) => {
      expect(error).toMatchObject({ code: 'CONFIG_FAILED', where: { line: 2 } })
    }))

  test('of a missing default export', async () => {
    await failing('', (error) => expect(error.message).toBe('The config file has no default export.'))
    await failing('export const a = 1', (error) => expect(error.code).toBe('CONFIG_INVALID'))
    await failing(configText().replace('export default', 'export const config ='), (error) => {
      expect(error.fix).toBe('Add the line: export default config')
    })
  })
})
