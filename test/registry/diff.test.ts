import { describe, expect, test } from '@jest/globals'
import { entity, float64, int64, sql } from '../../src/index.js'
import type { Snapshot } from '../../src/registry/definition.js'
import { diff, summarize } from '../../src/registry/diff.js'
import { compile, compileOne, group } from '../project.js'

type Options = NonNullable<Parameters<typeof compileOne>[1]>

/** As it comes back from the registry: jsonb keeps the keys of objects in an order of its own. */
function stored(value: any): any {
  if (Array.isArray(value)) return value.map(stored)
  if (typeof value !== 'object' || value === null) return value
  const keys = Object.keys(value).sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
  return Object.fromEntries(keys.map((key) => [key, stored(value[key])]))
}

const before = { features: { a: int64({ min: 0, max: 9 }), b: float64() }, every: '1d' } satisfies Options

async function snapshot(options: Options): Promise<Snapshot> {
  return (await compileOne('activity', { ...before, ...options })).definition.snapshot
}

describe('what changed, in one line', () => {
  test.each<[string, Options]>([
    ['', {}],
    ['', { features: { b: float64(), a: int64({ max: 9, min: 0 }) } }],
    ['+ c', { features: { ...before.features, c: int64() } }],
    ['- b', { features: { a: before.features.a } }],
    ['~ b', { features: { ...before.features, b: int64() } }],
    ['~ a', { features: { ...before.features, a: int64({ min: 0, max: 8 }) } }],
    ['+ d; - b; ~ a', { features: { a: int64(), d: float64() } }],
    ['sql', { sql: sql`SELECT user_id, a, b FROM elsewhere` }],
    ['keys', { entity: entity('user', { user_id: 'int64' }) }],
    ['keys', { entity: entity('person', { user_id: 'string' }) }],
    ['every; partition', { every: '1h', partition: 'year' }],
    ['sql; every; - b', { sql: sql`SELECT 1`, every: '7d', features: { a: before.features.a } }],
  ])('"%s"', async (summary, options) => {
    expect(summarize(diff(stored(await snapshot({})), await snapshot(options)))).toBe(summary)
  })

  test('of what it reads: changed, added and removed', async () => {
    const of = async (every: '1d' | '1h', ...sources: string[]) => {
      const read = `SELECT 1 FROM ${sources.map((name) => `fstore_offline.${name}`).join(', ')}`
      const own = group('own', { sql: sql(Object.assign([''], { raw: [read] })) })
      const compiled = await compile(own, group('a', { every }), group('b'))
      return compiled.find(({ group: { name } }) => name === 'own')?.definition.snapshot as Snapshot
    }
    expect(summarize(diff(stored(await of('1d', 'a', 'b')), await of('1d', 'b', 'a')))).toBe('sql')
    expect(summarize(diff(stored(await of('1d', 'a', 'b')), await of('1h', 'a', 'b')))).toBe('reads a')
    expect(summarize(diff(stored(await of('1d', 'a')), await of('1d', 'a', 'b')))).toBe('sql; reads b')
    expect(summarize(diff(stored(await of('1d', 'a', 'b')), await of('1d', 'b')))).toBe('sql; no longer reads a')
  })
})
