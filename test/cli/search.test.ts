/** `fstore search`: what is like a vector, or like another entity. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { documents } from '../../src/cli/json/index.js'
import { Fstore, type Project, shown } from './fstore.js'

const config = `import { batch, defineConfig, embedding, entity, sql, string } from 'featurestore'

const docs = batch('docs', {
  entity: entity('doc', { lang: 'string', id: 'int64' }),
  start: '2024-03-01',
  end: '2024-03-02',
  sql: sql\`SELECT lang, id, ARRAY[x, y]::real[] AS body, title
    FROM (VALUES ('en', 1, 1, 0, 'one'), ('en', 2, 1, 1, 'two'), ('fr', 1, -1, 0, 'un')) AS d (lang, id, x, y, title)\`,
  features: { body: embedding(2), title: string() },
})
export default defineConfig({ project: 'demo', groups: [docs] })
`
let fstore: Fstore
let project: Project

beforeAll(async () => {
  fstore = await Fstore.compile()
  project = await fstore.directory('demo')
  await project.write('featurestore.config.ts', config)
  await project.write('query.json', '[1, 0]')
  expect(await project.run(['build'])).toMatchObject({ code: 0 })
})
afterAll(() => fstore.remove())

test.each([
  ['--vector-file query.json --features title'],
  ['--key id=2 lang=en --limit 1 --json'],
  ["--vector '[1,0]' --threshold 0.9 --exact --json"],
  ["--vector '[-1,0.1]' --threshold 0.9999"],
  ["--vector '[1,0,0]'"],
  ["--vector 'one'"],
  ['--key id=9 lang=en'],
  [''],
])('search docs.body %s', async (words) => {
  const outcome = await project.bash(`fstore search docs.body ${words}`)
  expect(shown(project, outcome)).toMatchSnapshot()
  if (words.includes('--json')) documents.search?.parse(JSON.parse(outcome.stdout))
})
