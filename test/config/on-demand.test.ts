/** On-demand groups of a config: what is told of those that are wrong, and the functions that stay beside the project. */
import { expect, test } from '@jest/globals'
import { functionsOf } from '../../src/config/functions.js'
import { parseConfig } from '../../src/config/parse.js'
import { findGroup, resolveFeature, resolveReadable } from '../../src/config/reference.js'
import { batch, defineConfig, entity, float64, int64, onDemand, service, sql, timestamp } from '../../src/index.js'

const airport = entity('airport', { airport: 'string' })
const route = entity('route', { origin: 'string', destination: 'string' })
const departures = batch('departures', { entity: airport, features: { late: float64() }, sql: sql`SELECT 1` })
const inputs = [departures.pick('late').as('origin', { airport: 'origin' })]
const usual = { entity: route, version: 1, features: { score: float64() }, inputs, compute: () => ({ score: 1 }) }
const risk = onDemand('risk', { ...usual, request: { scheduled_at: timestamp() } })
const advice = onDemand('advice', { ...usual, inputs: [risk.pick('score')] })

const parsed = (...groups: any[]) => parseConfig(defineConfig({ project: 'demo', groups: [departures, ...groups] }))

test('a group is plain data, each after those it reads, and its function is beside it', () => {
  const config = defineConfig({
    project: 'demo',
    groups: [advice, departures, risk],
    services: [service('s', [risk.pick('score')])],
  })
  const project = parseConfig(config)
  expect(project.groups.map(({ name }) => name)).toEqual(['departures'])
  expect(project.onDemand.map(({ name }) => name)).toEqual(['risk', 'advice'])
  expect(JSON.parse(JSON.stringify(project))).toEqual(project)
  expect(project.onDemand[0]).toMatchObject({
    sourceType: 'on_demand',
    version: 1,
    request: [{ name: 'scheduled_at', dataType: 'timestamp' }],
    inputs: [{ group: 'departures', alias: 'origin', features: ['late'], on: { airport: 'origin' } }],
  })
  expect(functionsOf(config).get('risk')?.compute).toBe(usual.compute)
  expect(resolveReadable(project, 'advice.score').group.name).toBe('advice')
  for (const refused of [() => findGroup(project, 'risk'), () => resolveFeature(project, 'risk.score')])
    expect(refused).toThrow(expect.objectContaining({ code: 'NOT_COMPUTED' }))
  expect(() => resolveReadable(project, 'risk.score@1')).toThrow(expect.objectContaining({ code: 'NAME_UNKNOWN' }))
})

const fake = (name: string, reads: string) =>
  onDemand(name, { ...usual, inputs: [onDemand(reads, usual).pick('score')] })

test.each<[string, any, string, string]>([
  ['reads itself through another', [fake('a', 'b'), fake('b', 'a')], 'groups.a.inputs', 'in a circle: a → b → a'],
  ['has no function', [onDemand('x', { ...usual, compute: undefined } as any)], 'groups.x.compute', 'is missing'],
  ['has no version', [onDemand('x', { ...usual, version: undefined } as any)], 'groups.x.version', 'is missing'],
  ['has both', [onDemand('x', { ...usual, sql: sql`SELECT 1` } as any)], 'groups.x.compute', 'has its sql already'],
  ['has a ttl', [onDemand('x', { ...usual, ttl: '1d' } as any)], 'groups.x.ttl', 'has no option "ttl"'],
  [
    'has rules',
    [onDemand('x', { ...usual, features: { score: float64({ min: 0 }) } })],
    'groups.x.features.score.min',
    'keeps no rows',
  ],
  [
    'has windows in a feature',
    [onDemand('x', { ...usual, request: { event_timestamp: int64() } })],
    'groups.x.request.event_timestamp',
    'every spine',
  ],
  [
    'reads by a key it lacks',
    [onDemand('x', { ...usual, inputs: [departures.pick('late')] })],
    'groups.x.inputs[0]',
    'has no key "airport"',
  ],
  [
    'reads a feature twice',
    [onDemand('x', { ...usual, inputs: [...inputs, ...inputs] })],
    'groups.x.inputs[1]',
    'already the alias',
  ],
])('a group that %s is told', (_, groups, path, message) => {
  const problem = expect.objectContaining({ path, message: expect.stringContaining(message) })
  expect(() => parsed(...groups)).toThrow(expect.objectContaining({ problems: expect.arrayContaining([problem]) }))
})
