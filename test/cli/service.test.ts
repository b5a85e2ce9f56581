/** Services and datasets on the command line. */

import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Fstore, type Project, shown } from './fstore.js'

const config = `import { batch, bool, dataset, defineConfig, entity, float64, int64, service, sql } from 'featurestore'

const airport = entity('airport', { airport: 'string' })
const route = entity('route', { origin: 'string', destination: 'string' })
const once = { every: '1d', start: '2024-03-01', end: '2024-03-02' } as const
const departures = batch('departures', {
  entity: airport,
  ...once,
  sql: sql\`SELECT * FROM (VALUES ('SFO', 0.25::float8), ('LAX', NULL)) AS v (airport, late)\`,
  features: { late: float64() },
})
const routes = batch('routes', {
  entity: route,
  ...once,
  sql: sql\`SELECT 'SFO' AS origin, 'LAX' AS destination, 9007199254740993 AS distance\`,
  features: { distance: int64({ as: 'bigint' }) },
})
const late = service(
  'late_v1',
  [
    departures.pick('late').as('origin', { airport: 'origin' }),
    departures.pick('late').as('destination', { airport: 'destination' }),
    routes.pick('distance'),
  ],
  { description: 'Will it be late?' },
)
export default defineConfig({
  project: 'flights',
  groups: [departures, routes],
  services: [late, service('one', [departures.pick('late')])],
  datasets: [
    dataset('flights', {
      service: late,
      spine: sql\`SELECT 1\`,
      label: { late: bool() },
      split: { by: 'time', train: 0.7, validation: 0.15, test: 0.15 },
    }),
  ],
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

const get = (...words: string[]) => project.run(['get', '--service', ...words])

const feature = (value: unknown, status = 'PRESENT') =>
  status === 'NOT_FOUND'
    ? { value, status, eventTimestamp: null, source: null }
    : { value, status, eventTimestamp: '2024-03-02T00:00:00Z', source: 'latest' }

test('a vector as a table', async () => {
  const outcome = await get('late_v1', 'destination=LAX', 'origin=SFO')
  expect(outcome).toMatchObject({ code: 0, stderr: '' })
  expect(shown(project, outcome)).toMatchSnapshot()
})

test('vectors as JSON, a document each', async () => {
  const there = ['origin=SFO', 'destination=LAX']
  const { code, stdout, stderr } = await get('late_v1', ...there, 'origin=LAX', 'destination=JFK', '--json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const [first, second] = stdout.trimEnd().split('\n')
  expect(JSON.parse(first as string)).toEqual({
    schemaVersion: 1,
    service: 'late_v1',
    keys: { origin: 'SFO', destination: 'LAX' },
    features: {
      'origin.late': feature(0.25),
      'destination.late': feature(null, 'NULL_VALUE'),
      'routes.distance': feature('9007199254740993'),
    },
    latencyMs: expect.any(Number),
    metadata: { skipped: [] },
  })
  expect(JSON.parse(second as string)).toMatchObject({
    keys: { origin: 'LAX', destination: 'JFK' },
    features: {
      'origin.late': feature(null, 'NULL_VALUE'),
      'destination.late': feature(null, 'NOT_FOUND'),
      'routes.distance': feature(null, 'NOT_FOUND'),
    },
  })
})

test('the only key of a service may be bare', async () => {
  const { stdout } = await get('one', 'SFO', '--json')
  expect(JSON.parse(stdout)).toMatchObject({ keys: { airport: 'SFO' }, features: { 'departures.late': feature(0.25) } })
})

const wrong: Record<string, string[]> = {
  'a key too few': ['late_v1', 'origin=SFO'],
  'a key that it lacks': ['late_v1', 'origin=SFO', 'destination=LAX', 'airport=JFK'],
  'bare keys': ['late_v1', 'SFO', 'LAX'],
  'an unknown service': ['late_v2', 'origin=SFO', 'destination=LAX'],
  'an entity': ['late_v1', 'origin=SFO', 'destination=LAX', '--entity', 'route'],
  features: ['late_v1', 'origin=SFO', 'destination=LAX', '--features', 'late'],
}

test.each(Object.entries(wrong))('get --service with %s', async (_, words) => {
  const outcome = await get(...words)
  expect(outcome).toMatchObject({ code: 2, stdout: '' })
  expect(shown(project, outcome)).toMatchSnapshot()
})

test.each(['services', 'datasets'])('list %s', async (what) => {
  expect(shown(project, await project.run(['list', what]))).toMatchSnapshot()
  const { stdout } = await project.run(['list', what, '--json'])
  expect(JSON.parse(stdout)).toMatchSnapshot()
})
