/** From the words after `get` to entities. */

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseKeys } from '../../src/cli/keys.js'
import { parseConfig } from '../../src/config/parse.js'
import type { FstoreError } from '../../src/errors.js'
import { batch, defineConfig, entity, int64, sql } from '../../src/index.js'
import { rounds } from '../rounds.js'

const group = (name: string, of: ReturnType<typeof entity>) =>
  batch(name, { entity: of, every: '1d', start: '2025-01-01', sql: sql`SELECT 1`, features: { n: int64() } })

const airport = entity('airport', { airport: 'string' })
const route = entity('route', { origin: 'string', destination: 'string' })
const user = entity('user', { user_id: 'string' })

function project(...entities: ReturnType<typeof entity>[]) {
  return parseConfig(defineConfig({ project: 'demo', groups: entities.map((one) => group(`of_${one.name}`, one)) }))
}

const flights = project(airport as never, route as never)
const both = project(airport as never, route as never, user as never)

function parse(of: typeof flights, line: string, entityName?: string) {
  const { entity: found, keys } = parseKeys(of, line.split(' '), entityName)
  return { [found.name]: keys }
}

function failure(of: typeof flights, line: string, entityName?: string) {
  try {
    parse(of, line, entityName)
  } catch (error) {
    return error as FstoreError
  }
  throw new Error('It was understood')
}

describe('bare keys', () => {
  test('belong to the only entity of one key', () => {
    expect(parse(flights, 'SFO')).toEqual({ airport: [{ airport: 'SFO' }] })
    expect(parse(flights, 'SFO LAX SFO')).toEqual({
      airport: [{ airport: 'SFO' }, { airport: 'LAX' }, { airport: 'SFO' }],
    })
  })

  test('may hold an equals sign, where it follows no name of a key', () => {
    expect(parse(flights, 'c2Zv==')).toEqual({ airport: [{ airport: 'c2Zv==' }] })
    expect(parse(flights, '=SFO')).toEqual({ airport: [{ airport: '=SFO' }] })
  })

  test('of several entities are refused, naming them', () => {
    expect(failure(both, 'SFO')).toMatchObject({
      code: 'NAME_AMBIGUOUS',
      fix: 'Say which: --entity airport, --entity user.',
    })
    expect(parse(both, 'SFO', 'user')).toEqual({ user: [{ user_id: 'SFO' }] })
  })
})

describe('name=value', () => {
  test('says the entity, in any order', () => {
    expect(parse(both, 'user_id=ada')).toEqual({ user: [{ user_id: 'ada' }] })
    expect(parse(both, 'destination=LAX origin=SFO')).toEqual({ route: [{ origin: 'SFO', destination: 'LAX' }] })
  })

  test('begins the next entity where a name comes again', () => {
    expect(parse(both, 'origin=SFO destination=LAX destination=JFK origin=ORD')).toEqual({
      route: [
        { origin: 'SFO', destination: 'LAX' },
        { origin: 'ORD', destination: 'JFK' },
      ],
    })
  })

  test('keeps further equals signs and empty values', () => {
    expect(parse(both, 'user_id=a=b=')).toEqual({ user: [{ user_id: 'a=b=' }] })
    expect(parse(both, 'user_id=')).toEqual({ user: [{ user_id: '' }] })
  })

  test.each([
    'origin=SFO',
    'origin=SFO dest=LAX',
    'origin=SFO LAX',
    'origin=SFO airport=LAX',
    'origin=SFO origin=LAX destination=X',
  ])('%s is no entity', (line) => {
    expect(failure(flights, line)).toMatchObject({
      code: 'KEY_INVALID',
      message: `"${line}" is not the key of any entity.`,
      fix: 'Write --entity airport KEY, or origin=… destination=….',
    })
  })
})

test('an unknown entity is told with what is near', () => {
  expect(failure(flights, 'SFO', 'airprot')).toMatchObject({ code: 'NAME_UNKNOWN', fix: 'Did you mean "airport"?' })
})

test('whatever the keys are, writing them out and reading them gives them back', () => {
  const key = fc.record({ origin: fc.string(), destination: fc.string() })
  fc.assert(
    fc.property(fc.array(key, { minLength: 1 }), fc.boolean(), (keys, swapped) => {
      const words = keys.flatMap(({ origin, destination }) => {
        const pairs = [`origin=${origin}`, `destination=${destination}`]
        return swapped ? pairs.reverse() : pairs
      })
      expect(parseKeys(both, words, undefined)).toMatchObject({ entity: { name: 'route' }, keys })
    }),
    rounds(100),
  )
})
