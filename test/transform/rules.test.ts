/** What no reader could be given is rejected when it is written; the rules a config declares are tested where they reject. */
import { expect, test } from '@jest/globals'
import type { FeatureSpec } from '../../src/config/project.js'
import { checksOf, sqlType } from '../../src/transform/rules.js'
import { describeEachDatabase } from '../servers/databases.js'

const spec = (feature: Partial<FeatureSpec>) =>
  ({ name: 'f', tags: [], status: 'active', rules: {}, ...feature }) as FeatureSpec
const int64 = spec({ dataType: 'int64' })
const bigint = spec({ dataType: 'int64', as: 'bigint' })
const date = spec({ dataType: 'timestamp' })
const instant = spec({ dataType: 'timestamp', as: 'string' })
const integers = spec({ dataType: 'array', element: 'int64' })
const doubles = spec({ dataType: 'array', element: 'float64' })

describeEachDatabase((given) => {
  test.each<[FeatureSpec, string, RegExp | null]>([
    [int64, '9007199254740991', null],
    [int64, '-9007199254740991', null],
    [int64, '9007199254740992', /^f: is beyond 2\^53/],
    [int64, '-9007199254740992', /^f: is beyond 2\^53/],
    [bigint, '9223372036854775807', null],
    [date, `'0001-01-01Z'`, null],
    [date, `'9999-12-31T23:59:59.999999Z'`, null],
    [date, `'infinity'`, /^f: lies outside the years 1 to 9999/],
    [date, `'0044-03-15Z BC'`, /^f: lies outside the years 1 to 9999/],
    [date, `'10000-01-01Z'`, /^f: lies outside the years 1 to 9999/],
    [instant, `'-infinity'`, null],
    [integers, `'{1,NULL,9007199254740991}'`, null],
    [integers, `'{1,NULL,9007199254740992}'`, /^f: holds a number beyond 2\^53/],
    [integers, `'{-9007199254740992}'`, /^f: holds a number beyond 2\^53/],
    [integers, `'{}'`, null],
    [integers, `'{{1},{2}}'`, /^f: has more than one dimension/],
    [doubles, `'{1e300,NaN,NULL}'`, null],
    [doubles, `'{{1}}'`, /^f: has more than one dimension/],
  ])('of %j the value %s', async (feature, value, reason) => {
    for (const [constant, expected] of [
      [value, reason],
      ['NULL', null],
    ] as const) {
      const checks = checksOf(feature)
      const violated = checks.map((check) => check.violated)
      const { rows } = await given.db.query<{ broken: boolean[] }>(
        { role: 'owner' },
        `SELECT ARRAY[${violated.join(', ')}]::bool[] AS broken FROM (SELECT ${constant}::${sqlType(feature)} AS f) AS t`,
      )
      // Never null: a condition is broken or not.
      const { broken } = rows[0] as { broken: boolean[] }
      expect(broken.every((one) => typeof one === 'boolean')).toBe(true)
      const reasons = checks.filter((_, i) => broken[i]).map((check) => check.reason)
      expect(reasons).toEqual(expected === null ? [] : [expect.stringMatching(expected)])
    }
  })
})
