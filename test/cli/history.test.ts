/** `fstore history`: what a feature of an entity has been. */

import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Fstore, type Outcome, type Project, shown } from './fstore.js'

const config = (sql: string) => `import { batch, defineConfig, entity, int64, sql } from 'featurestore'

const days = { every: '1d', start: '2024-03-01', end: '2024-03-04' } as const
const visits = batch('visits', {
  entity: entity('user', { user_id: 'string' }),
  ...days,
  sql: sql\`${sql}\`,
  features: { n: int64({ as: 'bigint' }) },
})
const routes = batch('routes', {
  entity: entity('route', { origin: 'string', number: 'int64' }),
  ...days,
  sql: sql\`SELECT 'SFO' AS origin, 7 AS number, 1 AS distance WHERE :end_time < '2024-03-03'\`,
  features: { distance: int64() },
})
export default defineConfig({ project: 'demo', groups: [visits, routes] })
`
const first = 'SELECT user_id, n FROM counts WHERE day >= :start_time AND day < :end_time'

let fstore: Fstore
let project: Project

const run = async (...args: string[]) => {
  const outcome = await project.run(args)
  expect(outcome).toMatchObject({ code: 0 })
  return outcome
}

beforeAll(async () => {
  fstore = await Fstore.compile()
  project = await fstore.directory('demo')
  await project.write('featurestore.config.ts', config(first))
  await project.write(
    'counts.sql',
    `CREATE TABLE counts (user_id text, day timestamptz, n bigint);
     INSERT INTO counts VALUES ('ada', '2024-03-01Z', 9007199254740993), ('ada', '2024-03-02Z', 2),
       ('ada', '2024-03-03Z', NULL);`,
  )
  await run('sql', 'counts.sql')
  await run('build')
  await run('sql', '-c', 'UPDATE counts SET n = 20 WHERE n = 2')
  await run('sql', '-c', "DELETE FROM counts WHERE day = '2024-03-03Z'")
  await run('materialize', 'visits', '--start', '2024-03-01', '--end', '2024-03-04')
  await project.write('featurestore.config.ts', config(first.replace(' n ', ' -n AS n ')))
  await run('build')
})
afterAll(() => fstore.remove())

/** Stamps are as long as their fractions happen to be. */
const table = (outcome: Outcome) => shown(project, outcome).replaceAll(/(<now>|written) +/g, '$1  ')

test('as a table, newest first', async () => {
  expect(table(await run('history', 'visits.n', 'ada'))).toMatchSnapshot()
  expect(table(await run('history', 'distance', 'number=7', 'origin=SFO', '--limit', '1'))).toMatchSnapshot()
})

test('with what was superseded, of a version that is not live', async () => {
  expect(table(await run('history', 'visits.n@1', 'ada', '--all'))).toMatchSnapshot()
})

test('as JSON', async () => {
  const ask = [
    'history',
    'visits.n@1',
    'ada',
    '--all',
    '--json',
    '--start',
    '2024-03-02',
    '--end',
    '2024-03-03T00:00:00.1Z',
  ]
  const { stdout, stderr } = await run(...ask, '--limit', '2')
  expect(stderr).toBe('There are older rows: --limit 20 shows more.\n')
  const written = expect.stringMatching(/^\d{4}-.*Z$/)
  expect(JSON.parse(stdout)).toEqual({
    schemaVersion: 1,
    feature: 'visits.n@1',
    entity: 'user',
    keys: { user_id: 'ada' },
    rows: [
      { value: '20', eventTimestamp: '2024-03-03T00:00:00Z', createdAt: written, supersededAt: null },
      { value: '2', eventTimestamp: '2024-03-03T00:00:00Z', createdAt: written, supersededAt: written },
    ],
    more: true,
  })
})

test('of nobody, and of another tenant, there is none', async () => {
  const nobody = await run('history', 'visits.n', 'bob')
  expect(nobody).toMatchObject({ stdout: '', stderr: 'warning no history of visits.n found for user bob\n' })
  const { stdout } = await run('history', 'visits.n', 'ada', '--tenant', 'other', '--json')
  expect(JSON.parse(stdout)).toMatchObject({ rows: [], more: false })
})

const wrong: Record<string, string[]> = {
  'an unknown feature': ['visits.m', 'ada'],
  'no key': ['visits.n'],
  'two entities': ['visits.n', 'ada', 'bob'],
  'half a key': ['distance', 'origin=SFO'],
  'a limit of nothing': ['visits.n', 'ada', '--limit', '0'],
  'a start after its end': ['visits.n', 'ada', '--start', '2024-03-02', '--end', '2024-03-01'],
  'a start without a zone': ['visits.n', 'ada', '--start', '2024-03-02T00:00'],
}

test.each(Object.entries(wrong))('with %s it is refused', async (_, words) => {
  const outcome = await project.run(['history', ...words])
  expect(outcome).toMatchObject({ code: 2, stdout: '' })
  expect(shown(project, outcome)).toMatchSnapshot()
})
