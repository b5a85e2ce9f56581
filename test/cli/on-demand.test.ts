/** On-demand features on the command line, in a project whose config comes from the cache. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Fstore, type Project } from './fstore.js'

const config = `import { batch, bool, dataset, defineConfig, entity, float64, int64, onDemand, service, sql, timestamp } from 'featurestore'

const airport = entity('airport', { airport: 'string' })
const departures = batch('departures', {
  entity: airport,
  start: '2024-03-01',
  end: '2024-03-02',
  sql: sql\`SELECT 'SFO' AS airport, 0.25::float8 AS late\`,
  features: { late: float64() },
})
const risk = onDemand('risk', {
  entity: airport,
  version: 1,
  request: { scheduled_at: timestamp() },
  features: { score: float64() },
  inputs: [departures.pick('late')],
  compute: (inputs, request) => {
    if (inputs['departures.late'] === null) throw new Error('an unknown airport')
    return { score: inputs['departures.late'] * (request.scheduled_at.getUTCHours() < 6 ? 1 : 2) }
  },
})
const runways = onDemand('runways', {
  entity: airport,
  features: { runways: int64(), built: int64() },
  sql: sql\`SELECT length(:airport)::bigint AS runways, extract(year FROM now())::bigint AS built\`,
})
const late = service('late_v1', [departures.pick('late'), risk.pick('score')])
const spine = sql\`SELECT 'SFO' AS airport, timestamptz '2024-03-03Z' AS event_timestamp, true AS is_late,
  timestamptz '2024-03-03T07:00Z' AS scheduled_at\`
export default defineConfig({
  project: 'flights',
  groups: [departures, risk, runways],
  services: [late],
  datasets: [dataset('flights', { service: late, spine, label: { is_late: bool() } })],
})
`

let fstore: Fstore
let project: Project

beforeAll(async () => {
  fstore = await Fstore.onPostgres()
  project = await fstore.directory('flights')
  await project.write('featurestore.config.ts', config)
  expect(await project.run(['build'])).toMatchObject({ code: 0 })
})
afterAll(() => fstore.remove())

const feature = (value: number) => expect.objectContaining({ value, status: 'PRESENT', source: 'on_demand' })

test('get gives what is computed with the request data', async () => {
  const get = ['get', '--json', '--service', 'late_v1', 'airport=SFO', '--request']
  const early = await project.run([...get, 'scheduled_at=2024-03-03T05:00Z'])
  expect(JSON.parse(early.stdout)).toMatchObject({ features: { 'risk.score': feature(0.25) } })
  const later = await project.run([...get, '{"scheduled_at":"2024-03-03T07:00Z"}'])
  expect(JSON.parse(later.stdout)).toMatchObject({ features: { 'risk.score': feature(0.5) } })
})

test('what is missing, and what the function says, is told without a stack', async () => {
  const missing = await project.run(['get', 'SFO', '--features', 'risk.score'])
  expect(missing).toMatchObject({ code: 2, stdout: '' })
  expect(missing.stderr).toContain('Request data is missing: scheduled_at (timestamp).')
  const thrown = await project.run(['get', 'LAX', '--features', 'risk.score', '--request', 'scheduled_at=2024-03-03'])
  expect(thrown).toMatchObject({ code: 3, stdout: '' })
  expect(thrown.stderr).toContain('risk.score of airport=LAX could not be computed: an unknown airport')
  expect(thrown.stderr).not.toContain('    at ')
  const history = await project.run(['history', 'risk.score', 'SFO'])
  expect(history).toMatchObject({ code: 2, stderr: expect.stringContaining('risk is on demand') })
})

test('all of an entity is read, whatever one group comes to', async () => {
  const without = await project.run(['get', 'SFO'])
  expect(without).toMatchObject({ code: 0, stdout: expect.stringContaining('runways.runways') })
  expect(without.stderr).toBe('risk is computed with request data: add --request scheduled_at=…\n')
  const broken = await project.run(['get', 'LAX', '--request', 'scheduled_at=2024-03-03T05:00Z'])
  expect(broken).toMatchObject({
    code: 3,
    stdout: expect.stringMatching(/departures\.late .*NOT_FOUND[\s\S]*runways\.built/),
  })
  expect(broken.stderr).toContain('error COMPUTE_FAILED  risk.score of airport=LAX could not be computed')
  const json = await project.run(['get', 'LAX', '--json', '--request', 'scheduled_at=2024-03-03T05:00Z'])
  expect(JSON.parse(json.stdout)).toMatchObject({
    errors: [{ code: 'COMPUTE_FAILED' }],
    features: { 'runways.runways': {} },
  })
})

test('request data that nothing takes is refused, and a second pair of it is none of the keys', async () => {
  const slip = await project.run(['get', 'SFO', '--request', 'schedule_at=2024-03-03T05:00Z'])
  expect(slip).toMatchObject({ code: 2, stderr: expect.stringContaining('fix  Did you mean "scheduled_at"?') })
  const pair = '2024-03-03T05:00Z'
  const twice = await project.run(['get', 'SFO', '--request', `scheduled_at=${pair}`, `scheduled_at=${pair}`])
  expect(twice).toMatchObject({ code: 0, stdout: expect.stringMatching(/risk\.score +0\.25/) })
})

test('list shows them, plan has nothing to do, validate says what a training set cannot have', async () => {
  const list = JSON.parse((await project.run(['list', '--json'])).stdout)
  expect(list.groups).toContainEqual(
    expect.objectContaining({ name: 'risk', version: 1, onDemand: true, request: ['scheduled_at'] }),
  )
  expect(await project.run(['plan', '--check'])).toMatchObject({ code: 0 })
  const { findings } = JSON.parse((await project.run(['validate', '--json'])).stdout)
  expect(findings.map((one: any) => [one.code, one.group])).toEqual([
    ['CLOCK_IN_SQL', 'runways'],
    ['NOT_EXPORTABLE', 'runways'],
    ['FEATURE_UNUSED', 'runways'],
  ])
})

test('a training set has what was served, and is verified as long as the function stays', async () => {
  const piped = await project.run(['export-training', '-o', '-'])
  expect(piped).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('It is two files') })
  expect(await project.run(['export-training', '-o', 'out.csv'])).toMatchObject({ code: 0 })
  const text = await readFile(project.path('out.csv'), 'utf8')
  expect(text.split('\n')[0]).toBe('airport,event_timestamp,is_late,scheduled_at,departures__late,risk__score')
  expect(text.split('\n')[1]).toMatch(/,0\.25,0\.5$/)
  const verify = ['export-training', '--verify', 'out.csv.manifest.json']
  expect(await project.run(verify)).toMatchObject({ code: 0 })
  await project.write('featurestore.config.ts', config.replace('version: 1', 'version: 2'))
  expect(await project.run(verify)).toMatchObject({ code: 3, stderr: expect.stringContaining('It was version 1') })
})
