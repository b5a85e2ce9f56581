/** Groups that are pushed: what they may be declared with. */

import { expect, test } from '@jest/globals'
import { parseConfig } from '../../src/config/parse.js'
import type { FstoreError } from '../../src/errors.js'
import { batch, defineConfig, entity, int64, sql, stream } from '../../src/index.js'
import { compile } from '../project.js'

const user = entity('user', { user_id: 'string' })
const features = { n: int64() }
const plain = { entity: user, features }

function mistakes(options: object): string[] {
  try {
    parseConfig(defineConfig({ project: 'demo', groups: [stream('g', { ...plain, ...options })] }))
    return []
  } catch (error) {
    return (error as FstoreError).problems.map(({ path, message }) => `${path} ${message}`)
  }
}

test('a stream group has a version, a ttl, a retention and partitions', () => {
  const options = { version: 3, ttl: '1h', retention: '2h', partition: 'none', owner: 'us' } as const
  const { groups } = parseConfig(
    defineConfig({ project: 'demo', groups: [stream('g', plain), stream('h', { ...plain, ...options })] }),
  )
  const usual = { sourceType: 'stream', every: 0, tags: [], status: 'active' }
  expect(groups).toMatchObject([
    { ...usual, name: 'g', revision: 1, partition: 'month' },
    { ...usual, name: 'h', revision: 3, partition: 'none', ttl: 3600, retention: 7200, owner: 'us' },
  ])
})

const windows = 'a stream group has no windows: a row is written when it is pushed'

test.each<[string, object, string[]]>([
  [
    'SQL',
    { sql: sql`SELECT 1` },
    ['groups.g.sql a stream group is pushed, not computed: SQL would overwrite what the application wrote'],
  ],
  [
    'windows',
    { every: '1d', start: '2026-01-01', end: '2026-02-01', maxRejected: 1 },
    ['every', 'start', 'end', 'maxRejected'].map((name) => `groups.g.${name} ${windows}`),
  ],
  [
    'a schedule',
    { schedule: '* * * * *' },
    ['groups.g.schedule nothing of a stream group is ever due: a row is written when it is pushed'],
  ],
  [
    'SQL of a feature',
    { features: { n: int64({ sql: sql`SELECT 1` }) } },
    ['groups.g.features.n.sql a feature of a stream group is pushed, not computed'],
  ],
  ['an unknown option', { event: {} }, ['groups.g.event a stream group has no option "event"']],
  [
    'what only events have a use for',
    { on: {}, remember: '1d' },
    ['on', 'remember'].map((name) => `groups.g.${name} means something only where events feed the group`),
  ],
  ['a version that is none', { version: 0 }, ['groups.g.version 0 is less than 1']],
  ['a part of a version', { version: 1.5 }, ['groups.g.version 1.5 is not a whole number']],
  [
    'a short retention',
    { ttl: '2h', retention: '1h' },
    ['groups.g.retention history is kept for 1h, and values live for 2h (ttl)'],
  ],
  ['what is absent', { sql: undefined, every: undefined }, []],
])('%s', (_, options, expected) => {
  expect(mistakes(options)).toEqual(expected)
})

test('its fingerprint follows its version and its features, and not how it is described', async () => {
  const of = async (options: object) =>
    (await compile(stream('g', { ...plain, ...options })))[0]?.definition.fingerprint
  const first = await of({})
  expect(await of({ version: 1, description: 'd', ttl: '1h', retention: '1d', tags: ['t'] })).toBe(first)
  for (const options of [{ version: 2 }, { partition: 'year' }, { features: { n: int64({ min: 0 }) } }])
    expect(await of(options)).not.toBe(first)
})

test('computed groups keep the fingerprints they had before there were pushed ones', async () => {
  const [compiled] = await compile(batch('g', { ...plain, sql: sql`SELECT user_id, 1 AS n` }))
  expect(compiled?.definition.snapshot).not.toHaveProperty('revision')
})

test('what reads a pushed group is built after it', async () => {
  const reader = batch('reader', { ...plain, sql: sql`SELECT user_id, n FROM fstore_offline.g` })
  const compiled = await compile(reader, stream('g', plain))
  expect(compiled.map(({ group }) => group.name)).toEqual(['g', 'reader'])
})
