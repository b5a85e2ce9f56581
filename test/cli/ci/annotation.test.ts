/** Lines that GitHub reads: whatever an error says, each is one line, and means what it says. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { annotation } from '../../../src/cli/ci/annotation.js'
import { inert } from '../../../src/cli/ci/inert.js'
import { inline, markdownTable } from '../../../src/cli/ci/markdown.js'
import { rounds } from '../../rounds.js'

const workspace = '/checkout/shop'

test.each([
  [
    'a place in the workspace',
    { message: 'No column.', where: { file: `${workspace}/features/a.sql`, line: 3, column: 7 } },
    '::error file=features/a.sql,line=3,col=7,title=SQL_FAILED::No column.',
  ],
  ['no place', { message: 'It is gone.' }, '::error title=SQL_FAILED::It is gone.'],
  [
    'a place elsewhere, and characters that mean something',
    { message: '100%\r\nof a,b:c', why: 'w', fix: 'f', where: { file: '/tmp/a,b:c%.sql' } },
    '::error file=/tmp/a%2Cb%3Ac%25.sql,title=SQL_FAILED::100%25%0D%0Aof a,b:c%0Aw%0Afix: f',
  ],
])('%s', (_, told, line) => {
  expect(annotation({ level: 'error', code: 'SQL_FAILED', ...told }, workspace)).toBe(line)
})

test('any message comes back whole', () => {
  const text = fc.string({ unit: fc.constantFrom('%', '\n', '\r', ':', ',', 'a', '::error', '25') })
  fc.assert(
    fc.property(text, text, (message, file) => {
      const line = annotation(
        { level: 'warning', code: 'X', message, where: { file: `/elsewhere/${file}x` } },
        workspace,
      )
      expect(line).not.toMatch(/[\r\n]/)
      const [, properties = '', said = ''] = /^::warning (.*?)::(.*)$/.exec(line) ?? []
      const read = (escaped: string) => escaped.replaceAll(/%(0A|0D|25|3A|2C)/g, (code) => decodeURIComponent(code))
      expect(read(said)).toBe(message)
      expect(properties.split(',').map(read)).toEqual([`file=/elsewhere/${file}x`, 'title=X'])
    }),
    rounds(100),
  )
})

test.each([
  ['::set-output name=key::value', ': :set-output name=key::value'],
  [' \u00a0::add-mask::a', ' \u00a0: :add-mask::a'],
  ['a ##[set-output name=key;]value', 'a ## [set-output name=key;]value'],
  ['1::int, ### a', '1::int, ### a'],
])('%j in a row is no command to a job', (line, inertLine) => {
  expect(inert(line, { GITHUB_ACTIONS: 'true' })).toBe(inertLine)
  expect(inert(line, {})).toBe(line)
})

test('Markdown of a summary shows text as it is', () => {
  expect(inline('a|b\n*c* <script> [x](y) `z` \\')).toBe('a\\|b \\*c\\* &lt;script> \\[x\\](y) \\`z\\` \\\\')
  expect(markdownTable(['name', '#rows'], [['a', '1']])).toBe('| name | rows |\n| --- | ---: |\n| a | 1 |')
})
