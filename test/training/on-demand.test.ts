/** On-demand groups: what is served is what a training set has, and whatever goes wrong names the feature. */
import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Functions } from '../../src/config/functions.js'
import { functionsOf } from '../../src/config/functions.js'
import { parseConfig } from '../../src/config/parse.js'
import type { OnDemandSpec } from '../../src/config/project.js'
import {
  array,
  batch,
  bool,
  defineConfig,
  entity,
  float64,
  int64,
  onDemand,
  service,
  sql,
  string,
  timestamp,
} from '../../src/index.js'
import { addComputed, askedSql, compileOnDemand } from '../../src/offline/on-demand-sql.js'
import { readerAt } from '../../src/online/history.js'
import { openOnline } from '../../src/online/open.js'
import type { AnyRead, Reader } from '../../src/online/reader.js'
import { Catalog } from '../../src/registry/catalog.js'
import { exportPointInTime } from '../../src/training/export.js'
import { type PointInTimeOptions, resolveRequest } from '../../src/training/request.js'
import { pointInTimeRows } from '../../src/training/rows.js'
import { Statement } from '../../src/transform/statement.js'
import { Trial } from '../plan/trial.js'
import { rounds } from '../rounds.js'
import { describeEachDatabase } from '../servers/databases.js'
import { writeHistory } from './feature-history.js'
import { spineTables } from './spines.js'

const once = { start: '2026-01-01', end: '2026-01-01T12:00:00Z', sql: sql`SELECT 1` } as const
const airport = entity('airport', { airport: 'string' })
const route = entity('route', { origin: 'string', destination: 'string' })
const departures = batch('departures', {
  entity: airport,
  ...once,
  ttl: '2h',
  features: { late: float64(), note: string() },
})
const routes = batch('routes', {
  entity: route,
  ...once,
  features: { distance: int64({ as: 'bigint' }), opened: timestamp(), stops: array('string') },
})
const recent = onDemand('recent', {
  entity: airport,
  features: { landings: int64(), last: timestamp({ as: 'string' }), seen: int64() },
  sql: sql`SELECT airport, count(*) AS landings, max(landed_at) AS last,
      (SELECT count(*) FROM fstore_offline.departures AS d WHERE d.airport = l.airport AND d.note <> '') AS seen
    FROM landings AS l WHERE landed_at <= :at AND tenant = :tenant_id GROUP BY airport`,
})
const risk = onDemand('risk', {
  entity: route,
  version: 1,
  request: { scheduled_at: timestamp(), factor: float64(), big: int64({ as: 'bigint' }) },
  features: {
    score: float64(),
    words: string(),
    at: timestamp({ as: 'string' }),
    sum: int64({ as: 'bigint' }),
    stops: array('string'),
    early: bool(),
    never: float64(),
  },
  inputs: [
    departures.pick('late', 'note').as('origin', { airport: 'origin' }),
    departures.pick('late').as('destination', { airport: 'destination' }),
    routes.pick('distance', 'opened', 'stops'),
  ],
  compute: (f, request) => ({
    score: ((f['origin.late'] ?? 0.1) / (f['destination.late'] ?? 3)) * request.factor,
    words: f['origin.note'],
    at: f['routes.opened']?.toISOString() ?? null,
    sum: (f['routes.distance'] ?? 0n) + request.big,
    stops: f['routes.stops'],
    early: request.scheduled_at.getUTCHours() < 6,
    never: null,
  }),
})
const advice = onDemand('advice', {
  entity: route,
  version: 3,
  features: { text: string(), landings: int64() },
  inputs: [
    risk.pick('score', 'early'),
    recent.pick('landings', 'last', 'seen').as('here', { airport: 'origin' }),
    recent.pick('landings').as('there', { airport: 'destination' }),
  ],
  compute: (f) => ({
    text: `${f['risk.score']} ${f['risk.early']} ${f['here.last']} ${f['here.seen']}`,
    landings: (f['here.landings'] ?? 0) + (f['there.landings'] ?? 0),
  }),
})
/** What goes wrong, by the name that the caller gives. */
const faulty = onDemand('faulty', {
  entity: airport,
  version: 1,
  request: { fault: string() },
  features: { one: int64(), two: float64() },
  inputs: [departures.pick('late')],
  compute: (_, { fault }): any => {
    if (fault === 'throws') throw new Error('no such airport in the book')
    const given: Record<string, unknown> = {
      type: { one: 1.5, two: 1 },
      missing: { one: 1 },
      extra: { one: 1, two: 2, three: 3 },
      none: null,
      promise: Promise.resolve({ one: 1, two: 2 }),
    }
    return given[fault]
  },
})
const doubled = onDemand('doubled', {
  entity: airport,
  features: { n: int64() },
  sql: sql`SELECT airport, 1 AS n FROM landings WHERE landed_at <= :at`,
})
const timeless = onDemand('timeless', {
  entity: airport,
  features: { n: int64() },
  sql: sql`SELECT count(*) AS n FROM landings WHERE airport = :airport`,
})
const writing = onDemand('writing', {
  entity: airport,
  features: { n: int64() },
  sql: sql`SELECT :airport AS airport, note_landing() AS n WHERE :at IS NOT NULL`,
})
const groups = [departures, routes, recent, risk, advice, faulty, doubled, timeless, writing]
const vector = service('vector', [
  advice.pick('landings', 'text'),
  departures.pick('late').as('origin', { airport: 'origin' }),
  risk.pick('score', 'words', 'at', 'sum', 'stops', 'early', 'never'),
  recent.pick('landings', 'last').as('there', { airport: 'destination' }),
])
const config = defineConfig({ project: 'trial', groups, services: [vector] })
const project = parseConfig(config)

const hour = (n: number) => new Date(Date.UTC(2026, 0, 1, n)).toISOString()
const airports = ['SFO', 'LAX', 'Zürich "1", x']
const anAirport = fc.constantFrom(...airports)
const when = fc.integer({ min: 0, max: 11 }).map(hour)
const number = fc.oneof(fc.double(), fc.constantFrom(0, -0, 1 / 3)).map((n) => (Number.isFinite(n) ? n : String(n)))
const stamped = { event_timestamp: when, created_at: fc.constant(hour(11)) }
const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\\', 'é', '💥', '') })
const history = fc.record({
  departures: fc.uniqueArray(
    fc.record({ airport: anAirport, late: fc.option(number), note: fc.option(text), ...stamped }),
    { selector: (row) => `${row.airport} ${row.event_timestamp}`, maxLength: 12 },
  ),
  routes: fc.uniqueArray(
    fc.record({
      origin: anAirport,
      destination: anAirport,
      distance: fc.option(fc.bigInt({ min: -(2n ** 40n), max: 2n ** 62n }).map(String)),
      opened: fc.option(when),
      stops: fc.option(fc.array(fc.option(text), { maxLength: 3 })),
      ...stamped,
    }),
    { selector: (row) => `${row.origin} ${row.destination} ${row.event_timestamp}`, maxLength: 8 },
  ),
  landings: fc.array(fc.record({ airport: anAirport, landed_at: when, tenant: fc.constantFrom('default', 'other') })),
})
const spines = fc.array(
  fc.record({
    origin: anAirport,
    destination: anAirport,
    event_timestamp: when,
    scheduled_at: when,
    // JSON, which these rows travel as, prints -0 as 0.
    factor: fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
    big: fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }).map(String),
  }),
  { minLength: 1, maxLength: 8 },
)

describeEachDatabase((given) => {
  let trial: Trial
  let scope: ReturnType<typeof scopeOf>
  let live: Reader

  const scopeOf = () => {
    const functions = async (): Promise<Functions> => functionsOf(config)
    const catalog = new Catalog(given.db, 'fstore')
    return { db: given.db, project, tenant: 'default', catalog, onDemand: { functions, root: '/', files: [] } }
  }

  beforeAll(async () => {
    trial = new Trial({ db: given.db }).declare(...groups)
    await trial.built()
    await trial.script(`CREATE TABLE landings (airport text, landed_at timestamptz, tenant text);
      CREATE INDEX landings_airport ON landings (airport, landed_at);
      CREATE TABLE noted (n int); GRANT ALL ON noted TO fstore_app; GRANT SELECT ON landings TO fstore_app;
      CREATE FUNCTION note_landing() RETURNS bigint LANGUAGE sql AS 'INSERT INTO noted VALUES (1) RETURNING n'`)
    scope = scopeOf()
    const { catalog: registry, ...rest } = scope
    live = openOnline({ ...rest, registry, cache: { max: 0 } })
  })

  const fill = async ({ departures, routes, landings }: Partial<Parameters<typeof fillAll>[0]>) =>
    fillAll({ departures: departures ?? [], routes: routes ?? [], landings: landings ?? [] })
  async function fillAll(all: { departures: any[]; routes: any[]; landings: any[] }) {
    await writeHistory(trial, { group: 'departures', rows: all.departures })
    await writeHistory(trial, { group: 'routes', rows: all.routes })
    await trial.script('TRUNCATE landings')
    const rows = JSON.stringify(all.landings)
    await given.db.query(
      { role: 'owner' },
      'INSERT INTO landings SELECT * FROM json_populate_recordset(NULL::landings, $1)',
      [rows],
    )
  }

  async function exported(options: PointInTimeOptions) {
    const rows = []
    for await (const { features } of pointInTimeRows(await resolveRequest(scope, options))) rows.push(features)
    return rows
  }

  test('every row of an export is what a read at its instant gives', async () => {
    await fc.assert(
      fc.asyncProperty(history, spines, async (past, spine) => {
        await fill(past)
        const rows = await exported({ spine: { rows: spine }, service: 'vector' })
        expect(rows).toHaveLength(spine.length)
        for (const [i, row] of spine.entries()) {
          const { origin, destination, event_timestamp, scheduled_at, factor, big } = row
          const request = { scheduled_at: new Date(scheduled_at), factor, big: BigInt(big) }
          const reader = readerAt(scope, event_timestamp)
          const [read] = await reader.readVectors({ service: 'vector', keys: [{ origin, destination }], request })
          expect(Object.entries(rows[i] ?? {})).toStrictEqual(Object.entries((read as AnyRead).values))
          const never = read?.features['risk.never']
          expect(never).toMatchObject({ value: null, status: 'NULL_VALUE', source: 'on_demand' })
        }
      }),
      rounds(8),
    )
    expect(await spineTables(given.db)).toEqual([])
  }, 240_000)

  describe('a read', () => {
    const stamp = (at: number) => ({ event_timestamp: hour(at), created_at: hour(at) })
    const keys = { origin: 'SFO', destination: 'LAX' }
    const request = { scheduled_at: '2026-01-01T05:00Z', factor: '2', big: '9007199254740993' }

    beforeAll(() =>
      fill({
        departures: [
          { airport: 'SFO', late: 0.5, note: 'fog', ...stamp(8) },
          { airport: 'LAX', late: 0.25, note: '', ...stamp(9) },
        ],
        routes: [{ origin: 'SFO', destination: 'LAX', distance: '1', opened: hour(1), stops: ['x'], ...stamp(7) }],
        landings: [
          { airport: 'SFO', landed_at: hour(2), tenant: 'default' },
          { airport: 'SFO', landed_at: hour(10), tenant: 'default' },
        ],
      }),
    )

    test('of the past is computed of what was known, as of the newest of it', async () => {
      const [read] = await readerAt(scope, hour(9)).readVectors({ service: 'vector', keys: [keys], request })
      expect(read?.values).toStrictEqual({
        'advice.landings': 1,
        'advice.text': '4 true 2026-01-01T02:00:00Z 1',
        'origin.late': 0.5,
        'risk.score': 4,
        'risk.words': 'fog',
        'risk.at': '2026-01-01T01:00:00Z',
        'risk.sum': 9007199254740994n,
        'risk.stops': ['x'],
        'risk.early': true,
        'risk.never': null,
        'there.landings': null,
        'there.last': null,
      })
      expect(read?.features['risk.score']).toMatchObject({
        status: 'PRESENT',
        eventTimestampText: '2026-01-01T09:00:00Z',
      })
      expect(read?.features['there.last']).toMatchObject({
        status: 'NULL_VALUE',
        source: 'on_demand',
        eventTimestampText: '2026-01-01T09:00:00Z',
      })
    })

    test('of now asks what is newest, each key with request data of its own', async () => {
      const features = ['risk.early', 'risk.sum']
      const each = [request, { ...request, scheduled_at: new Date('2026-01-01T07:00Z'), big: 1n }]
      const reads = await live.readFeatures({ entity: 'route', keys: [keys, keys], features, request: each })
      expect(reads.map(({ values }) => values)).toEqual([
        { 'risk.early': true, 'risk.sum': 9007199254740993n },
        { 'risk.early': false, 'risk.sum': 1n },
      ])
      const [sql] = await live.readFeatures({ entity: 'airport', keys: ['SFO'], features: ['recent.landings'] })
      expect(sql?.values).toEqual({ 'recent.landings': 2 })
      expect(Date.now() - Number(sql?.features['recent.landings']?.eventTimestamp)).toBeLessThan(60_000)
    })

    test('of all features leaves out what it lacks request data for', async () => {
      const names = async (given: object) => {
        const reads = await live.readFeatures({ entity: 'route', keys: [keys], ...given })
        return new Set(Object.keys(reads[0]?.values ?? {}).map((name) => name.split('.')[0]))
      }
      expect(await names({})).toEqual(new Set(['routes']))
      expect(await names({ request })).toEqual(new Set(['routes', 'risk', 'advice']))
    })

    test.each([
      [
        'one that lacks a field',
        { factor: 1, big: 1 },
        'REQUEST_INVALID',
        'Request data is missing: scheduled_at (timestamp).',
      ],
      ['none', undefined, 'REQUEST_INVALID', 'missing: scheduled_at (timestamp), factor (float64), big (int64).'],
      [
        'one of another type',
        { ...request, factor: 'x' },
        'REQUEST_INVALID',
        '"factor" is text, and must be a number.',
      ],
      [
        'no time zone',
        { ...request, scheduled_at: '2026-01-01T05:00' },
        'REQUEST_INVALID',
        '"scheduled_at" is no timestamp',
      ],
      ['a list of another length', [request, request], 'REQUEST_INVALID', 'for 2 of 1 keys'],
    ])('with request data of %s is refused', async (_, given: any, code, message) => {
      const reading = live.readFeatures({ entity: 'route', keys: [keys], features: ['risk.score'], request: given })
      await expect(reading).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
    })

    test.each([
      ['throws', 'faulty.one, faulty.two of airport=SFO could not be computed: no such airport in the book'],
      [
        'type',
        'faulty.one of airport=SFO could not be computed: what its function gives is a number, and must be a whole',
      ],
      ['missing', 'faulty.two of airport=SFO could not be computed: what its function gives is undefined.'],
      [
        'extra',
        'faulty.three of airport=SFO could not be computed: what its function gives is no feature of the group.',
      ],
      ['none', 'faulty.one of airport=SFO could not be computed: what its function gives is no object.'],
      ['promise', 'faulty.one of airport=SFO could not be computed: what its function gives is a promise.'],
    ])('whose function %s names feature and key, and an export its row', async (fault, message) => {
      const request = { fault }
      const reading = live.readFeatures({ entity: 'airport', keys: ['SFO'], features: ['faulty.two'], request })
      await expect(reading).rejects.toMatchObject({ code: 'COMPUTE_FAILED', message: expect.stringContaining(message) })
      const rows = [{ airport: 'SFO', event_timestamp: hour(9), fault }]
      await expect(exported({ spine: { rows }, features: ['faulty.two'] })).rejects.toMatchObject({
        code: 'COMPUTE_FAILED',
        message: expect.stringContaining('airport=SFO (row 1 of the spine) could not'),
      })
    })

    const row = { airport: 'SFO', event_timestamp: hour(11) }
    test.each([
      ['yields an entity twice', 'doubled.n', 'TRANSFORM_DUPLICATE', /doubled\.n yields the airport of row 1/],
      ['does not say :at', 'timeless.n', 'SQL_INVALID', /timeless cannot be part of a training set/],
      ['writes', 'writing.n', 'TRANSFORM_WRITES', /writing\.n tries to write/],
      ['lacks request data', 'faulty.one', 'SPINE_INVALID', /no column "fault"/],
    ])('SQL that %s ends an export', async (_, feature, code, message) => {
      const exporting = exported({ spine: { rows: [row] }, features: [feature] })
      await expect(exporting).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
      expect(await trial.rows('SELECT * FROM noted')).toEqual([])
    })

    test('SQL that writes, or yields an entity twice, ends a read; SQL without :at is read as of now', async () => {
      const read = (feature: string) => live.readFeatures({ entity: 'airport', keys: ['SFO'], features: [feature] })
      await expect(read('writing.n')).rejects.toMatchObject({ code: 'TRANSFORM_WRITES' })
      await expect(read('doubled.n')).rejects.toMatchObject({ code: 'TRANSFORM_DUPLICATE' })
      expect((await read('timeless.n'))[0]?.values).toEqual({ 'timeless.n': 2 })
    })
  })

  test("an entity's rows alone are looked at, though the SQL groups all of them", async () => {
    await trial.script(`INSERT INTO landings
      SELECT 'A' || n % 2000, timestamptz '2026-01-01Z' + n * interval '1 second', 'default' FROM generate_series(1, 20000) AS n;
      ANALYZE landings`)
    const spec = project.onDemand.find(({ name }) => name === 'recent') as OnDemandSpec
    const statement = new Statement().add('EXPLAIN SELECT * FROM ')
    statement.add(`${askedSql(statement, spec, [['A7'], ['A8']], undefined)} LEFT JOIN LATERAL `)
    const compiled = await compileOnDemand({ project, root: '/' }, spec)
    addComputed(statement, compiled, { tenant: 'default', catalog: await scope.catalog.entries() }).add(' AS r ON true')
    const { rows } = await given.db.query({ role: 'app', tenant: 'default' }, statement.text, statement.parameters)
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(plan).toMatch(/(Index|Bitmap Index) .*landings_airport/)
    expect(plan).toMatch(/Index Cond: \(\(?airport = /)
  })

  test('request data of a CSV is read as its type, and every format prints what is computed', async () => {
    const known = { event_timestamp: hour(8), created_at: hour(8) }
    await fill({ routes: [{ origin: 'SFO', destination: 'LAX', distance: '1', stops: ['x'], ...known }] })
    const csv = (async function* () {
      yield Buffer.from(`origin,destination,event_timestamp,scheduled_at,factor,big
SFO,LAX,2026-01-01T09:00:00Z,2026-01-01 07:00:00+02,0.5,12
LAX,SFO,2026-01-01T09:00:00Z,2026-01-01T07:00Z,1e3,-1\n`)
    })()
    let printed = ''
    const request = await resolveRequest(scope, { spine: { csv }, features: ['risk.sum', 'risk.early', 'risk.stops'] })
    const report = await exportPointInTime({ ...request, names: 'short', format: 'csv' }, (bytes) => {
      printed += Buffer.from(bytes).toString()
    })
    expect(printed.split('\n').map((line) => line.split(',').slice(4).join(','))).toEqual([
      'factor,big,sum,early,stops',
      '0.5,12,13,t,{x}',
      '1e3,-1,-1,f,',
      '',
    ])
    expect(report.groups.map(({ alias, matched }) => [alias, matched])).toEqual([
      ['risk', 2],
      ['risk.origin', 0],
      ['risk.destination', 0],
      ['risk.routes', 1],
    ])
  })
})
