import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { fold, type Token, tokenize } from '../../src/transform/tokenizer.js'
import { rounds } from '../rounds.js'
import { fragments, nastySql } from './fragments.js'

function tokens(sql: string): Token[] {
  const result = tokenize(sql)
  if (!Array.isArray(result)) throw new Error(`${result.message} at ${result.offset} of ${sql}`)
  return result
}

/** As `kind text`, without white space. */
function shown(sql: string): string[] {
  return tokens(sql).flatMap(({ kind, text }) => (kind === 'space' ? [] : [`${kind} ${text}`]))
}

test('tokens are the source, cut', () => {
  fc.assert(
    fc.property(nastySql, (sql) => {
      const result = tokenize(sql)
      if (!Array.isArray(result)) {
        expect(result.offset).toBeLessThan(sql.length)
        expect(result.message).toMatch(/ is not closed\.$/)
        return
      }
      expect(result.map(({ text }) => text).join('')).toBe(sql)
      let at = 0
      for (const { start, text } of result) {
        expect(start).toBe(at)
        expect(text).not.toBe('')
        at += text.length
      }
    }),
    rounds(500),
  )
})

test('whole pieces parted by white space are the same tokens each, wherever they stand', () => {
  const whole = fragments.filter((text) => !/^\s*$/.test(text))
  // A string on a line of its own continues the one before it, so pieces are parted by a comma.
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...whole), { maxLength: 12 }), (parts) => {
      const alone = parts.flatMap((part) => [...shown(part), 'symbol ,'])
      expect(shown(parts.map((part) => `${part} ,`).join(' '))).toEqual(alone)
    }),
    rounds(300),
  )
})

describe('what one token is', () => {
  test.each<[string, string[]]>([
    [`'it''s'`, [`string 'it''s'`]],
    [`'a\\'`, [`string 'a\\'`]],
    [`E'\\''`, [`string E'\\''`]],
    [`e'a''b\\\\'x`, [`string e'a''b\\\\'`, 'word x']],
    [`E'a'\n 'b\\'c'`, [`string E'a'\n 'b\\'c'`]],
    [`'a' -- no more\n'b'`, [`string 'a' -- no more\n'b'`]],
    [`'a' 'b'`, [`string 'a'`, `string 'b'`]],
    [`type'x'`, ['word type', `string 'x'`]],
    [`date'2026-01-01'`, ['word date', `string '2026-01-01'`]],
    [`U&'\\0061' N'a' b'1' X'f'`, [`string U&'\\0061'`, `string N'a'`, `string b'1'`, `string X'f'`]],
    ['$$a$$', ['string $$a$$']],
    ['$a$ $$ $b$ $a$', ['string $a$ $$ $b$ $a$']],
    ['$ä$x$ä$', ['string $ä$x$ä$']],
    ['a$b$c', ['word a$b$c']],
    ['$1$2', ['positional $1', 'positional $2']],
    ['"A b""c"', ['quoted "A b""c"']],
    ['U&"\\0061"', ['quoted U&"\\0061"']],
    ['a/* /* */ */b', ['word a', 'word b']],
    ['a--b\nc', ['word a', 'word c']],
    ['a--b\rc', ['word a', 'word c']],
    ['a::text', ['word a', 'symbol ::', 'word text']],
    [':end_time::date', ['parameter :end_time', 'symbol ::', 'word date']],
    ['f(a:=1)', ['word f', 'symbol (', 'word a', 'symbol :=', 'number 1', 'symbol )']],
    ['a[1:2]', ['word a', 'symbol [', 'number 1', 'symbol :', 'number 2', 'symbol ]']],
    ['a[lo:hi]', ['word a', 'symbol [', 'word lo', 'parameter :hi', 'symbol ]']],
    ['a@>b', ['word a', 'symbol @>', 'word b']],
    [`a->>'b'`, ['word a', 'symbol ->>', `string 'b'`]],
    [`a#-'{b}'`, ['word a', 'symbol #-', `string '{b}'`]],
    ['a=-1', ['word a', 'symbol =', 'symbol -', 'number 1']],
    ['a<@-b', ['word a', 'symbol <@-', 'word b']],
    ['a<>-+b', ['word a', 'symbol <>', 'symbol -', 'symbol +', 'word b']],
    ['a*/*c*/b', ['word a', 'symbol *', 'word b']],
    ['a@--b', ['word a', 'symbol @']],
    ['f(a=>1)', ['word f', 'symbol (', 'word a', 'symbol =>', 'number 1', 'symbol )']],
    ['1.5e-3+.5-1.', ['number 1.5e-3', 'symbol +', 'number .5', 'symbol -', 'number 1.']],
    ['12..3', ['number 12', 'symbol ..', 'number 3']],
    ['0xFF 0b1 0o7 1_000', ['number 0xFF', 'number 0b1', 'number 0o7', 'number 1_000']],
    ['a.b.*', ['word a', 'symbol .', 'word b', 'symbol .', 'symbol *']],
    ['Größe 日本 🛫', ['word Größe', 'word 日本', 'word 🛫']],
    ['_a1$ é', ['word _a1$', 'word é']],
  ])('%s', (sql, expected) => {
    expect(shown(sql)).toEqual(expected)
  })
})

describe('what is never closed, where it begins', () => {
  test.each([
    [`SELECT 'abc`, 7, 'string'],
    [`SELECT 'a''b`, 7, 'string'],
    [`SELECT E'abc\\'`, 7, 'string'],
    [`SELECT E'a\\'b''`, 7, 'string'],
    [`SELECT U&'a`, 7, 'string'],
    [`SELECT "a`, 7, 'quoted identifier'],
    [`SELECT "a""b`, 7, 'quoted identifier'],
    [`SELECT U&"a`, 7, 'quoted identifier'],
    ['SELECT $$a$', 7, 'dollar-quoted string'],
    ['SELECT $a$ $b$', 7, 'dollar-quoted string'],
    ['SELECT $ä$ $$', 7, 'dollar-quoted string'],
    ['SELECT /* a /* b */', 7, 'comment'],
    ['SELECT /*/', 7, 'comment'],
  ])('%s', (sql, offset, what) => {
    expect(tokenize(sql)).toEqual({ message: `This ${what} is not closed.`, offset })
  })
})

test('long literals and comments are cut in time that grows with their length', () => {
  const long = 'x'.repeat(1_000_000)
  for (const sql of [`'${long}'`, `E'${long}'`, `'${`''`.repeat(500_000)}'`, `$$${long}$$`, `/*${long}*/`, `--${long}`])
    expect(tokens(sql)).toHaveLength(1)
  expect(tokenize(`'a' ${'--'.repeat(1000)}`)).toHaveLength(3)
})

test('names fold as PostgreSQL folds them: ASCII only', () => {
  expect(fold('ABCxyzÉİß_1')).toBe('abcxyzÉİß_1')
})
