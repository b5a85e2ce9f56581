import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { lineDiff } from '../../src/plan/line-diff.js'
import { rounds } from '../rounds.js'

const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd e'), { maxLength: 12 })

test('either text can be had from the lines, and what is the same is not told as changed', () => {
  fc.assert(
    fc.property(lines, lines, (old, now) => {
      const diff = lineDiff(old.join('\n'), now.join('\n'), 100)
      if (old.join() === now.join()) return expect(diff).toEqual([])
      const without = (sign: string) => diff.filter((line) => !line.startsWith(sign)).map((line) => line.slice(2))
      expect(without('+')).toEqual(old)
      expect(without('-')).toEqual(now)
    }),
    rounds(200),
  )
})

test('far from a change, lines become one', () => {
  const old = Array.from({ length: 20 }, (_, i) => `line ${i}`)
  expect(lineDiff(old.join('\n'), old.with(10, 'new').join('\n'), 1)).toEqual([
    '  …',
    '  line 9',
    '- line 10',
    '+ new',
    '  line 11',
    '  …',
  ])
})
