import { describe, expect, test } from '@jest/globals'
import { parseSelect } from '../../src/transform/select.js'

function groups(text: string, schema = 'fstore_offline'): string[] {
  const { references } = parseSelect({ text, line: 1, column: 1 }, schema)
  return references.map(({ group }) => group)
}

describe('a group is read by its schema', () => {
  test.each<[string, string[]]>([
    ['SELECT * FROM fstore_offline.visits', ['visits']],
    ['SELECT * FROM fstore_offline.visits AS v', ['visits']],
    ['SELECT v.n FROM FSTORE_Offline.VISITS v', ['visits']],
    ['SELECT * FROM "fstore_offline"."visits"', ['visits']],
    ['SELECT * FROM fstore_offline . /* x */ visits', ['visits']],
    ['SELECT fstore_offline.visits.n FROM fstore_offline.visits', ['visits', 'visits']],
    ['SELECT 1 FROM a JOIN fstore_offline.b USING (x), fstore_offline.c', ['b', 'c']],
    ['WITH x AS (SELECT * FROM fstore_offline.b) SELECT * FROM x', ['b']],
    ['TABLE fstore_offline.b', ['b']],
    ['SELECT 1 FROM "FSTORE_OFFLINE".visits', []],
    ['SELECT 1 FROM "fstore_offline.visits"', []],
    [`SELECT 'fstore_offline.visits', $$ fstore_offline.visits $$ -- fstore_offline.visits`, []],
    ['SELECT 1 FROM other.visits', []],
  ])('%s', (sql, expected) => {
    expect(groups(sql)).toEqual(expected)
  })

  test('whatever the schema is called', () => {
    expect(groups('SELECT 1 FROM mine_offline.a, fstore_offline.b', 'mine_offline')).toEqual(['a'])
  })
})

describe('a bare name beside it', () => {
  test.each([
    'SELECT 1 FROM fstore_offline.visits JOIN visits ON true',
    'SELECT 1 FROM visits, fstore_offline.visits AS v',
    'SELECT 1 FROM fstore_offline.visits AS v, visits AS w',
    'SELECT 1 FROM a JOIN fstore_offline.visits AS v ON v.n = a.n, VISITS',
    'SELECT (SELECT max(n) FROM "visits") FROM fstore_offline.visits',
    'SELECT 1 FROM (SELECT 1) a, (SELECT 2) b, visits JOIN fstore_offline.visits ON true',
  ])('%s is refused, since it would be read from the group as well', (sql) => {
    expect(() => groups(sql)).toThrow('is read both from fstore_offline and by its bare name.')
  })

  test.each([
    'SELECT v.visits, visits FROM fstore_offline.visits AS v',
    'SELECT n, visits FROM fstore_offline.visits ORDER BY n, visits',
    'SELECT 1 FROM fstore_offline.visits AS v, public.visits AS w',
    'SELECT 1 FROM fstore_offline.visits GROUP BY n, visits',
    'SELECT f(n, visits) FROM fstore_offline.visits JOIN g ON h(n, visits)',
    'SELECT 1 FROM visits',
  ])('%s is clear', (sql) => {
    expect(() => groups(sql)).not.toThrow()
  })
})
