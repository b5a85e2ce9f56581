/** What the tokenizer makes of SQL, held against what PostgreSQL makes of it. */
import { beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { DatabaseError } from '../../src/db/database.js'
import { parseSelect } from '../../src/transform/select.js'
import { Statement } from '../../src/transform/statement.js'
import { rounds } from '../rounds.js'
import { describeEachDatabase } from '../servers/databases.js'

const bindings = { start_time: '2026-03-01T00:00:00.5Z', end_time: '2026-03-02T00:00:00Z', tenant_id: `t'\\1` }
const byHand = {
  start: `timestamptz '${bindings.start_time}'`,
  end: `timestamptz '${bindings.end_time}'`,
  tenant: `'t''\\1'`,
}
const rowsOfGroup = `(VALUES (1, 'one'), (2, 'two')) AS visits (n, name)`

/** An expression as a user writes it, and with its parameters put in by hand. */
type Pair = readonly [written: string, byHand: string]
const alike = (...texts: string[]): Pair[] => texts.map((text) => [text, text])

const values: readonly Pair[] = [
  ...alike(
    `'it''s :end_time'`,
    `E'\\' :end_time \\\\'`,
    `e'a'\n  'b\\' ; :tenant_id'`,
    `'a' -- :end_time ' ; (\n  'b'`,
    `U&'d\\0061t\\+00006F :end_time'`,
    `$$ ' :end_time $x$ $$::text`,
    `$größe$ $$ :start_time; $größe$`,
    `B'101'::text`,
    `'{"a": {"b": 1}}'::jsonb #>> '{a,b}'`,
    `'{"a": 1}'::jsonb->>'a'`,
    `(ARRAY[1,2]@>ARRAY[1])::text`,
    `(1<-2)::text`,
    `(ARRAY['x','y','z'])[1:2]::text`,
    `(ARRAY['x','y','z'])[:2]::text`,
    `(1.5e1+.5-1.)::text`,
    `(5-/* ' $$ /* :end_time */ ( */-3)::text`,
    `(SELECT "a:end_time""b"::text FROM (SELECT 1 AS "a:end_time""b") AS "größe 🛫")`,
    `(SELECT 🛫$1::text FROM (SELECT 2 AS 🛫$1) AS x)`,
    `(SELECT É || é FROM (SELECT 'upper' AS É, 'lower' AS é) AS x)`,
    `substring('abcdef' FROM 2 FOR 3)`,
    `make_date(year=>2026,month:=3,day=>1)::text`,
  ),
  [':start_time::text', `(${byHand.start})::text`],
  ['(:END_TIME - :start_time)::text', `(${byHand.end} - ${byHand.start})::text`],
  [`(:end_time::date)::text`, `((${byHand.end})::date)::text`],
  [`date_trunc('month',:end_time)::text`, `date_trunc('month',${byHand.end})::text`],
  [`(now()BETWEEN:start_time AND:end_time)::text`, `(now() BETWEEN ${byHand.start} AND ${byHand.end})::text`],
  [':tenant_id', byHand.tenant],
  [`'<'||:tenant_id||'>'`, `'<' || ${byHand.tenant} || '>'`],
  [
    `CASE:tenant_id WHEN 'a' THEN 'b' ELSE:tenant_id END`,
    `CASE ${byHand.tenant} WHEN 'a' THEN 'b' ELSE ${byHand.tenant} END`,
  ],
  [`(ARRAY[:tenant_id, 'x'])[1:1]::text`, `(ARRAY[${byHand.tenant}, 'x'])[1:1]::text`],
  ['(SELECT max(name) FROM fstore_offline.visits)', `(SELECT max(name) FROM ${rowsOfGroup})`],
  [
    '(SELECT sum(fstore_offline.visits.n)::text FROM "fstore_offline" . Visits)',
    `(SELECT sum(visits.n)::text FROM ${rowsOfGroup})`,
  ],
  [
    `(SELECT string_agg(v.name, ';' ORDER BY n) FROM FSTORE_OFFLINE.visits v)`,
    `(SELECT string_agg(v.name, ';' ORDER BY n) FROM (SELECT * FROM ${rowsOfGroup}) v)`,
  ],
]

const between = fc.constantFrom(' ', '\n', '\t\n', ' /* a /* :x */ ; ) */ ', ` -- it's ( $$ :y\n`, '\r\n', ' --\r')
const select = fc.array(fc.tuple(between, fc.constantFrom(...values), between), { minLength: 1, maxLength: 6 })
const ending = fc.constantFrom('', ';', ' ;\n', '; -- done', ' -- done', '\n-- (', ';/* */;')

/** As they are written: a string before a comma and a string after do not run together. */
function listed(parts: readonly (readonly [string, Pair, string])[], which: 0 | 1): string {
  return parts.map(([before, pair, after], i) => `${before}${pair[which]} AS c${i}${after}`).join(',')
}

describeEachDatabase((given) => {
  const session = { role: 'owner' } as const

  beforeAll(async () => {
    await given.db.query(session, 'SELECT 1')
  })

  function wrapped(text: string): Statement {
    const statement = new Statement().add(`WITH visits AS (SELECT * FROM ${rowsOfGroup})\nSELECT * FROM `)
    return statement
      .addSelect(parseSelect({ text, file: 'a.sql', line: 1, column: 1 }, 'fstore_offline'), bindings)
      .add(' AS q')
  }

  test('the wrapped SELECT gives the rows of the one written by hand', async () => {
    await fc.assert(
      fc.asyncProperty(select, ending, async (parts, end) => {
        const { text, parameters } = wrapped(`SELECT${listed(parts, 0)}${end}`)
        const own = await given.db.query(session, text, parameters)
        const hand = await given.db.query(session, `SELECT ${listed(parts, 1)}`)
        expect(own.rows).toEqual(hand.rows)
      }),
      rounds(60),
    )
  })

  test('the canonical form means the same', async () => {
    await fc.assert(
      fc.asyncProperty(select, ending, async (parts, end) => {
        const source = { text: `SELECT${listed(parts, 0)}${end}`, line: 1, column: 1 }
        const { canonical } = parseSelect(source, 'fstore_offline')
        const [own, again] = [wrapped(source.text), wrapped(canonical)]
        const rows = await given.db.query(session, own.text, own.parameters)
        expect((await given.db.query(session, again.text, again.parameters)).rows).toEqual(rows.rows)
      }),
      rounds(30),
    )
  })

  test('an error is shown where the user made it', async () => {
    await fc.assert(
      fc.asyncProperty(select, select, between, ending, async (before, after, gap, end) => {
        const sql = `SELECT${listed(before, 0)},${gap}no_such_column AS mistake,${listed(after, 0).replaceAll(' AS c', ' AS d')}${end}`
        const statement = wrapped(sql)
        const error = await given.db
          .query(session, statement.text, statement.parameters)
          .catch((thrown: unknown) => thrown)
        expect(error).toBeInstanceOf(DatabaseError)
        const place = statement.locate((error as DatabaseError).position as number)
        expect(place?.text).toBe(sql.split('\n')[(place?.line as number) - 1])
        expect(place?.text?.slice((place.column as number) - 1)).toMatch(/^no_such_column AS mistake/)
      }),
      rounds(40),
    )
  })
})
