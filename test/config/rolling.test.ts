import { describe, expect, test } from '@jest/globals'
import { parseConfig } from '../../src/config/parse.js'
import type { FstoreError } from '../../src/errors.js'
import { defineConfig, entity, rolling, sql, sqlFile } from '../../src/index.js'

const airport = entity('airport', { airport: 'string' })
const sound = {
  entity: airport,
  source: 'flights',
  timestamp: 'arrived_at',
  keys: { airport: 'origin' },
  measures: { flights: { functions: ['count'] }, late: { expr: '(delay >= 15)::int', functions: ['avg', 'stddev'] } },
  windows: ['7d', '4w'],
}

function parse(options: object = {}) {
  const group = rolling('departures', { ...sound, ...options } as any)
  return parseConfig(defineConfig({ project: 'demo', groups: [group] })).groups[0]
}

function mistakes(options: object): string[] {
  try {
    parse(options)
    return []
  } catch (error) {
    return (error as FstoreError).problems.map(
      ({ path, message, fix }) => `${path.replace('groups.departures.', '')}: ${message}${fix ? `; ${fix}` : ''}`,
    )
  }
}

describe('a rolling group', () => {
  test('is a batch group of features named after measure, function and window', () => {
    expect(parse({ every: '1d', ttl: '2d' })).toMatchObject({
      sourceType: 'batch',
      every: 86_400,
      ttl: 172_800,
      rolling: {
        source: { table: 'flights' },
        timestamp: 'arrived_at',
        keys: { airport: 'origin' },
        measures: [
          { name: 'flights', functions: ['count'] },
          { name: 'late', expr: '(delay >= 15)::int', functions: ['avg', 'stddev'] },
        ],
        windows: [
          { name: '7d', seconds: 604_800 },
          { name: '4w', seconds: 2_419_200 },
        ],
      },
    })
    expect(
      parse()?.features.map(({ name, dataType, aggregation, window }) => [name, dataType, aggregation, window]),
    ).toEqual([
      ['flights__count__7d', 'int64', 'count', 604_800],
      ['flights__count__4w', 'int64', 'count', 2_419_200],
      ['late__avg__7d', 'float64', 'avg', 604_800],
      ['late__avg__4w', 'float64', 'avg', 2_419_200],
      ['late__stddev__7d', 'float64', undefined, 604_800],
      ['late__stddev__4w', 'float64', undefined, 2_419_200],
    ])
  })

  test.each<[object, object]>([
    [{ source: 'public.flights' }, { source: { table: 'public.flights' } }],
    [{ source: sql`SELECT 1` }, { source: { text: 'SELECT 1' } }],
    [{ source: sqlFile('landed.sql') }, { source: { file: 'landed.sql' } }],
    [{ keys: undefined }, { keys: { airport: 'airport' } }],
  ])('takes %j', (options, expected) => {
    expect(parse(options)?.rolling).toMatchObject(expected)
  })

  test.each<[string, object, string | RegExp]>([
    ['no source', { source: undefined }, "source: is missing; Write source: 'events'"],
    ['a source that is no table', { source: 'a b' }, /^source: "a b" is not a table/],
    ['no timestamp', { timestamp: undefined }, /^timestamp: is missing/],
    ['a key that is none', { keys: { airprot: 'x' } }, /^keys.airprot: the entity has no key "airprot"; Did you mean/],
    ['a column that is none', { keys: { airport: 7 } }, /^keys.airport: 7 is not the name of a column/],
    ['no measure', { measures: {} }, /^measures: a rolling group needs a measure/],
    ['a bad name', { measures: { Late: { functions: ['count'] } } }, /^measures.Late: .*Name it "late"/],
    ['a parted name', { measures: { a__b: { functions: ['count'] } } }, /^measures.a__b: .*double underscore/],
    ['no function', { measures: { late: { functions: [] } } }, /^measures.late.functions: is not a list of functions/],
    [
      'a function twice',
      { measures: { n: { functions: ['count', 'count'] } } },
      /^measures.n.functions\[1\]: "count" is there/,
    ],
    [
      'an unknown function',
      { measures: { n: { functions: ['cuont'] } } },
      /functions\[0\]: "cuont" is not one of .*Did you mean/,
    ],
    ['no expr', { measures: { n: { functions: ['sum'] } } }, /^measures.n.expr: is missing: sum is of something/],
    [
      'an unknown option',
      { measures: { n: { exp: 'x', functions: ['count'] } } },
      /^measures.n.exp: a measure has no option/,
    ],
    ['no window', { windows: [] }, /^windows: is not a list of durations/],
    ['a window of none', { windows: ['7 days'] }, /^windows\[0\]: "7 days" is not a length of time/],
    ['a fraction', { windows: ['1.5d'] }, /^windows\[0\]: "1.5d" is not a length of time/],
    ['a window twice', { windows: ['7d', '1w'] }, 'windows[1]: 1w is as long as 7d'],
    ['a part of every', { windows: ['36h'] }, 'windows[0]: 36h is not a whole number of 1d (every)'],
    ['sql', { sql: sql`SELECT 1` }, /^sql: a rolling group has no option "sql"/],
    ['maxRejected', { maxRejected: 1 }, /^maxRejected: a rolling group has no option/],
    [
      'a name too long',
      { measures: { ['m'.repeat(40)]: { expr: 'x', functions: ['count_distinct'] } }, windows: ['31536000s'] },
      /may have 59/,
    ],
  ])('refuses %s, and says so once', (_, options, expected) => {
    const found = mistakes(options)
    expect(found).toHaveLength(1)
    if (typeof expected === 'string') expect(found[0]).toBe(expected)
    else expect(found[0]).toMatch(expected)
  })
})
