import { expect, test } from '@jest/globals'
import { sourceTables } from '../../src/transform/source-tables.js'

test.each([
  ['SELECT * FROM events', 'events'],
  ['select * from only Events e, crm."Users" AS u', 'events crm.Users'],
  ['SELECT * FROM a JOIN b ON a.x = b.x, c LEFT JOIN d USING (x), e', 'a b c d e'],
  ['SELECT * FROM (SELECT * FROM inner_one) AS s, LATERAL (SELECT 1) AS l', 'inner_one'],
  ['SELECT * FROM (a CROSS JOIN b), c', 'a b c'],
  [
    'WITH RECURSIVE w (n) AS NOT MATERIALIZED (SELECT 1 FROM base), v AS (SELECT * FROM w) SELECT * FROM w, v, t',
    'base t',
  ],
  ['WITH w AS (SELECT 1) SELECT * FROM public.w', 'public.w'],
  ['SELECT * FROM generate_series(1, 3) AS n, pg_catalog.now() AS x, unnest(a, b)', ''],
  ['SELECT extract(epoch FROM at), substring(x from 2), trim(both from y) FROM t', 't'],
  ['SELECT DISTINCT ON (a) b, c FROM t WHERE a IS DISTINCT FROM b ORDER BY a, b', 't'],
  ["SELECT 'from x', $$ from y $$ FROM t -- from z", 't'],
  ['SELECT * FROM t WHERE EXISTS (SELECT FROM u WHERE u.x IN (1, 2)) UNION SELECT * FROM v', 't u v'],
  ['SELECT * FROM fstore_offline.spent', 'fstore_offline.spent'],
  ["SELECT 'open", ''],
])('%s', (sql, tables) => {
  const names = sourceTables(sql).map(({ schema, table }) => (schema === undefined ? table : `${schema}.${table}`))
  expect(names.join(' ')).toBe(tables)
})
