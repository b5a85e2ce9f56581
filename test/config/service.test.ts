import { describe, expect, test } from '@jest/globals'
import { joinKeysOf, joinKeyTexts } from '../../src/config/join-keys.js'
import { parseConfig } from '../../src/config/parse.js'
import type { Project, ServiceSpec } from '../../src/config/project.js'
import { findDataset, findService } from '../../src/config/reference.js'
import type { FstoreError } from '../../src/errors.js'
import { batch, bool, dataset, defineConfig, entity, float64, int64, service, sql, sqlFile } from '../../src/index.js'

const airport = entity('airport', { airport: 'string' })
const route = entity('route', { origin: 'string', destination: 'string' })
const plane = entity('plane', { plane: 'int64' })

const select = sql`SELECT 1`
const departures = batch('departures', {
  entity: airport,
  sql: select,
  features: { flights: int64(), late: float64() },
})
const routes = batch('routes', { entity: route, sql: select, features: { distance: int64() } })
const planes = batch('planes', { entity: plane, sql: select, features: { seats: int64() } })
const groups = [departures, routes, planes]

const late = service('late', [departures.pick('late').as('origin', { airport: 'origin' }), routes.pick('distance')])
const spine = sqlFile('datasets/late.sql')

/** Wrong options are the point of most tests, so their types are not looked at. */
const pick = (group: unknown, ...names: unknown[]) => (group as any).pick(...names)
const services = (...picks: any[]): any => ({ services: [service('s', picks)] })
const datasets = (options: object, name = 'd'): any => ({
  services: [late],
  datasets: [dataset(name, { service: late, spine, label: { late: bool() }, ...options } as any)],
})

function parsed(options: object): Project {
  return parseConfig(defineConfig({ project: 'demo', groups, ...options } as any))
}

/** What is reported, as a person would read it. */
function mistakes(options: object): string[] {
  try {
    parsed(options)
  } catch (error) {
    return (error as FstoreError).problems.map(
      ({ path, message, fix }) => `${path}: ${message}${fix ? `; ${fix}` : ''}`,
    )
  }
  return []
}

describe('a pick', () => {
  test('is out of sight of whoever lists the options of a group', () => {
    expect(Object.keys(departures)).not.toContain('pick')
    expect(JSON.parse(JSON.stringify(departures))).not.toHaveProperty('pick')
    expect(parsed({}).groups[0]).not.toHaveProperty('pick')
  })

  test('is a value: an alias leaves the pick it was made of alone', () => {
    const plain = departures.pick('late', 'flights')
    const named = plain.as('origin', { airport: 'origin' })
    expect({ ...plain }).toEqual({ group: 'departures', features: ['late', 'flights'] })
    expect({ ...named }).toEqual({ ...plain, alias: 'origin', on: { airport: 'origin' } })
    expect(Object.isFrozen(named)).toBe(true)
  })
})

describe('a sound service', () => {
  const project = parsed({
    services: [
      service(
        'both',
        [
          departures.pick('late', 'flights').as('origin', { airport: 'origin' }),
          routes.pick('distance'),
          departures.pick('late'),
          planes.pick('seats').as('plane', { plane: 'tail' }),
        ],
        { description: 'All there is.' },
      ),
    ],
  })
  const both = findService(project, 'both')

  test('keeps the order of its picks and features, and says where every key is', () => {
    expect(both).toEqual({
      name: 'both',
      description: 'All there is.',
      picks: [
        { group: 'departures', alias: 'origin', features: ['late', 'flights'], on: { airport: 'origin' } },
        {
          group: 'routes',
          alias: 'routes',
          features: ['distance'],
          on: { origin: 'origin', destination: 'destination' },
        },
        { group: 'departures', alias: 'departures', features: ['late'], on: { airport: 'airport' } },
        { group: 'planes', alias: 'plane', features: ['seats'], on: { plane: 'tail' } },
      ],
    })
  })

  test('survives JSON, frozen through and through', () => {
    expect(JSON.parse(JSON.stringify(project))).toEqual(project)
    expect(Object.isFrozen(both.picks[0]?.on)).toBe(true)
  })

  test('is asked for by each of its keys once', () => {
    expect(joinKeysOf(project, both)).toEqual([
      { name: 'origin', type: 'string' },
      { name: 'destination', type: 'string' },
      { name: 'airport', type: 'string' },
      { name: 'tail', type: 'int64' },
    ])
    const keys = { tail: 7n, airport: 'JFK', destination: 'LAX', origin: 'SFO' }
    expect(joinKeyTexts(project, both, keys)).toEqual([['SFO'], ['SFO', 'LAX'], ['JFK'], ['7']])
  })

  test.each<[unknown, string]>([
    [{ tail: 7, airport: 'JFK', destination: 'LAX' }, 'The key "origin" is missing.'],
    [{ tail: 'x', airport: 'JFK', destination: 'LAX', origin: 'SFO' }, 'The key "tail" of both must be an int64'],
    [{ tail: 7, airport: 'JFK', destination: 'LAX', origin: 'SFO', plane: 7 }, 'both has no key "plane".'],
    ['SFO', '"SFO" is one value; both has 4 keys.'],
    [undefined, 'both has 4 keys'],
  ])('does not take the keys %j', (keys, message) => {
    const read = () => joinKeyTexts(project, both as ServiceSpec, keys)
    expect(read).toThrow(message)
    expect(read).toThrow(
      expect.objectContaining({
        code: 'KEY_INVALID',
        fix: 'Keys of both: origin (string), destination (string), airport (string), tail (int64).',
      }),
    )
  })

  test('is found by name, or the nearest is named', () => {
    expect(() => findService(project, 'boht')).toThrow(
      expect.objectContaining({
        code: 'NAME_UNKNOWN',
        message: 'No service is called "boht".',
        fix: 'Did you mean "both"?',
      }),
    )
    expect(() => findDataset(project, 'both')).toThrow(expect.objectContaining({ fix: 'Datasets: none.' }))
  })
})

describe('a service', () => {
  test.each<[object, string | RegExp]>([
    [{ services: {} }, 'services: an object is not a list; Write services: [late_v1]'],
    [
      { services: [departures] },
      "services[0]: an object is not a service; Use service('name', [group.pick('feature')])",
    ],
    [{ services: [undefined] }, /^services\[0\]: undefined is not a service; Is it exported/],
    [{ services: [late, late] }, 'services[1]: "late" is already services[0]'],
    [{ services: [late, service('late', [routes.pick('distance')])] }, 'services[1]: "late" is already services[0]'],
    [{ services: [service('Late V1', late.picks)] }, /^services.Late V1: .*; Name it "late_v1"/],
    [
      { services: [service('s', late.picks, { descripton: 'x' } as object)] },
      'services.s.descripton: a service has no option "descripton"; Did you mean "description"?',
    ],
    [services(), /^services.s.picks: a service needs a pick/],
    [{ services: [service('s', undefined as any)] }, /^services.s.picks: undefined is not a list/],
    [services(departures), "services.s.picks[0]: a whole group is not a pick; Write departures.pick('flights')"],
    [services('departures.late'), /^services.s.picks\[0\]: "departures.late" is not a pick/],
    [
      services(pick(departures, 'lat')),
      /picks\[0\]: the group "departures" has no feature "lat"; Did you mean "late"\?/,
    ],
    [services(pick(departures, undefined)), /picks\[0\]: the group "departures" has no feature undefined$/],
    [services(pick(departures)), "services.s.picks[0]: a pick needs a feature; Write departures.pick('flights')"],
    [services(pick(departures, 'late', 'late')), 'services.s.picks[0]: "late" is picked 2 times'],
    [
      services(batch('elsewhere', { entity: airport, sql: select, features: { late: bool() } }).pick('late')),
      'services.s.picks[0]: the group "elsewhere" is not in the config; Add it to groups.',
    ],
    [
      services(departures.pick('late'), departures.pick('flights')),
      /^services.s.picks\[1\]: "departures" is already the alias of picks\[0\]; Pick all features at once, or/,
    ],
    [
      services(departures.pick('late').as('routes', { airport: 'origin' }), routes.pick('distance')),
      /^services.s.picks\[1\]: "routes" is already the alias of picks\[0\]/,
    ],
    [
      services(departures.pick('late').as('a', { airprt: 'x', airport: 'y' } as any)),
      'services.s.picks[0].on.airprt: the entity "airport" has no key "airprt"; Did you mean "airport"?',
    ],
    [
      services(routes.pick('distance').as('a', { origin: 'x' } as any)),
      "services.s.picks[0].on.destination: is missing; Say which column holds it: .as('a', { destination: 'column' })",
    ],
    [services((departures.pick('late') as any).as('a')), /^services.s.picks\[0\].on.airport: is missing/],
    [services(departures.pick('late').as('a', { airport: 1 as any })), /on.airport: a join key needs a name/],
    [services(departures.pick('late').as('a', { airport: 'the From' })), /on.airport: .*; Name it "the_from"/],
    [
      services(departures.pick('late').as('a', { airport: 'event_timestamp' })),
      /on.airport: "event_timestamp" is a column of every spine; Choose another name for the join key/,
    ],
    [services(departures.pick('late').as('a__b', { airport: 'x' })), /picks\[0\]: "a__b" has a double underscore/],
    [services(departures.pick('late').as('', { airport: 'x' })), 'services.s.picks[0]: an alias needs a name'],
    [
      services(departures.pick('late'), planes.pick('seats').as('p', { plane: 'airport' })),
      "services.s.picks[1]: the key \"airport\" is int64 here and string in picks[0]; Give one of them another column with .as('alias', { key: 'column' })",
    ],
  ])('%#', (options, expected) => {
    expect(mistakes(options)).toEqual([expected instanceof RegExp ? expect.stringMatching(expected) : expected])
  })

  test('is not blamed for what is wrong with its groups', () => {
    const wrong = batch('wrong', { entity: undefined as any, sql: select, features: { a: 'x' as any, b: int64() } })
    expect(mistakes({ groups: [wrong], services: [service('s', [pick(wrong, 'a', 'b')])] })).toEqual([
      expect.stringMatching(/^groups.wrong.entity: is missing/),
      expect.stringMatching(/^groups.wrong.features.a: "x" is not a feature/),
    ])
  })
})

describe('a sound dataset', () => {
  test('becomes a spec with its defaults filled in', () => {
    expect(parsed(datasets({})).datasets).toEqual([
      {
        name: 'd',
        service: 'late',
        spine: { file: 'datasets/late.sql' },
        labels: [{ name: 'late', dataType: 'bool', tags: [], status: 'active', rules: {} }],
        seed: 0,
      },
    ])
    expect(parsed(datasets({ label: undefined })).datasets[0]?.labels).toEqual([])
  })

  test('keeps everything that was said', () => {
    const options = {
      description: 'Flights.',
      split: { by: 'time', train: 0.7, validation: 0.15, test: 0.15 },
      sample: 100,
      stratify: 'late',
      seed: -3,
    }
    expect(parsed(datasets(options)).datasets[0]).toMatchObject(options)
  })

  test.each([
    [
      { by: 'entity', train: 1 },
      { train: 1, validation: 0, test: 0 },
    ],
    [
      { by: 'time', train: 0.8, test: 0.2 },
      { train: 0.8, validation: 0, test: 0.2 },
    ],
    [{ by: 'time', train: 0.7, validation: 0.2, test: 0.1 }, { train: 0.7 }],
  ])('splits by %j', (split, expected) => {
    expect(parsed(datasets({ split })).datasets[0]?.split).toMatchObject(expected)
  })
})

describe('a dataset', () => {
  const other = service('other', [routes.pick('distance')])

  test.each<[object, string | RegExp]>([
    [{ datasets: [late] }, "datasets[0]: an object is not a dataset; Use dataset('name', { … })"],
    [
      { services: [late], datasets: [dataset('d', { service: late, spine }), dataset('d', { service: late, spine })] },
      'datasets[1]: "d" is already datasets[0]',
    ],
    [datasets({}, 'my data'), /^datasets.my data: .*; Name it "my_data"/],
    [datasets({ sampel: 1 }), 'datasets.d.sampel: a dataset has no option "sampel"; Did you mean "sample"?'],
    [datasets({ service: undefined }), /^datasets.d.service: is missing/],
    [datasets({ service: 'late' }), /^datasets.d.service: "late" is not a service/],
    [datasets({ service: other }), 'datasets.d.service: the service "other" is not in the config; Add it to services.'],
    [datasets({ spine: undefined }), "datasets.d.spine: is missing; Write spine: sqlFile('datasets/name.sql')"],
    [datasets({ spine: 'SELECT 1' }), /^datasets.d.spine: "SELECT 1" is not SQL/],
    [datasets({ label: [bool()] }), /^datasets.d.label: a list is not an object/],
    [datasets({ label: { late: 'bool' } }), /^datasets.d.label.late: "bool" is not a feature/],
    [datasets({ label: { Late: bool() } }), /^datasets.d.label.Late: .*; Name it "late"/],
    [
      datasets({ label: { late: bool({ sql: select }) } }),
      /^datasets.d.label.late.sql: a label is a column of the spine/,
    ],
    [
      datasets({ label: { origin: bool() } }),
      'datasets.d.label.origin: "origin" is already a join key of the service; Give the label another name.',
    ],
    [
      datasets({ label: { origin__late: bool() } }),
      /"origin__late" is already the feature origin.late; Give the label/,
    ],
    [
      datasets({ label: { event_timestamp: bool() } }),
      'datasets.d.label.event_timestamp: "event_timestamp" is a column of every spine; Choose another name for the label.',
    ],
    [datasets({ split: 0.8 }), /^datasets.d.split: 0.8 is not an object/],
    [datasets({ split: { train: 1 } }), /^datasets.d.split.by: is missing/],
    [datasets({ split: { by: 'time' } }), 'datasets.d.split.train: is missing; Write train: 0.8'],
    [datasets({ split: { by: 'tme', train: 1 } }), /split.by: "tme" is not one of time, entity; Did you mean "time"\?/],
    [datasets({ split: { by: 'time', train: 0.8 } }), 'datasets.d.split: the shares add up to 0.8, not 1'],
    [datasets({ split: { by: 'time', train: 0.8, test: 0.3 } }), 'datasets.d.split: the shares add up to 1.1, not 1'],
    [datasets({ split: { by: 'time', train: 1.2 } }), 'datasets.d.split.train: 1.2 is more than 1'],
    [datasets({ split: { by: 'time', train: 1, test: -0.2 } }), /^datasets.d.split.test: -0.2 is less than 0/],
    [datasets({ split: { by: 'time', train: 1, tset: 0 } }), /split.tset: a split has no option "tset"; Did you mean/],
    [datasets({ sample: 0 }), 'datasets.d.sample: 0 is less than 1'],
    [datasets({ sample: 0.5 }), 'datasets.d.sample: 0.5 is not a whole number'],
    [datasets({ seed: 'x' }), /^datasets.d.seed: "x" is not a (whole )?number/],
    [datasets({ stratify: 'lat' }), 'datasets.d.stratify: "lat" is not a label; Did you mean "late"?'],
  ])('%#', (options, expected) => {
    expect(mistakes(options)).toEqual([expected instanceof RegExp ? expect.stringMatching(expected) : expected])
  })
})

test('the mistakes of groups, services and datasets are told at once', () => {
  const broken = batch('broken', { entity: airport, sql: select, features: { a: int64() }, ttl: '0s' })
  const wrong = service('wrong', [pick(broken, 'b'), departures.pick('late').as('x', { city: 'y' } as any)])
  const data = dataset('data', { service: wrong, spine, label: { y: bool() }, sample: -1 } as any)
  const found = mistakes({ groups: [departures, broken], services: [wrong], datasets: [data] })
  expect(found.map((text) => text.slice(0, text.indexOf(': ')))).toEqual([
    'groups.broken.ttl',
    'services.wrong.picks[0]',
    'services.wrong.picks[1].on.city',
    'services.wrong.picks[1].on.airport',
    'datasets.data.sample',
  ])
})
