import { describe, expect, test } from '@jest/globals'
import { parseConfig } from '../../src/config/parse.js'
import type { FstoreError } from '../../src/errors.js'
import {
  array,
  batch,
  bool,
  defineConfig,
  embedding,
  entity,
  env,
  float64,
  int64,
  sql,
  sqlFile,
  string,
  timestamp,
} from '../../src/index.js'

const user = entity('user', { user_id: 'string' })
const select = sql`SELECT user_id, 1 AS age FROM users`

/** A group that is sound but for the options given; wrong ones are the point, so their types are not looked at. */
function group(options: object = {}, name = 'profile'): any {
  return batch(name, { entity: user, features: { age: int64() }, sql: select, ...options } as any)
}

function config(options: object = {}): any {
  return defineConfig({ project: 'demo', groups: [group()], ...options } as any)
}

/** What is reported, as a person would read it. */
function mistakes(value: unknown): string[] {
  try {
    parseConfig(value)
  } catch (error) {
    const { code, problems } = error as FstoreError
    expect(code).toBe('CONFIG_INVALID')
    return problems.map(({ path, message, fix }) => `${path}: ${message}${fix ? `; ${fix}` : ''}`)
  }
  return []
}

const groupMistakes = (options: object) => mistakes(config({ groups: [group(options)] }))
const featureMistakes = (feature: unknown) => groupMistakes({ features: { age: feature } })

describe('a sound config', () => {
  test('becomes a project with its defaults filled in', () => {
    expect(parseConfig(config())).toEqual({
      name: 'demo',
      schema: 'fstore',
      profiles: {},
      onDemand: [],
      services: [],
      datasets: [],
      groups: [
        {
          name: 'profile',
          sourceType: 'batch',
          entity: { name: 'user', keys: [{ name: 'user_id', type: 'string' }] },
          features: [{ name: 'age', dataType: 'int64', tags: [], status: 'active', rules: {} }],
          sql: { text: 'SELECT user_id, 1 AS age FROM users' },
          tags: [],
          status: 'active',
          every: 86_400,
          partition: 'month',
        },
      ],
    })
  })

  test('keeps everything that was said', () => {
    const route = entity('route', { origin: 'string', destination: 'uuid', leg: 'int64' }, { description: 'A route.' })
    const big = 2n ** 60n
    const groups = [
      batch('routes', {
        entity: route,
        ttl: '6h',
        every: '30m',
        start: '2001-01-01',
        end: '2001-04-01T00:00:00+02:00',
        schedule: '*/15 0-6 * * mon-fri',
        retention: '400d',
        partition: 'year',
        maxRejected: 0,
        displayName: 'Routes',
        description: 'All routes.',
        tags: ['flights'],
        owner: 'data',
        status: 'deprecated',
        sql: sqlFile('features/routes.sql'),
        features: {
          late: float64({ min: 0, max: 1, notNull: true, aggregation: 'avg', window: '28d', displayName: 'Late' }),
          count: int64({ as: 'bigint', max: big }),
          carrier: string({ pattern: '^[A-Z]{2}$', allowedValues: ['AA', 'UA'] }),
          open: bool({ owner: 'ops', status: 'archived', tags: ['x'] }),
          seen: timestamp({ as: 'string', min: '2001-01-01', max: new Date('2002-01-01') }),
          delays: array('int64'),
          vector: embedding(3, { description: 'v' }),
        },
      }),
    ]
    const profiles = { prod: { database: env('DATABASE_URL'), redis: 'redis://localhost', tenant: 'acme' } }
    const project = parseConfig(defineConfig({ project: 'flights', schema: 'flights_fs', groups, profiles }))
    expect(project.profiles).toEqual({ prod: { ...profiles.prod, database: `\${env:DATABASE_URL}` } })
    expect(project.groups[0]).toMatchObject({
      entity: { description: 'A route.' },
      ttl: 21_600,
      every: 1800,
      start: '2001-01-01T00:00:00Z',
      end: '2001-03-31T22:00:00Z',
      schedule: '*/15 0-6 * * mon-fri',
      retention: 34_560_000,
      partition: 'year',
      maxRejected: 0,
      status: 'deprecated',
      sql: { file: 'features/routes.sql' },
    })
    expect(project.groups[0]?.features).toMatchObject([
      { name: 'late', rules: { min: 0, max: 1, notNull: true }, aggregation: 'avg', window: 2_419_200 },
      { name: 'count', as: 'bigint', rules: { max: big.toString() } },
      { name: 'carrier', rules: { pattern: '^[A-Z]{2}$', allowedValues: ['AA', 'UA'] } },
      { name: 'open', owner: 'ops', status: 'archived', tags: ['x'] },
      { name: 'seen', as: 'string', rules: { min: '2001-01-01T00:00:00Z', max: '2002-01-01T00:00:00Z' } },
      { name: 'delays', element: 'int64' },
      { name: 'vector', dimension: 3, description: 'v' },
    ])
  })

  test('survives JSON, and is frozen through and through', () => {
    const project = parseConfig(config())
    expect(JSON.parse(JSON.stringify(project))).toEqual(project)
    expect(Object.isFrozen(project.groups[0]?.features[0]?.rules)).toBe(true)
    expect(Object.isFrozen(project.profiles)).toBe(true)
  })

  test('may have a SELECT for each feature', () => {
    const features = { age: int64({ sql: select }), size: float64({ sql: sqlFile('size.sql') }) }
    const project = parseConfig(config({ groups: [batch('profile', { entity: user, features })] }))
    expect(project.groups[0]).not.toHaveProperty('sql')
    expect(project.groups[0]?.features.map((feature) => feature.sql)).toEqual([
      { text: 'SELECT user_id, 1 AS age FROM users' },
      { file: 'size.sql' },
    ])
  })

  test('may come from another copy of the package', async () => {
    const foreign = { project: 'demo', groups: [group()] }
    Object.defineProperty(foreign, Symbol.for('featurestore.kind'), { value: 'config' })
    expect(parseConfig(foreign).name).toBe('demo')
  })

  test('takes an option set to undefined as absent', () => {
    expect(groupMistakes({ ttl: undefined, schedule: undefined })).toEqual([])
  })
})

describe('what is no config', () => {
  test.each([
    [undefined, 'no default export'],
    [null, 'no default export'],
    [() => config(), 'is a function'],
    [Promise.resolve(config()), 'is a promise'],
    [{ project: 'demo', groups: [] }, 'not made by defineConfig'],
    [group(), 'of kind group'],
    [{ config: config() }, 'exported as "config"'],
    [{}, 'no default export'],
    ['demo', 'is "demo"'],
  ])('%p', (value, message) => {
    expect(() => parseConfig(value)).toThrow(message)
    expect(() => parseConfig(value)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', fix: expect.any(String) }),
    )
  })
})

test('every mistake is told at once', () => {
  const features = { Age: int64(), event_timestamp: int64(), user_id: int64(), size: float64({ min: 2, max: 1 }) }
  const wrong = group({
    features,
    every: '1x',
    ttl: '0s',
    start: '2001-01-01T00:00:00',
    descripton: 'x',
    sql: undefined,
  })
  expect(mistakes(config({ project: 'De mo', schema: 'Public', groups: [wrong, group({}, '')] }))).toEqual([
    'project: "De mo" is not a project\'s name; Use lower-case letters, digits, - and _.',
    'schema: "Public" is not lower-case letters, digits and underscores, beginning with a letter; Name it "public".',
    'groups.profile.every: "1x" is not a duration; Write a number and a unit, such as 30m, 12h or 7d.',
    'groups.profile.ttl: "0s" is less than a second',
    'groups.profile.start: "2001-01-01T00:00:00" has no time zone; Write it with a time zone, such as 2026-03-01T08:00:00Z or 2026-03-01T09:00:00+01:00.',
    'groups.profile.descripton: a batch group has no option "descripton"; Did you mean "description"?',
    'groups.profile.features.Age: "Age" is not lower-case letters, digits and underscores, beginning with a letter; Name it "age".',
    'groups.profile.features.event_timestamp: "event_timestamp" is a column of every feature table; Choose another name for the feature.',
    'groups.profile.features.user_id: "user_id" is already a key of the entity "user"; Give the feature another name.',
    'groups.profile.features.size.min: 2 is more than max, 1: no value could pass',
    "groups.profile.sql: is missing; Write sql: sql`SELECT …` or sql: sqlFile('features/name.sql')",
    'groups[1]: a group needs a name',
  ])
})

describe('a config', () => {
  test.each([
    [{ project: undefined }, "project: is missing; Write project: 'my_project'"],
    [{ groups: undefined }, 'groups: is missing; Write groups: [user_activity]'],
    [{ groups: {} }, 'groups: an object is not a list; Write groups: [user_activity]'],
    [{ groups: [] }, "groups: is empty; Add a group: batch('user_activity', { … })"],
    [
      { groups: [undefined] },
      'groups[0]: undefined is not a group; Is it exported, and do two files import each other?',
    ],
    [{ groups: [{ name: 'x' }] }, "groups[0]: an object is not a group; Use batch('name', { … })"],
    [{ groups: [group(), group()] }, 'groups[1]: "profile" is already groups[0]'],
    [{ profile: {} }, 'profile: a config has no option "profile"; Did you mean "profiles"?'],
    [{ schema: 'public' }, 'schema: "public" belongs to Postgres or to the application; Choose a schema of its own.'],
    [{ schema: 'x'.repeat(41) }, /^schema: "x+" has 41 characters; a schema may have 40$/],
    [{ profiles: [] }, /^profiles: is not an object/],
    [
      { profiles: { prod: { databse: '' } } },
      'profiles.prod.databse: a profile has no option "databse"; Did you mean "database"?',
    ],
    [{ profiles: { 'a b': {} } }, 'profiles.a b: "a b" is not a profile\'s name'],
  ])('%#', (options, expected) => {
    expect(mistakes(config(options))).toEqual([expected instanceof RegExp ? expect.stringMatching(expected) : expected])
  })

  test('never repeats what may be a password', () => {
    const found = mistakes(
      config({ profiles: { prod: { database: 'mysql://me:secret@host', tenant: { secret: 1 } } } }),
    )
    expect(found).toEqual([
      'profiles.prod.database: is not a URL that begins with postgres://',
      'profiles.prod.tenant: is not text',
    ])
  })

  test('tells of one entity with different keys', () => {
    const other = group({ entity: entity('user', { id: 'int64' }) }, 'other')
    expect(mistakes(config({ groups: [group(), other] }))).toEqual([
      'groups.other.entity: the entity "user" has the keys (id: int64) here and (user_id: string) in groups.profile.entity; Declare the entity once and use it in both groups, or give it another name.',
    ])
  })
})

describe('a group', () => {
  test.each<[object, string | RegExp]>([
    [{ features: {} }, 'groups.profile.features: a group needs a feature; Write features: { age: int64() }'],
    [{ features: undefined }, 'groups.profile.features: a group needs a feature; Write features: { age: int64() }'],
    [{ entity: undefined }, "groups.profile.entity: is missing; Use entity('user', { user_id: 'string' })"],
    [{ entity: 'user' }, /^groups.profile.entity: "user" is not an entity/],
    [{ entity: entity('user', {}) }, /^groups.profile.entity.keys: an entity needs a key/],
    [
      { entity: entity('user', { user_id: 'strng' as 'string' }) },
      'groups.profile.entity.keys.user_id: "strng" is not a type of key (string, int64, uuid); Did you mean "string"?',
    ],
    [{ entity: entity('user', { tenant_id: 'string' }) }, /"tenant_id" is a column of every feature table/],
    [{ entity: entity('user', { xmin: 'string' }) }, /"xmin" is a column of every feature table/],
    [
      { sql: 'SELECT 1' },
      'groups.profile.sql: "SELECT 1" is not SQL; Write sql`SELECT …` or sqlFile(\'features/name.sql\')',
    ],
    [{ sql: sql`  ` }, 'groups.profile.sql: is empty'],
    [{ sql: sqlFile('') }, 'groups.profile.sql: is empty'],
    [{ sqll: select }, 'groups.profile.sqll: a batch group has no option "sqll"; Did you mean "sql"?'],
    [{ every: '0s' }, 'groups.profile.every: "0s" is less than a second'],
    [{ every: 60 }, /^groups.profile.every: 60 is not a duration/],
    [{ start: '2001-02-30' }, /^groups.profile.start: "2001-02-30" is a date that does not exist/],
    [{ start: 2001 }, /^groups.profile.start: 2001 is not a timestamp/],
    [
      { start: '2001-01-01', end: '2001-01-01' },
      'groups.profile.end: 2001-01-01T00:00:00Z is not after start, 2001-01-01T00:00:00Z',
    ],
    [
      { ttl: '8d', retention: '7d' },
      'groups.profile.retention: history is kept for 7d, and values live for 8d (ttl); Keep history at least as long as ttl.',
    ],
    [{ schedule: 'daily' }, /^groups.profile.schedule: "daily" is not a cron expression/],
    [{ schedule: '61 * * * *' }, /^groups.profile.schedule: "61 \* \* \* \*" has a wrong minute \("61"\)/],
    [{ schedule: 5 }, /^groups.profile.schedule: 5 is not text/],
    [{ partition: 'week' }, /^groups.profile.partition: "week" is not one of month, year, none/],
    [{ partition: 'yeer' }, 'groups.profile.partition: "yeer" is not one of month, year, none; Did you mean "year"?'],
    [{ maxRejected: -1 }, 'groups.profile.maxRejected: -1 is less than 0'],
    [{ maxRejected: 1.5 }, 'groups.profile.maxRejected: 1.5 is not a whole number'],
    [{ tags: 'x' }, 'groups.profile.tags: "x" is not a list'],
    [{ tags: ['a', 2] }, 'groups.profile.tags[1]: 2 is not text'],
    [{ description: 1 }, 'groups.profile.description: 1 is not text'],
    [
      { features: { age: int64({ sql: select }) } },
      'groups.profile.features.age.sql: the group has its sql already; Keep one of the two.',
    ],
    [
      { sql: undefined, features: { age: int64({ sql: select }), size: int64() } },
      'groups.profile.features.size.sql: is missing, and other features have theirs',
    ],
  ])('%#', (options, expected) => {
    expect(groupMistakes(options)).toEqual([expected instanceof RegExp ? expect.stringMatching(expected) : expected])
  })

  test.each(['x'.repeat(41), 'a__b', 'a_', '1a', 'Group', 'a b', 'a-b', '"; DROP'])('is not named %s', (name) => {
    expect(mistakes(config({ groups: [group({}, name)] }))).toHaveLength(1)
  })
})

describe('a feature', () => {
  test.each<[unknown, string | RegExp]>([
    ['int64', /^groups.profile.features.age: "int64" is not a feature; Use int64\(\)/],
    [undefined, /^groups.profile.features.age: undefined is not a feature/],
    [
      int64({ mn: 1 } as object),
      'groups.profile.features.age.mn: a feature of type int64 has no option "mn"; Did you mean "min"?',
    ],
    [
      int64({ pattern: 'x' } as object),
      'groups.profile.features.age.pattern: is not a rule for a feature of type int64',
    ],
    [bool({ min: true } as object), 'groups.profile.features.age.min: is not a rule for a feature of type bool'],
    [array('string', { allowedValues: [] } as object), /allowedValues: is not a rule for a feature of type array/],
    [int64({ min: 1.5 }), 'groups.profile.features.age.min: 1.5 is not a whole number below 2^53'],
    [int64({ max: 2n ** 60n } as object), /max: 1152921504606846976n is beyond 2\^53; Declare the feature as int64/],
    [int64({ as: 'bigint', min: 2n ** 63n }), /min: 9223372036854775808n does not fit in 64 bits/],
    [int64({ as: 'bigint', min: 10n, max: 9n }), /min: 10 is more than max, 9/],
    [int64({ as: 'string' } as object), 'groups.profile.features.age.as: "string" is not one of bigint'],
    [float64({ min: Number.NaN }), /min: NaN is not a finite number/],
    [float64({ min: '1' } as object), 'groups.profile.features.age.min: "1" is not a finite number'],
    [float64({ allowedValues: [] }), 'groups.profile.features.age.allowedValues: is empty'],
    [string({ allowedValues: ['a', 1] } as object), 'groups.profile.features.age.allowedValues[1]: 1 is not text'],
    [string({ pattern: '(' }), /pattern: "\(" is not a regular expression: Unterminated group/],
    [string({ notNull: 'yes' } as object), 'groups.profile.features.age.notNull: "yes" is not true or false'],
    [timestamp({ min: '2001-01-01T00:00:00' }), /min: "2001-01-01T00:00:00" has no time zone/],
    [timestamp({ min: '2001-01-01T00:00:00.5Z', max: '2001-01-01' }), /min: 2001-01-01T00:00:00.5Z is more than max/],
    [timestamp({ as: 'date' } as object), 'groups.profile.features.age.as: "date" is not one of string'],
    [array('json' as 'string'), /element: "json" is not one of int64, float64, string, bool/],
    [embedding(0), 'groups.profile.features.age.dimension: 0 is less than 1'],
    [embedding(16_001), 'groups.profile.features.age.dimension: 16001 is more than 16000'],
    [embedding(undefined as unknown as number), 'groups.profile.features.age.dimension: is missing'],
    [int64({ window: '1x' as '1s' }), /window: "1x" is not a duration/],
    [int64({ aggregation: 'summ' as 'sum' }), /aggregation: "summ" is not one of .*; Did you mean "sum"\?/],
    [int64({ status: 'gone' as 'active' }), /status: "gone" is not one of active, deprecated, archived/],
  ])('%#', (feature, expected) => {
    expect(featureMistakes(feature)).toEqual([expected instanceof RegExp ? expect.stringMatching(expected) : expected])
  })

  test.each(['(?i)^a', '[[:alpha:]]+', '\\d+'])('may have the Postgres pattern %s', (pattern) => {
    expect(featureMistakes(string({ pattern }))).toEqual([])
  })
})
