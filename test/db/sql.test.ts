import { afterAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { openPGlite } from '../../src/db/pglite.js'
import { identifier, literal, parameters } from '../../src/db/sql.js'
import { cacheDirectory } from '../servers/databases.js'

const db = openPGlite({ cacheDirectory })
afterAll(() => db.close())

const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'))

test('names are quoted and dotted', () => {
  expect(identifier('fstore', 'a"b')).toBe('"fstore"."a""b"')
  expect(() => identifier('')).toThrow(TypeError)
  expect(() => identifier('a\0')).toThrow(TypeError)
})

describe('whatever the text', () => {
  test('a constant is that text, with either meaning of backslashes', async () => {
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom('on', 'off'), async (value, conforming) => {
        await db.transaction({ role: 'owner' }, async (tx) => {
          await tx.script(`SET LOCAL standard_conforming_strings = ${conforming}`)
          expect((await tx.query(`SELECT ${literal(value)} AS value`)).rows).toEqual([{ value }])
        })
      }),
      { numRuns: 100 },
    )
  })

  test('a name is that name', async () => {
    const name = text.filter((value) => value !== '' && Buffer.byteLength(value) < 63)
    await fc.assert(
      fc.asyncProperty(name, async (value) => {
        const { fields } = await db.query({ role: 'owner' }, `SELECT 1 AS ${identifier(value)}`)
        expect(fields[0]?.name).toBe(value)
      }),
      { numRuns: 100 },
    )
  })

  test('an array of it comes back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(text)), async (value) => {
        const { rows } = await db.query({ role: 'owner' }, 'SELECT $1::text[] AS value', [value])
        expect(rows).toEqual([{ value }])
      }),
      { numRuns: 100 },
    )
  })
})

test('parameters are numbered as they are bound', () => {
  const bound = parameters('first')
  expect([bound.bind(2), bound.bind(null)]).toEqual(['$2', '$3'])
  expect(bound.values).toEqual(['first', 2, null])
})
