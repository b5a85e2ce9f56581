/** Every TypeScript sample compiles against the package's own types. */
import { expect, test } from '@jest/globals'
import { writtenPages } from './pages.js'
import { mistakesOf } from './program.js'

test('every block of TypeScript compiles', async () => {
  const pages = await writtenPages()
  expect(pages.flatMap(({ blocks }) => blocks.filter(({ language }) => language === 'ts')).length).toBeGreaterThan(20)
  expect(mistakesOf(pages)).toEqual([])
}, 120_000)
