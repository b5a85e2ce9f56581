/** What a rolling group means, and which sources it takes; what it yields is tested where windows run. */
import { describe, expect, test } from '@jest/globals'
import { entity, rolling, sql } from '../../src/index.js'
import { printedSql } from '../../src/offline/printed-sql.js'
import { compile } from '../project.js'

const user = entity('user', { user_id: 'string' })
const usual = {
  entity: user,
  source: 'events',
  timestamp: 'at',
  measures: { spent: { expr: 'amount', functions: ['sum'] } },
  windows: ['7d', '28d'],
}
const declared = (options: object = {}) => rolling('spend', { ...usual, ...options } as any)
const fingerprint = async (options: object) => (await compile(declared(options)))[0]?.definition.fingerprint

describe('the fingerprint', () => {
  test.each<[string, object]>([
    [
      'white space and comments of an expression',
      { measures: { spent: { expr: ' AMOUNT -- x', functions: ['sum'] } } },
    ],
    ['a description', { description: 'What was spent.' }],
    ['a ttl', { ttl: '1d' }],
  ])('stays with %s', async (_, options) => {
    expect(await fingerprint(options)).toBe(await fingerprint({}))
  })

  test.each<[string, object]>([
    ['the source', { source: 'public.events' }],
    ['the timestamp', { timestamp: 'created_at' }],
    ['the keys', { keys: { user_id: 'id' } }],
    ['an expression', { measures: { spent: { expr: 'amount + 1', functions: ['sum'] } } }],
    ['a window', { windows: ['7d', '30d'] }],
    ['the bucket', { every: '1h' }],
  ])('changes with %s', async (_, options) => {
    expect(await fingerprint(options)).not.toBe(await fingerprint({}))
  })
})

describe('the source', () => {
  test('may end in a comment, use :tenant_id, and read another group', async () => {
    const source = sql`SELECT user_id, at, amount FROM events WHERE tenant = :tenant_id; -- theirs`
    const [one] = await compile(declared({ source }))
    expect(one?.selects[0]?.select.uses).toContain('tenant_id')
    const above = declared({
      source: sql`SELECT user_id, event_timestamp AS at, 1 AS amount FROM fstore_offline.other`,
    })
    const groups = await compile(above, rolling('other', usual as any))
    expect(groups.map(({ group }) => group.name)).toEqual(['other', 'spend'])
  })

  test.each([
    [sql`SELECT * FROM events WHERE at > :start_time`, /takes no :start_time/],
    [sql`DELETE FROM events`, /starts with SELECT or WITH/],
  ])('%j is refused', async (source, message) => {
    await expect(compile(declared({ source }))).rejects.toThrow(message)
  })

  test('a wrong expression names its group and measure', async () => {
    const broken = declared({ measures: { spent: { expr: 'a, b', functions: ['sum'] } } })
    await expect(compile(broken)).rejects.toThrow('The expr of spend.spent is one value; "," begins another.')
  })
})

test('the SQL is one to be read: its steps are named, and its parameters', async () => {
  const [compiled] = await compile(declared())
  const sql = printedSql(compiled as NonNullable<typeof compiled>)[0]?.sql
  for (const step of ['events', 'buckets', 'changes', 'values', 'features'])
    expect(sql).toContain(`rolling_${step} AS (\n`)
  expect(sql).toContain('"at" < (:end_time::timestamptz)')
})
