import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { FstoreError } from '../../src/errors.js'
import { parseSelect, placeOf, type Select } from '../../src/transform/select.js'
import { rounds } from '../rounds.js'

const file = '/project/features/a.sql'

function parse(text: string): Select {
  return parseSelect({ text, file, line: 1, column: 1 }, 'fstore_offline')
}

function refusal(text: string): FstoreError {
  try {
    parse(text)
  } catch (error) {
    return error as FstoreError
  }
  throw new Error(`It was taken: ${text}`)
}

/** The SQL from where the error points on. */
function pointsAt(text: string): string {
  const { line = 0, column = 0, text: shown = '' } = refusal(text).where ?? {}
  expect(text.split('\n')[line - 1]).toBe(shown)
  return shown.slice(column - 1)
}

const written = ({ tokens }: Select) => tokens.map(({ text }) => text).join('')

describe('one SELECT', () => {
  test.each([
    'SELECT 1',
    'select 1',
    'WITH a AS (SELECT 1) SELECT * FROM a',
    '(SELECT 1) UNION (SELECT 2)',
    '((VALUES (1)))',
    'TABLE things',
    '-- why\n/* and how */ SELECT 1',
    'SELECT a[1], ARRAY[(1), (2)] FROM f(ARRAY[1])',
    `SELECT '(', ')]', E'\\'(', "(", $$($$, /* ( */ 1 -- (`,
  ])('%s', (sql) => {
    expect(written(parse(sql))).toBe(sql)
  })

  test.each([
    ['SELECT 1;', 'SELECT 1'],
    ['SELECT 1 ; -- done\n', 'SELECT 1 '],
    ['SELECT 1; /* done */ ;;\n', 'SELECT 1'],
    [`SELECT ';' -- ;\n, ";", $$;$$;`, `SELECT ';' -- ;\n, ";", $$;$$`],
  ])('%s ends before its semicolon', (sql, kept) => {
    expect(written(parse(sql))).toBe(kept)
  })

  test.each([
    ['SELECT 1; SELECT 2', 'SELECT 2'],
    ['SELECT 1;\n -- more\n  DROP TABLE users;', 'DROP TABLE users;'],
    ['SELECT 1;;x', 'x'],
    ['SELECT 1 -- a\r;DROP TABLE users', 'DROP TABLE users'],
    [`SELECT E'a'\n'\\'';DROP TABLE users--'`, `DROP TABLE users--'`],
  ])('%s is two', (sql, second) => {
    expect(refusal(sql)).toMatchObject({ code: 'SQL_INVALID', message: 'There is a second statement here.' })
    expect(pointsAt(sql)).toBe(second)
  })

  test.each([
    ['', 'There is no SQL here.'],
    [' ;', 'There is no SQL here.'],
    ['-- only a comment', 'There is no SQL here.'],
    ['INSERT INTO a VALUES (1)', 'A transform starts with SELECT or WITH, not INSERT.'],
    ['(delete from a)', 'A transform starts with SELECT or WITH, not DELETE.'],
    [`'SELECT 1'`, `A transform starts with SELECT or WITH, not 'SELECT 1'.`],
  ])('"%s" is none', (sql, message) => {
    expect(refusal(sql)).toMatchObject({ code: 'SQL_INVALID', message, where: { file, line: 1 } })
  })

  test.each([
    ['SELECT (1', 'This "(" is never closed.', '(1'],
    ['SELECT\n  f(a, (b)', 'This "(" is never closed.', '(a, (b)'],
    ['SELECT 1)', 'This ")" closes nothing.', ')'],
    ['SELECT a[1)', 'This ")" closes nothing.', ')'],
    ['SELECT a[1', 'This "[" is never closed.', '[1'],
    [`SELECT 'a`, 'This string is not closed.', `'a`],
    [`SELECT 1,\n  E'\\'`, 'This string is not closed.', `E'\\'`],
    ['SELECT $x$', 'This dollar-quoted string is not closed.', '$x$'],
    ['SELECT "a', 'This quoted identifier is not closed.', '"a'],
    ['SELECT 1 /* a', 'This comment is not closed.', '/* a'],
    ['SELECT $1', '$1 is not a parameter of a transform.', '$1'],
  ])('%s is not whole', (sql, message, place) => {
    expect(refusal(sql)).toMatchObject({ code: 'SQL_INVALID', message })
    expect(pointsAt(sql)).toBe(place)
  })
})

describe('a transform that writes', () => {
  test.each([
    ['WITH a AS (INSERT INTO b VALUES (1) RETURNING 1) SELECT * FROM a', 'INSERT'],
    ['WITH a AS MATERIALIZED (\n  update b SET c = 1 RETURNING 1) SELECT 1', 'UPDATE'],
    ['WITH a AS (/* all */ DELETE FROM b RETURNING 1) SELECT 1', 'DELETE'],
    ['WITH a AS (MERGE INTO b USING c ON true WHEN MATCHED THEN DELETE) SELECT 1', 'MERGE'],
  ])('%s', (sql, verb) => {
    expect(refusal(sql)).toMatchObject({ code: 'TRANSFORM_WRITES', message: `This transform would ${verb} rows.` })
    expect(pointsAt(sql).slice(0, verb.length).toUpperCase()).toBe(verb)
  })

  test.each([
    'SELECT max(update), sum(delete) FROM counts',
    'SELECT (insert + 1) FROM counts',
    `SELECT 'INSERT', "update", $$(DELETE$$ -- (merge\n`,
  ])('%s only names things so', (sql) => {
    expect(written(parse(sql))).toBe(sql)
  })
})

describe('parameters', () => {
  test('each is found once, in any case, and only where it is code', () => {
    expect([...parse('SELECT :start_time, :END_TIME, :start_time').uses]).toEqual(['start_time', 'end_time'])
    expect([...parse('SELECT x::date, :tenant_id::text, ARRAY[:end_time]').uses]).toEqual(['tenant_id', 'end_time'])
    const hidden = `':start_time', E'\\':end_time', $$ :tenant_id $$, $a$:end_time$a$, ":end_time" /* :end_time */ -- :x`
    expect(parse(`SELECT ${hidden}`).uses.size).toBe(0)
  })

  test.each([
    ['SELECT :strat_time', ':strat_time', 'Did you mean :start_time? (:start_time, :end_time, :tenant_id)'],
    ['SELECT 1,\n  :tenant', ':tenant', 'Did you mean :tenant_id? (:start_time, :end_time, :tenant_id)'],
    ['SELECT :something_else', ':something_else', 'Use :start_time, :end_time, :tenant_id.'],
  ])('%s', (sql, parameter, fix) => {
    expect(refusal(sql)).toMatchObject({
      code: 'SQL_INVALID',
      message: `${parameter} is not a parameter fstore knows.`,
      fix,
    })
    expect(pointsAt(sql)).toBe(parameter)
  })

  test('a slice has none', () => {
    expect(parse('SELECT a[1:n], a[:n], a[b[1]:c[2]], a[f(1) :n] FROM t').uses.size).toBe(0)
    expect(refusal('SELECT a[1], :n').message).toBe(':n is not a parameter fstore knows.')
  })
})

describe('places', () => {
  test('inline SQL begins where its template literal does', () => {
    const source = { text: 'SELECT\n  :x', file, line: 10, column: 9 }
    expect(placeOf(source, 0)).toEqual({ file, line: 10, column: 9, text: `${' '.repeat(8)}SELECT` })
    expect(placeOf(source, 9)).toEqual({ file, line: 11, column: 3, text: '  :x' })
    expect(placeOf({ text: 'x', line: 1, column: 1 }, 0)).toMatchObject({ file: '(inline SQL)' })
  })

  test('every offset is found again in its line', () => {
    const text = fc.array(fc.constantFrom('a', 'bc', '\n', '  ', '🛫', 'é')).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, fc.nat(30), fc.nat(9), (sql, at, indent) => {
        const offset = Math.min(at, sql.length)
        const {
          line = 0,
          column = 0,
          text: shown = '',
        } = placeOf({ text: sql, line: 1, column: indent + 1 }, offset) ?? {}
        const lines = (' '.repeat(indent) + sql).split('\n')
        expect(shown).toBe(lines[line - 1])
        expect([...lines.slice(0, line - 1), shown.slice(0, column - 1)].join('\n')).toHaveLength(offset + indent)
      }),
      rounds(200),
    )
  })
})

describe('the canonical form', () => {
  const same = (a: string, b: string) => expect(parse(a).canonical).toBe(parse(b).canonical)
  const different = (a: string, b: string) => expect(parse(a).canonical).not.toBe(parse(b).canonical)

  test('comments, white space, the case of names and a closing semicolon mean nothing', () => {
    same('SELECT a,b FROM t', '-- x\nselect  A , /* y */\n B\tfrom T ;')
    same('SELECT a FROM t WHERE b<=:end_time', 'SELECT a FROM t WHERE b <= :END_TIME')
    same('SELECT a[1:n]', 'SELECT a [ 1 : N ]')
    same('SELECT a::int', 'SELECT a :: INT')
  })

  test.each([
    [`'a'`, `'A'`],
    [`'a'`, `'a '`],
    [`' '`, `''`],
    [`'a' 'b'`, `'a'' ''b'`],
    [`E'\\n'`, `'\\n'`],
    ['"a"', '"A"'],
    ['"a b"', '"a  b"'],
    ['1', '1.0'],
    ['1', '2'],
    ['É', 'é'],
    ['a🛫', 'a 🛫'],
    ['a <@ b', 'a < @ b'],
    ['a', 'b'],
    ['a + b', 'a - b'],
    [':start_time', ':end_time'],
    ['$$a$$', '$$A$$'],
    ['a, b', 'b, a'],
  ])('%s and %s differ', (a, b) => {
    different(`SELECT ${a}`, `SELECT ${b}`)
  })

  test('reads as itself', () => {
    const code = [
      'a',
      '"B c"',
      `'d''e'`,
      '1.5',
      '::',
      '@>',
      ':end_time',
      ',',
      '+',
      '$$f g$$',
      ' ',
      '\n',
      '/* h */',
    ] as const
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...code)), (parts) => {
        const { canonical } = parse(`SELECT 1 ${parts.join(' ')}`)
        expect(parse(canonical).canonical).toBe(canonical)
      }),
      rounds(200),
    )
  })
})
