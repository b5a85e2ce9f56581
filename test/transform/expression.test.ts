import { describe, expect, test } from '@jest/globals'
import { parseExpression } from '../../src/transform/expression.js'

describe('an expression', () => {
  test.each([
    ['delay', 'delay', 'delay'],
    ['  Delay >= 15 -- late\n', 'Delay >= 15', 'delay >= 15'],
    ['coalesce(a, b) /* , c */ + 1', 'coalesce(a, b)   + 1', 'coalesce ( a , b ) + 1'],
    [`"A" || ';,)'`, `"A" || ';,)'`, `"A" || ';,)'`],
    ['a[1:2]::int', 'a[1:2]::int', 'a [ 1 : 2 ] :: int'],
  ])('%s', (text, written, canonical) => {
    expect(parseExpression(text, 'The expr')).toMatchObject({ text: written, canonical })
  })

  test.each([
    ['', /is empty/],
    ['-- nothing', /is empty/],
    ['a, b', /is one value; "," begins another/],
    ['a; DROP TABLE x', /is one value; ";" begins another/],
    ['a), (b', /closes nothing/],
    ['(a', /never closed/],
    ["'a", /not closed/],
    ['a > :start_time', /may not use :start_time/],
    ['$1', /may not use \$1/],
  ])('%s is refused', (text, message) => {
    const refused = () => parseExpression(text, 'The expr of g.m')
    expect(refused).toThrow(message)
    expect(refused).toThrow(expect.objectContaining({ code: 'SQL_INVALID' }))
  })
})
