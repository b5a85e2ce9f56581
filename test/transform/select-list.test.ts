/** A column added to a SELECT leaves its rows and its other columns as they are; little else does. */
import { expect, test } from '@jest/globals'
import { onlyAddsColumns } from '../../src/transform/select-list.js'

const old = 'SELECT user_id, count(*) AS visits FROM events WHERE at < :end_time GROUP BY user_id'

test.each<[string, boolean, string, string?]>([
  ['a column at the end', true, old.replace(' FROM', ', sum(amount) AS spent FROM')],
  ['a column in between', true, old.replace('user_id, ', 'user_id, sum(a, b[1, 2]) AS spent, ')],
  ['a column named without AS', true, old.replace(' FROM', ', events.spent FROM')],
  ['a quoted name, a comment, other case', true, old.replace(' FROM', ' /* , */, 1 AS "spent"\nfrom')],
  ['nothing', true, `${old};`],
  ['IS DISTINCT FROM in the list', true, old.replace(' FROM', ', max(a) IS DISTINCT FROM 1 AS spent FROM')],
  ['a column that is no feature', false, old.replace(' FROM', ', max(at) AS event_timestamp FROM')],
  ['a column changed', false, old.replace('count(*)', 'count(DISTINCT at)')],
  ['a column less', false, old.replace(', count(*) AS visits', '')],
  [
    'two columns swapped',
    false,
    'SELECT count(*) AS visits, user_id FROM events WHERE at < :end_time GROUP BY user_id',
  ],
  ['another filter', false, old.replace('<', '<=').replace(' FROM', ', 1 AS spent FROM')],
  ['DISTINCT', false, 'SELECT DISTINCT a, spent FROM t', 'SELECT DISTINCT a FROM t'],
  ['a UNION', false, 'SELECT a, spent FROM t UNION SELECT a, b FROM t', 'SELECT a FROM t UNION SELECT a, b FROM t'],
  ['a LIMIT', false, 'SELECT a, spent FROM t ORDER BY 1 LIMIT 3', 'SELECT a FROM t ORDER BY 1 LIMIT 3'],
  [
    'counted columns, at the end',
    true,
    'SELECT a, b, 1 AS spent FROM t GROUP BY 1, 2',
    'SELECT a, b FROM t GROUP BY 1, 2',
  ],
  [
    'counted columns, in between',
    false,
    'SELECT a, 1 AS spent, b FROM t GROUP BY 1, 2',
    'SELECT a, b FROM t GROUP BY 1, 2',
  ],
  ['below a WITH', true, 'WITH x AS (SELECT 1) SELECT a, spent FROM x', 'WITH x AS (SELECT 1) SELECT a FROM x'],
  ['in the WITH', false, 'WITH x AS (SELECT 1, spent) SELECT a FROM x', 'WITH x AS (SELECT 1) SELECT a FROM x'],
])('%s: %s', (_, expected, after, before = old) => {
  expect(onlyAddsColumns(before, after, ['spent'])).toBe(expected)
})
