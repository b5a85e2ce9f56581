import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { array, embedding, entity, float64, int64, type Sql, sql, string, timestamp } from '../../src/index.js'
import { compile, compileOne, group } from '../project.js'
import { rounds } from '../rounds.js'

type Options = NonNullable<Parameters<typeof compileOne>[1]>

const base = {
  entity: entity('user', { user_id: 'string', country: 'string' }),
  features: { visits: int64({ min: 0 }), name: string({ pattern: '^a' }), spent: float64() },
  sql: sql`SELECT user_id, country, visits, name, spent FROM source WHERE at < :end_time`,
} satisfies Options

async function fingerprint(options: Options = {}): Promise<string> {
  return (await compileOne('activity', { ...base, ...options })).definition.fingerprint
}

const text = (written: string): Sql => sql(Object.assign([written], { raw: [written] }))

test('is 12 hex digits, the same every time', async () => {
  expect(await fingerprint()).toMatch(/^[0-9a-f]{12}$/)
  expect(await fingerprint()).toBe(await fingerprint())
})

describe('does not change with', () => {
  test.each<[string, Options]>([
    ['descriptions', { description: 'x', displayName: 'X', tags: ['a'], owner: 'me', status: 'deprecated' }],
    ['ttl', { ttl: '7d' }],
    ['a schedule', { schedule: '0 3 * * *' }],
    ['retention', { retention: '90d' }],
    ['start and end', { start: '2026-01-01', end: '2027-01-01' }],
    ['maxRejected', { maxRejected: 3 }],
    ['what is the default anyway', { every: '24h', partition: 'month' }],
    [
      'the order of features',
      { features: { spent: float64(), visits: int64({ min: 0 }), name: string({ pattern: '^a' }) } },
    ],
    [
      'descriptions of features',
      {
        features: {
          ...base.features,
          visits: int64({ min: 0, description: 'x', displayName: 'V', tags: ['t'], aggregation: 'sum', window: '7d' }),
        },
      },
    ],
    ['the description of its entity', { entity: entity('user', base.entity.keys, { description: 'x' }) }],
    [
      'comments, white space and case of names in the SQL',
      {
        sql: sql`-- all of it
          select USER_ID, country,visits , name, spent /* cents */ FROM Source where at<:END_TIME ; -- end`,
      },
    ],
  ])('%s', async (_, options) => {
    expect(await fingerprint(options)).toBe(await fingerprint())
  })

  test('comments and white space between any tokens', async () => {
    const tokens = ['SELECT', 'user_id', ',', 'visits', '::', 'int8', 'FROM', 'source', 'WHERE', 'a', '<@', `'x  y'`]
    const gap = fc.constantFrom(' ', '\n', '\t ', ' /* x */ ', ' -- y\n')
    const plain = await fingerprint({ sql: text(tokens.join(' ')) })
    await fc.assert(
      fc.asyncProperty(fc.array(gap, { minLength: tokens.length, maxLength: tokens.length }), async (gaps) => {
        const spaced = tokens.map((token, i) => `${gaps[i]}${token}`).join('')
        expect(await fingerprint({ sql: text(spaced) })).toBe(plain)
      }),
      rounds(30),
    )
  })
})

describe('changes with', () => {
  const others: [string, Options][] = [
    [
      'a token of the SQL',
      { sql: sql`SELECT user_id, country, visits, name, spent FROM source WHERE at <= :end_time` },
    ],
    ['a string of the SQL', { sql: sql`SELECT user_id, country, visits, name, 'a' AS spent FROM source` }],
    ['the case of that string', { sql: sql`SELECT user_id, country, visits, name, 'A' AS spent FROM source` }],
    ['a quoted name', { sql: sql`SELECT user_id, country, visits, name, "Spent" AS spent FROM source` }],
    ['the case of that name', { sql: sql`SELECT user_id, country, visits, name, "spent" AS spent FROM source` }],
    ['the name of the entity', { entity: entity('person', { user_id: 'string', country: 'string' }) }],
    ['the type of a key', { entity: entity('user', { user_id: 'int64', country: 'string' }) }],
    ['a key less', { entity: entity('user', { user_id: 'string' }) }],
    ['the order of keys', { entity: entity('user', { country: 'string', user_id: 'string' }) }],
    ['a type', { features: { ...base.features, spent: int64() } }],
    ['bigint', { features: { ...base.features, spent: int64({ as: 'bigint' }) } }],
    ['a timestamp', { features: { ...base.features, spent: timestamp() } }],
    ['a timestamp as text', { features: { ...base.features, spent: timestamp({ as: 'string' }) } }],
    ['a list', { features: { ...base.features, spent: array() } }],
    ['a list of texts', { features: { ...base.features, spent: array('string') } }],
    ['a vector', { features: { ...base.features, spent: embedding(3) } }],
    ['a longer vector', { features: { ...base.features, spent: embedding(4) } }],
    ['a rule more', { features: { ...base.features, spent: float64({ notNull: true }) } }],
    ['another bound', { features: { ...base.features, visits: int64({ min: 1 }) } }],
    ['a rule less', { features: { ...base.features, visits: int64() } }],
    ['another pattern', { features: { ...base.features, name: string({ pattern: '^b' }) } }],
    ['allowed values', { features: { ...base.features, name: string({ allowedValues: ['a'] }) } }],
    ['another name', { features: { visits: int64({ min: 0 }), name: string({ pattern: '^a' }), cost: float64() } }],
    ['a feature more', { features: { ...base.features, more: float64() } }],
    ['every', { every: '1h' }],
    ['partition', { partition: 'none' }],
  ]

  test.each(others)('%s', async (_, options) => {
    expect(await fingerprint(options)).not.toBe(await fingerprint())
  })

  test('each of these in a way of its own', async () => {
    const all = await Promise.all(others.map(([, options]) => fingerprint(options)))
    expect(new Set(all).size).toBe(others.length)
  })

  test('the SQL of one feature among several', async () => {
    const feature = (where: string) => int64({ sql: text(`SELECT user_id, country, 1 AS value FROM s WHERE ${where}`) })
    const of = async (a: string, b: string) => {
      const compiled = await compileOne('activity', {
        ...base,
        sql: undefined,
        features: { a: feature(a), b: feature(b) },
      })
      return compiled.definition.fingerprint
    }
    expect(await of('x', 'y')).toBe(await of('X', 'y -- z\n'))
    expect(await of('x', 'y')).not.toBe(await of('x', 'x'))
    expect(await of('x', 'y')).not.toBe(await of('y', 'x'))
  })

  test('what it reads, at any distance, and with nothing that does not change that', async () => {
    const reading = (name: string) =>
      sql(Object.assign([''], { raw: [`SELECT user_id, visits FROM fstore_offline.${name}`] }))
    const of = async (options: Options) => {
      const groups = await compile(
        group('c', { sql: reading('b') }),
        group('b', { sql: reading('a') }),
        group('a', options),
        group('d'),
      )
      expect(groups.map(({ group: { name } }) => name)).toEqual(['a', 'b', 'c', 'd'])
      return Object.fromEntries(groups.map(({ definition }) => [definition.group.name, definition.fingerprint]))
    }
    const [plain, described, changed] = [await of({}), await of({ description: 'x' }), await of({ every: '1h' })]
    expect(described).toEqual(plain)
    expect(changed.d).toBe(plain.d)
    for (const name of ['a', 'b', 'c']) expect(changed[name]).not.toBe(plain[name])
  })
})
