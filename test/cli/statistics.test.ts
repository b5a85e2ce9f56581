/** `inspect` and `drift` through the binary: what they print, for people and for programs, and their exit codes. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Fstore, type Project, shown } from './fstore.js'

const config = `
import { batch, defineConfig, entity, float64, int64, sql, stream, string } from 'featurestore'
const user = entity('user', { user_id: 'string' })
const scores = batch('scores', {
  entity: user, every: '1d', start: '2025-01-01', end: process.env.TO ?? '2025-01-03',
  features: { score: float64(), plan: string(), visits: int64() },
  sql: sql\`SELECT user_id, score, plan, visits FROM source WHERE at >= :start_time AND at < :end_time\`,
})
const pushed = stream('pushed', { entity: user, features: { clicks: int64() } })
export default defineConfig({ project: 'drifting', groups: [scores, pushed] })
`

const day = (date: string, moved: number, unknown: number) => `
  INSERT INTO source SELECT 'u' || u, '${date}T12:00Z', u % 100 + ${moved}, CASE WHEN u % ${unknown} = 0 THEN NULL
    WHEN u % 4 = 0 THEN 'pro' ELSE 'free' END, u % 7 FROM generate_series(1, 700) AS u;`

let fstore: Fstore
let project: Project

beforeAll(async () => {
  fstore = await Fstore.onPostgres()
  project = await fstore.directory('drifting')
  await project.write('featurestore.config.ts', config)
  await project.write(
    'load.sql',
    `CREATE TABLE source (user_id text, at timestamptz, score float8, plan text, visits int);
     ${day('2025-01-01', 0, 50)} ${day('2025-01-02', 0, 50)} ${day('2025-01-03', 0, 50)} ${day('2025-01-04', 60, 2)}`,
  )
  for (const args of [['migrate'], ['sql', 'load.sql'], ['sql', '-c', 'GRANT SELECT ON source TO fstore_app']])
    expect(await project.run(args)).toMatchObject({ code: 0 })
})
afterAll(() => fstore.remove())

async function build(to: string): Promise<void> {
  expect(await project.run(['build'], { env: { TO: to } })).toMatchObject({ code: 0 })
}

test('before anything is built', async () => {
  expect(shown(project, await project.run(['inspect', 'scores']))).toMatchSnapshot()
  expect(shown(project, await project.run(['drift']))).toMatchSnapshot()
})

test('after one run, there is something to see and nothing to compare', async () => {
  await build('2025-01-03')
  expect(
    shown(project, await project.run(['inspect', 'scores'])).replace(/computed .*/, 'computed <ago>'),
  ).toMatchSnapshot()
  const blocks = await project.run(['inspect', 'scores.plan', '--now'], { env: { LANG: 'C.UTF-8' } })
  expect(shown(project, blocks)).toMatchSnapshot()
  expect(shown(project, await project.run(['inspect', 'pushed']))).toMatchSnapshot()
  expect(shown(project, await project.run(['drift']))).toMatchSnapshot()
})

test('values like those before are no drift, others are: exit 4', async () => {
  await build('2025-01-04')
  expect(await project.run(['drift', 'scores'])).toMatchObject({ code: 0, stdout: expect.stringContaining('No drift') })
  await build('2025-01-05')
  expect(shown(project, await project.run(['drift', 'scores']))).toMatchSnapshot()
  const { code, stdout } = await project.run(['drift', '--json'])
  expect(code).toBe(4)
  expect(JSON.parse(stdout)).toMatchObject({
    schemaVersion: 1,
    findings: 3,
    groups: [
      {
        group: 'scores',
        status: 'compared',
        baseline: { start: '2025-01-01T00:00:00Z', rows: 1400 },
        current: { start: '2025-01-04T00:00:00Z', rows: 700 },
        features: [
          { feature: 'score', findings: ['psi'], thresholds: { psi: 0.2, nullShare: 0.1 } },
          { feature: 'plan', nullShareBefore: 0.02, nullShareNow: 0.5, findings: ['psi', 'nullShare'] },
          { feature: 'visits', findings: [] },
        ],
      },
      { group: 'pushed', status: 'no rows' },
    ],
  })
})

test('a feature has its histogram, its quantiles, and a line for each run', async () => {
  const outcome = await project.run(['inspect', 'scores.score'])
  expect(shown(project, outcome).replace(/computed .*/, 'computed <ago>')).toMatchSnapshot()
  const { stdout } = await project.run(['inspect', 'scores.visits', '--json'])
  const { runs, ...rest } = JSON.parse(stdout)
  expect(rest).toEqual({
    schemaVersion: 1,
    group: 'scores',
    version: 1,
    tenant: 'default',
    feature: 'visits',
    source: 'runs',
  })
  expect(runs).toHaveLength(3)
  expect(runs[2].features).toEqual([
    expect.objectContaining({ feature: 'visits', distinct: 7, mean: 3, min: 0, max: 6 }),
  ])
})

test('a baseline can be set', async () => {
  expect(shown(project, await project.run(['drift', '--set-baseline', 'scores']))).toMatchSnapshot()
  expect(await project.run(['drift', 'scores'])).toMatchObject({ code: 0 })
  expect(await project.run(['drift', '--set-baseline'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('USAGE'),
  })
})

test.each([
  ['an unknown group', ['inspect', 'score_s'], 'NAME_UNKNOWN'],
  ['an unknown feature', ['inspect', 'scores.plam'], 'NAME_UNKNOWN'],
  ['an unknown group, of drift', ['drift', 'scorez'], 'NAME_UNKNOWN'],
  ['a version of every group', ['drift', '--against', '1'], 'USAGE'],
])('refuses %s', async (_, args, code) => {
  expect(await project.run(args)).toMatchObject({ code: 2, stderr: expect.stringContaining(code) })
})
