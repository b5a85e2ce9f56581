/** `fstore push`: rows of a pushed group from lines of JSON. */

import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Fstore, type Project, shown } from './fstore.js'

const config = `import { batch, defineConfig, entity, float64, int64, sql, stream, string } from 'featurestore'

const user = entity('user', { user_id: 'string' })
const profile = stream('profile', {
  entity: user,
  features: { clicks: int64({ min: 0 }), score: float64(), total: int64({ as: 'bigint' }), name: string() },
})
const computed = batch('computed', { entity: user, start: '2026-01-01', end: '2026-01-02', features: { n: int64() },
  sql: sql\`SELECT 'u' AS user_id, 1 AS n\` })
export default defineConfig({ project: 'demo', groups: [profile, computed] })
`
const at = '"event_timestamp":"2026-03-01T08:00:00Z"'
const lines = [
  `{"user_id":"u1",${at},"clicks":3,"total":"9007199254740993"}`,
  '',
  `{"user_id":"u2",${at},"clicks":-1}`,
  `{"user_id":"u3",${at},"click":1}`,
  `{"user_id":"u4",${at},"total":9007199254740993}`,
  '{"user_id":"u5"',
  '[1]',
  '{"clicks":1}',
  '{"user_id":"u7","clicks":1,"event_timestamp":"2999-01-01"}',
  `{"user_id":"u1",${at},"score":"NaN","name":"a\u2028b"}`,
  `{"user_id":"u1",${at},"score":"NaN"}\r`,
].join('\n')

let fstore: Fstore
let project: Project

beforeAll(async () => {
  fstore = await Fstore.onPostgres()
  project = await fstore.directory('demo')
  await project.write('featurestore.config.ts', config)
  await project.write('rows.jsonl', `\uFEFF${lines}`)
  await project.write('more.jsonl', `{"user_id":"m1","clicks":1}\n{"user_id":"m2","clicks":2}\n`)
  expect(await project.run(['build'])).toMatchObject({ code: 0 })
})
afterAll(() => fstore.remove())

test('bad lines are told by number and set aside; the others are written', async () => {
  expect(shown(project, await project.run(['push', 'profile', 'rows.jsonl']))).toMatchSnapshot()
  const read = await project.run(['get', 'u1', '--entity', 'user', '--json'])
  const features = JSON.parse(read.stdout).features
  expect(features['profile.total'].value).toBe('9007199254740993')
  expect(features['profile.clicks'].value).toBe(3)
  expect(features['profile.name'].value).toBe('a\u2028b')
})

test('as JSON', async () => {
  expect(shown(project, await project.run(['push', 'profile', 'rows.jsonl', '--json']))).toMatchSnapshot()
})

test('from stdin', async () => {
  expect(shown(project, await project.bash('fstore push profile < more.jsonl'))).toMatchSnapshot()
  expect(shown(project, await project.bash('fstore push profile - < /dev/null'))).toMatchSnapshot()
})

test.each([
  ['a computed group', ['push', 'computed', 'more.jsonl']],
  ['an unknown group', ['push', 'profil', 'more.jsonl']],
  ['a file that is not there', ['push', 'profile', 'none.jsonl']],
  ['materialize', ['materialize', 'profile', '--start', '2026-01-01', '--end', '2026-01-02']],
  ['preview', ['preview', 'profile']],
])('refused: %s', async (_, args) => {
  expect(shown(project, await project.run(args))).toMatchSnapshot()
})

test('in the list of groups', async () => {
  expect(shown(project, await project.run(['list']))).toMatchSnapshot()
})
