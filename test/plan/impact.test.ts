/** What a change means to readers, over two snapshots. */
import { expect, test } from '@jest/globals'
import { entity, float64, int64, sql, string } from '../../src/index.js'
import { type ImpactKind, impactOf } from '../../src/plan/impact.js'
import type { Snapshot } from '../../src/registry/definition.js'
import { compile, compileOne, group } from '../project.js'
import { sqlOf } from './trial.js'

type Options = Parameters<typeof group>[1]

const snapshot = async (options?: Options): Promise<Snapshot> => (await compileOne('g', options)).definition.snapshot
const perFeature = (visits: string, more = {}) => ({
  sql: undefined,
  features: { visits: int64({ sql: sqlOf(visits) }), ...more },
})

test.each<[string, Options, Options, ImpactKind, string[]]>([
  [
    'a feature more, the SELECT longer by it',
    {},
    { features: { visits: int64(), spent: float64() }, sql: sql`SELECT user_id, visits, spent FROM source` },
    'additive',
    ['adds spent'],
  ],
  [
    'a feature more, the SELECT another',
    {},
    { features: { visits: int64(), spent: float64() }, sql: sql`SELECT user_id, visits, spent FROM other` },
    'breaking',
    ['its SQL changes, so values may change', 'adds spent'],
  ],
  ['a feature less', { features: { visits: int64(), a: int64() } }, {}, 'breaking', ['removes a']],
  ['another type', {}, { features: { visits: string() } }, 'breaking', ['visits changes from int64 to string']],
  [
    'another way to hand it out',
    {},
    { features: { visits: int64({ as: 'bigint' }) } },
    'breaking',
    ['visits changes from int64 to int64 as bigint'],
  ],
  [
    'rules',
    {},
    { features: { visits: int64({ min: 0 }) } },
    'breaking',
    ['the rules of visits change, so other rows may be rejected'],
  ],
  ['keys', {}, { entity: entity('user', { id: 'string' }) }, 'breaking', ['its keys change']],
  ['windows', {}, { every: '1h' }, 'breaking', ['its windows change from 1d to 1h']],
  ['partitions', {}, { partition: 'year' }, 'additive', ['is partitioned by year']],
  ['a comment', {}, { sql: sql`select user_id, visits /* so */ FROM source` }, 'breaking', ['its meaning changes']],
  ['nothing', {}, {}, 'additive', []],
])('%s', async (_, before, after, kind, reasons) => {
  expect(impactOf(await snapshot(before), await snapshot(after))).toEqual({ kind, reasons, affected: false })
})

test('a SELECT per feature: one more adds, another one breaks', async () => {
  const old = await snapshot(perFeature('SELECT 1'))
  const more = await snapshot(perFeature('select 1', { b: int64({ sql: sqlOf('SELECT 2') }) }))
  expect(impactOf(old, more)).toMatchObject({ kind: 'additive', reasons: ['adds b'] })
  const other = impactOf(old, await snapshot(perFeature('SELECT 2')))
  expect(other).toMatchObject({ kind: 'breaking', reasons: ['the SQL of visits changes, so its values may change'] })
})

test('what is new is additive', async () => {
  expect(impactOf(undefined, await snapshot())).toEqual({ kind: 'additive', reasons: ['a new group'], affected: false })
})

test('a group whose source changes is affected, and as much as its source', async () => {
  const reader = group('reader', { sql: sql`SELECT user_id, visits FROM fstore_offline.source` })
  const [, before] = await compile(group('source'), reader)
  const [, after] = await compile(group('source', { every: '1h' }), reader)
  if (!before || !after) throw new Error('not compiled')
  const impact = (upstream?: ImpactKind) =>
    impactOf(before.definition.snapshot, after.definition.snapshot, new Map(upstream && [['source', upstream]]))
  const reasons = ['it reads source, which changes']
  expect(impact('breaking')).toEqual({ kind: 'breaking', reasons, affected: true })
  expect(impact()).toEqual({ kind: 'breaking', reasons, affected: true })
  expect(impact('additive')).toEqual({ kind: 'additive', reasons, affected: true })
})
