/** The steps of reducers, at the edges of their types; and rules, which PostgreSQL must say the same of. */

import { expect, test } from '@jest/globals'
import { average, ema, first, increment, last, max, min, mode, type ReducerFields } from '../../src/config/reducer.js'
import { faultsOf } from '../../src/offline/event-rules.js'
import { reduce } from '../../src/offline/reduce.js'
import type { FeatureSnapshot } from '../../src/registry/definition.js'
import { checksOf } from '../../src/transform/rules.js'
import { describeEachDatabase } from '../servers/databases.js'

const feature = (dataType: FeatureSnapshot['dataType'], others: object = {}): FeatureSnapshot => ({
  name: 'v',
  dataType,
  rules: {},
  ...others,
})
const int64 = feature('int64')
const bigint = feature('int64', { as: 'bigint' })
const float64 = feature('float64')
const text = feature('string')
const time = feature('timestamp')

/** The values after each of what is given, from nothing on; what is wrong stands in its place, and changes nothing. */
function run(of: FeatureSnapshot, reducer: unknown, given: readonly unknown[]) {
  let held: { value: any; state?: unknown } = { value: null }
  return given.map((one) => {
    const step = reduce(of, reducer as ReducerFields, held, one)
    if (step !== undefined && 'wrong' in step) return step.wrong
    // As it comes back from the database.
    held = JSON.parse(JSON.stringify({ ...held, ...step }))
    return held.value
  })
}

const none = () => undefined
const beyond = "is beyond 2^53, which a number cannot hold; declare the feature as int64({ as: 'bigint' })"

test.each<[string, FeatureSnapshot, unknown, unknown[], unknown[]]>([
  ['counts', int64, increment(none), [1, 2, undefined, null, -4, 5n], ['1', '3', '3', '3', '-1', '4']],
  [
    'counts beyond 2^53',
    int64,
    increment(none),
    [2 ** 53 - 1, 1, -1],
    ['9007199254740991', beyond, '9007199254740990'],
  ],
  [
    'counts in 64 bits',
    bigint,
    increment(none),
    [2n ** 62n, 2n ** 62n],
    [String(2n ** 62n), 'does not fit in 64 bits'],
  ],
  ['adds', float64, increment(none), [0.1, 0.2, Number.NaN], [0.1, 0.30000000000000004, 'is no finite number']],
  ['adds too much', float64, increment(none), [1.7e308, 1.7e308], [1.7e308, 'is no finite number']],
  [
    'what is no number',
    int64,
    increment(none),
    ['1', 1.5],
    ['is text, and must be a whole number', 'is a number, and must be a whole number'],
  ],
  ['last, taken away and kept', text, last(none), ['a', undefined, null, 'b'], ['a', 'a', null, 'b']],
  ['first', text, first(none), [null, 'a', 'b'], [null, 'a', 'a']],
  [
    'max of texts, by code point',
    text,
    max(none),
    ['b', 'ä', 'a', '\u{1F600}', '\uFFFF'],
    ['b', 'ä', 'ä', '\u{1F600}', '\u{1F600}'],
  ],
  [
    'min of instants',
    time,
    min(none),
    ['2024-01-01T01:00:00+01:00', new Date('2024-01-02'), '2023-12-31T23:59:59.999999Z'],
    ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z', '2023-12-31T23:59:59.999999Z'],
  ],
  ['max of 64 bits', bigint, max(none), [9n, 2n ** 60n, 10n], ['9', String(2n ** 60n), String(2n ** 60n)]],
  [
    'the moving average begins with its first value',
    float64,
    ema(0.3, none),
    [1, -1, null, 1],
    [1, 0.39999999999999997, 0.39999999999999997, 0.58],
  ],
  ['the mean', float64, average(none), [1, 2, undefined, 6, Infinity], [1, 1.5, 1.5, 3, 'is no finite number']],
  [
    'the most frequent, of several the smallest',
    text,
    mode(none),
    ['b', 'a', 'b', 'a', 'c', 'c'],
    ['b', 'a', 'b', 'a', 'a', 'a'],
  ],
  ['the most frequent number', feature('float64'), mode(none), [0, -0, 1, 1, 1], [0, 0, 0, 0, 1]],
  ['the most frequent answer', feature('bool'), mode(none), [true, false, true], [true, false, true]],
])('%s', (_, of, reducer, given, expected) => {
  expect(run(of, reducer, given)).toEqual(expected)
})

test('mode counts a thousand values, and no more', () => {
  const given = [...Array(1_001).keys()]
  const values = run(int64, mode(none), [...given, 7])
  expect(values.slice(-2)).toEqual(['has had more than 1000 different values', '7'])
})

const floats = [-1, 0, -0, 0.5, 1, 'NaN', 'Infinity', '-Infinity']
const cases: [FeatureSnapshot, unknown[]][] = [
  [
    feature('int64', { rules: { min: -5, max: 5, allowedValues: [-7, 0, 5, 6] } }),
    ['-7', '0', '5', '6', '9007199254740991'],
  ],
  [
    feature('int64', { as: 'bigint', rules: { min: '-9007199254740993', max: '3' } }),
    ['-9007199254740994', '-9007199254740993', '3', '4'],
  ],
  [feature('float64', { rules: { min: 0, max: 0.5 } }), floats],
  [feature('float64', { rules: { allowedValues: [0, 1] } }), floats],
  [feature('string', { rules: { allowedValues: ['a', "it's"] } }), ['a', "it's", 'A', '']],
  [feature('bool', { rules: { allowedValues: [true] } }), [true, false]],
  [
    feature('timestamp', { rules: { min: '2024-01-01T00:00:00Z', max: '2024-01-01T00:00:00.5Z' } }),
    ['2023-12-31T23:59:59.999999Z', '2024-01-01T00:00:00Z', '2024-01-01T00:00:00.5Z', '2024-01-01T00:00:00.500001Z'],
  ],
]

describeEachDatabase((given) => {
  test('a rule says of a value what PostgreSQL says of it', async () => {
    for (const [of, values] of cases) {
      const checks = checksOf(of)
      const type = { int64: 'bigint', float64: 'float8', string: 'text', bool: 'boolean', timestamp: 'timestamptz' }[
        of.dataType as string
      ]
      const cells = checks.map(({ violated }) => violated)
      const { rows } = await given.db.query<{ broken: boolean[] }>(
        { role: 'owner' },
        `SELECT ARRAY[${cells.join(', ')}] AS broken FROM unnest($1::text[]) WITH ORDINALITY AS u (t, n), LATERAL (SELECT t::${type} AS v) AS x ORDER BY n`,
        [values.map(String)],
      )
      const expected = rows.map(({ broken }) => checks.filter((_, i) => broken[i] === true).map(({ reason }) => reason))
      expect(values.map((value) => faultsOf(of, value as never, () => false))).toEqual(expected)
    }
  })
})
