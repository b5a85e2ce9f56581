/** Tables fit the screen whatever is in them, and programs get back what went in. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { type Column, drawn, pairs } from '../../src/cli/table.js'
import { tsv } from '../../src/cli/tsv.js'
import { cut, widthOf, wrapped } from '../../src/cli/width.js'
import { rounds } from '../rounds.js'

interface Row {
  readonly name: string
  readonly rows: number
  readonly at: string
}

const columns: Column<Row>[] = [
  { head: 'group', cell: ({ name }) => name, cut: true },
  { head: 'rows', cell: ({ rows }) => rows.toLocaleString('en-US'), right: true },
  { head: 'type', cell: () => 'incremental', drop: 1 },
  { head: 'started', cell: ({ at }) => `${at} · 3h ago`, short: () => '3h ago' },
]

const at = '2026-03-01T08:00:00Z'
const rows = [
  { name: 'user_activity', rows: 1_234_567, at },
  { name: '訪問', rows: 7, at },
]

test.each([60, 50, 40, 26, 18])('%d columns', (width) => {
  expect(drawn(columns, rows, width)).toMatchSnapshot()
})

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom('', 'a\nb', '\u001b[2J', '日本語'.repeat(9), '👩‍👩‍👧 👍🏽 é'),
)

test('no line is wider than the screen, and names stand in their order', () => {
  const row = fc.record({ name: text, rows: fc.nat(), at: fc.constant(at) })
  const property = fc.property(
    fc.array(row, { minLength: 1, maxLength: 5 }),
    fc.integer({ min: 36, max: 200 }),
    (list, width) => {
      const lines = drawn(columns, list, width).split('\n')
      // A record's value that is one long word stays whole, so that it can be copied.
      const isTable = lines[0]?.startsWith('group') && lines[0].includes('rows')
      expect(lines.filter((line) => widthOf(line) > width && isTable)).toEqual([])
      expect(isTable ? lines.length : list.length + 1).toBe(list.length + 1)
      expect(lines.some((line) => /\p{Cc}/u.test(line))).toBe(false)
    },
  )
  fc.assert(property, rounds(100))
})

test('text is cut and wrapped between what belongs together', () => {
  expect(cut('日本語', 4)).toBe('日…')
  expect(cut('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 4)).toBe('👩‍👩‍👧…')
  expect(wrapped('Run `fstore build --all-tenants` to mend it.', 20, '  ')).toEqual([
    'Run',
    '  `fstore build --all-tenants`',
    '  to mend it.',
  ])
  expect(pairs([['database', 'PostgreSQL 18, reachable']], 24)).toBe('database  PostgreSQL 18,\n          reachable')
  expect(pairs([['error', 'of "\u001b[2J\n"']], 60)).toBe('error  of "\\u001b[2J\\n"')
})

test('what is measured without the package is as wide as it says', () => {
  const unit = fc.constantFrom(
    ...'aZ ~|é×µ·…–“→✓✗⚠○●▁▄█▏▉',
    '\u001b[1m',
    '\u001b[39m',
    '漢',
    '👍',
    '\u0301',
    '\ufe0f',
    '\u00ad',
  )
  const property = fc.property(fc.string({ unit, maxLength: 12 }), (line) => {
    expect(widthOf(line)).toBe(stringWidth(line))
  })
  fc.assert(property, rounds(300))
})

test('tab-separated values give back every value', () => {
  const plain = (cell: string) =>
    cell.replace(/\\(.)/g, (_, character: string) => ({ t: '\t', n: '\n', r: '\r' })[character] ?? character)
  // Other control characters are shown, and stay so.
  const printable = text.filter((one) => !/[^\P{Cc}\t\n\r]/u.test(one))
  const property = fc.property(fc.array(fc.tuple(printable, printable)), (list) => {
    const [head, ...lines] = tsv({ a: ([a]: string[]) => a, 'b c': ([, b]: string[]) => b }, list).split('\n')
    expect(head).toBe('a\tb c')
    expect(lines.slice(0, -1).map((line) => line.split('\t').map(plain))).toEqual(list)
  })
  fc.assert(property, rounds(100))
  const row = { none: null, when: new Date(0), list: [1, { a: '\t' }], big: 2n ** 60n, color: '\u001b[31m' }
  const fields = Object.fromEntries(Object.keys(row).map((name) => [name, (one: any) => one[name]]))
  expect(tsv(fields, [row]).split('\n')[1]).toBe(
    '\t1970-01-01T00:00:00Z\t[1,{"a":"\\\\t"}]\t1152921504606846976\t\\x1b[31m',
  )
})
