/** What depends on when, or how often, a window runs is found, and nothing else is. */
import { expect, test } from '@jest/globals'
import { parseSelect } from '../../src/transform/select.js'
import { volatileParts } from '../../src/transform/volatile.js'

const find = (sql: string) =>
  volatileParts(parseSelect({ text: sql, file: '/a.sql', line: 1, column: 1 }, 'fstore_offline')).map(
    ({ text, kind, where }) => `${kind} ${text} ${where?.line}:${where?.column}`,
  )

test.each<[string, string[]]>([
  ['SELECT now()', ['clock now() 1:8']],
  ['SELECT 1,\n  NOW ( ), pg_catalog.now()', ['clock NOW() 2:3', 'clock now() 2:23']],
  ['SELECT current_date, Current_Timestamp(3)', ['clock current_date 1:8', 'clock Current_Timestamp() 1:22']],
  ["SELECT 'now'::timestamptz, date 'today'", ["clock 'now' 1:8", "clock 'today' 1:33"]],
  ['SELECT age(born), age(a, b), age(f(a, b))', ['clock age() 1:8', 'clock age() 1:30']],
  ['SELECT random(), gen_random_uuid()', ['chance random() 1:8', 'chance gen_random_uuid() 1:18']],
  ['SELECT * FROM t TABLESAMPLE system (1)', ['chance TABLESAMPLE() 1:17'].map((s) => s.replace('()', ''))],
  ['SELECT * FROM t TABLESAMPLE system (1) REPEATABLE (2)', []],
  ["SELECT now, random AS now, mine.now(), 'now', 'now()', t.random -- now()", []],
])('%s', (sql, expected) => {
  expect(find(sql)).toEqual(expected)
})
