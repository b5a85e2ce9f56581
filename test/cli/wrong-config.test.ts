/** Configs that cannot be read: what went wrong, where, and how to mend it, without a database in sight. */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Fstore, shown } from './fstore.js'

let fstore: Fstore

beforeAll(async () => {
  fstore = await Fstore.compile()
})
afterAll(() => fstore.remove())

const broken: Record<string, string> = {
  'a syntax error': "import { batch } from 'featurestore'\nexport const x = batch('a', {\n  entity: }\n)\n",
  'a throw': "const limit = 3\n\nthrow new Error('no luck')\n",
  'a type error': 'const host = process.env.NOT_SET_XYZ!.length\nexport default host\n',
  'a missing file': "import { x } from './nope'\nexport default x\n",
  'a missing package': "import { x } from 'no-such-package'\nexport default x\n",
  'a misspelled import': "import { btach } from 'featurestore'\nexport default btach('x', {})\n",
  'no default export': 'export const a = 1\n',
  'an empty file': '',
  'a plain object': "export default { project: 'x', groups: [] }\n",
  'SQL with a value spliced in':
    "import { sql } from 'featurestore'\nconst day = '2025-01-01'\nexport default sql`SELECT ${day}`\n",
  'many mistakes': `import { batch, defineConfig, entity, float64, int64, sqlFile } from 'featurestore'
const user = entity('User', { user_id: 'strng' as any })
const activity = batch('user_activity', {
  entity: user, evry: '1d', every: '1x' as any, start: '2025-01-01 10:00', ttl: -1 as any,
  sql: sqlFile('features/user_activity.sql'),
  features: { events: int64({ min: 5, max: 1, notnul: true } as any), spent: float64({ pattern: 'x' } as any) },
} as any)
export default defineConfig({ project: 'My Project', groups: [activity, activity], profile: {} } as any)
`,
}

describe('a config with', () => {
  test.each(Object.entries(broken))('%s', async (name, text) => {
    const project = await fstore.directory(name.replaceAll(' ', '-'))
    await project.write('featurestore.config.ts', text)
    const outcome = await project.run(['build'])
    expect(shown(project, outcome)).toMatchSnapshot()
    expect(outcome).toMatchObject({ code: 2, stdout: '' })
    expect(outcome.stderr).not.toMatch(/^ +at \S/m)
  })
})

test('no config at all, here or above', async () => {
  const project = await fstore.directory('empty')
  expect(shown(project, await project.run(['build']))).toMatchSnapshot()
  const json = await project.run(['get', 'ada', '--json'])
  expect(json.code).toBe(2)
  expect(JSON.parse(json.stdout)).toEqual({
    schemaVersion: 1,
    error: { code: 'CONFIG_NOT_FOUND', message: expect.any(String), fix: expect.any(String) },
  })
})

test('a config named that is not there', async () => {
  const project = await fstore.directory('empty')
  expect(shown(project, await project.run(['list', '--config', 'nope.ts']))).toMatchSnapshot()
})

const config = `import { batch, defineConfig, entity, env, int64, sqlFile } from 'featurestore'
const user = entity('user', { user_id: 'string' })
const visits = batch('visits', {
  entity: user, every: '1d', start: '2025-01-01', end: '2025-01-03',
  sql: sqlFile('features/visits.sql'), features: { n: int64() },
})
export default defineConfig({ project: 'demo', groups: [visits], profiles: { prod: { database: env('PROD_URL') } } })
`

describe('a sound config whose database cannot be had', () => {
  const wrong: Record<string, { args: string[]; env?: Record<string, string>; code: number }> = {
    'nothing listens': { args: ['build'], env: { DATABASE_URL: 'postgres://u:S3cret@127.0.0.1:1/db' }, code: 5 },
    'no URL': { args: ['build'], env: { DATABASE_URL: 'S3cret' }, code: 2 },
    'another kind of URL': { args: ['get', 'a'], env: { DATABASE_URL: 'mysql://u:S3cret@h/db' }, code: 2 },
    'a password that breaks the URL': { args: ['build'], env: { DATABASE_URL: 'postgres://u:S3/cr#et@h/db' }, code: 2 },
    'an unknown profile': { args: ['build', '--profile', 'prd'], code: 2 },
    'a variable that is not set': { args: ['build', '--profile', 'prod'], code: 2 },
    'an empty tenant': { args: ['get', 'a', '--tenant', ''], code: 2 },
  }
  test.each(Object.entries(wrong))('%s', async (name, { args, env = {}, code }) => {
    const project = await fstore.directory(name.replaceAll(' ', '-'))
    await project.write('featurestore.config.ts', config)
    await project.write('features/visits.sql', 'SELECT 1')
    const people = await project.run(args, { env })
    expect(shown(project, people)).toMatchSnapshot()
    expect(people).toMatchObject({ code, stdout: '' })
    const json = await project.run([...args, '--json'], { env })
    expect(json.code).toBe(code)
    expect(JSON.parse(json.stdout)).toMatchObject({ schemaVersion: 1, error: { code: expect.any(String) } })
    expect(json.stdout + json.stderr + people.stderr).not.toContain('S3')
  })

  test('what is declared can still be listed, and says that what is live is not known', async () => {
    const project = await fstore.directory('unreachable')
    await project.write('featurestore.config.ts', config)
    const env = { DATABASE_URL: 'postgres://u:S3cret@127.0.0.1:1/db' }
    expect(shown(project, await project.run(['list'], { env }))).toMatchSnapshot()
    const json = await project.run(['list', '--json'], { env })
    expect(JSON.parse(json.stdout)).toMatchObject({
      groups: [{ name: 'visits', version: null }],
      warning: expect.stringContaining('not known'),
    })
  })

  test('an .env that cannot be read is not passed over', async () => {
    const project = await fstore.directory('env')
    await project.write('featurestore.config.ts', config)
    // A link to itself: unreadable for root too.
    const outcome = await project.bash('ln -s .env .env; fstore build')
    expect(outcome.code).toBe(2)
    expect(shown(project, outcome)).toMatchSnapshot()
  })
})
