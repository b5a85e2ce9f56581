import { describe, expect, test } from '@jest/globals'
import { parseSelect } from '../../src/transform/select.js'
import { Statement } from '../../src/transform/statement.js'

const bindings = { start_time: '2026-03-01T00:00:00Z', end_time: '2026-03-02T00:00:00Z', tenant_id: `t'1` }
const source = (text: string, place: object = {}) => ({ text, file: '/a.sql', line: 1, column: 1, ...place })

function statement(text: string): Statement {
  return new Statement().add('SELECT * FROM ').addSelect(parseSelect(source(text), 'fstore_offline'), bindings)
}

describe('a SELECT as a subquery', () => {
  test('each parameter is bound where it stands, timestamps as such', () => {
    const { text, parameters } = statement('SELECT :start_time,:END_TIME::date FROM t WHERE x=:tenant_id OR:tenant_id')
    expect(text).toBe('SELECT * FROM (\nSELECT ($1::timestamptz),($2::timestamptz)::date FROM t WHERE x=($3) OR($4)\n)')
    expect(parameters).toEqual([bindings.start_time, bindings.end_time, bindings.tenant_id, bindings.tenant_id])
  })

  test('text that only looks like a parameter stays', () => {
    const sql = `SELECT ':end_time', E'\\':end_time', $$:end_time$$, ":end_time", a[1:n] /* :end_time */ -- :end_time`
    expect(statement(sql)).toMatchObject({ text: `SELECT * FROM (\n${sql}\n)`, parameters: [] })
  })

  test('a group becomes the bare name that a WITH before it defines', () => {
    expect(statement('SELECT FSTORE_OFFLINE.Visits.n FROM "fstore_offline" . visits').text).toBe(
      'SELECT * FROM (\nSELECT "visits".n FROM "visits"\n)',
    )
  })

  test('placeholders go on from those bound before', () => {
    const both = new Statement()
    both.add(`SELECT ${both.bind(7)}, * FROM `)
    both.addSelect(parseSelect(source('SELECT :tenant_id'), 'fstore_offline'), bindings)
    expect(both.text).toBe('SELECT $1, * FROM (\nSELECT ($2)\n)')
    expect(both.parameters).toEqual([7, bindings.tenant_id])
  })
})

describe('a position in it', () => {
  /** Where the position of `needle` in the statement is in the user's SQL, as the rest of that line. */
  function located(sql: string, needle: string): { line: number | undefined; rest: string } | undefined {
    const { text, locate } = at(sql)
    const place = locate([...text.slice(0, text.indexOf(needle))].length + 1)
    return place && { line: place.line, rest: (place.text as string).slice((place.column as number) - 1) }
  }
  const at = (sql: string) => {
    const made = statement(sql)
    return { text: made.text, locate: (position: number) => made.locate(position) }
  }

  test('is found in the user’s line, past parameters and groups', () => {
    const sql = 'SELECT a,\n  :end_time + oops,\n  (SELECT max(n) FROM fstore_offline.visits) + last'
    expect(located(sql, 'oops')).toEqual({ line: 2, rest: 'oops,' })
    expect(located(sql, 'last')).toEqual({ line: 3, rest: 'last' })
  })

  test('in what stands for a parameter or a group is the place of that', () => {
    const sql = 'SELECT :end_time + 1 FROM fstore_offline.visits'
    for (const needle of ['($1', '$1', '::timestamptz', 'tz)'])
      expect(located(sql, needle)?.rest).toBe(':end_time + 1 FROM fstore_offline.visits')
    expect(located(sql, 'visits"')?.rest).toBe('fstore_offline.visits')
  })

  test('counts characters as PostgreSQL does, also beyond the basic plane', () => {
    expect(located(`SELECT '🛫🛬', "🛩" ,oops`, 'oops')).toEqual({ line: 1, rest: 'oops' })
  })

  test('in fstore’s own part of the statement is nowhere', () => {
    expect(at('SELECT 1').locate(1)).toBeUndefined()
    expect(at('SELECT 1').locate(10_000)).toBeUndefined()
  })

  test('is that of the right one of two SELECTs', () => {
    const two = new Statement()
    for (const [i, text] of ['SELECT one', 'SELECT two'].entries())
      two.addSelect(parseSelect(source(text, { file: `/${i}.sql`, line: 5, column: 3 }), 'fstore_offline'), bindings)
    expect(two.locate(two.text.indexOf('two') + 1)).toEqual({
      file: '/1.sql',
      line: 5,
      column: 10,
      text: '  SELECT two',
    })
  })
})
