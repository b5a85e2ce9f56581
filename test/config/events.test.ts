/** Groups that events feed: what they may be declared with, and what of that makes a version. */

import { expect, test } from '@jest/globals'
import { z } from 'zod'
import { parseConfig } from '../../src/config/parse.js'
import { average, ema, increment, last, mode } from '../../src/config/reducer.js'
import type { FstoreError } from '../../src/errors.js'
import { type AnyGroup, defineConfig, entity, float64, int64, stream, string } from '../../src/index.js'
import { compile } from '../project.js'

const payload = z.object({ user: z.string(), n: z.number() })
const key = ({ user }: { user: string }) => user
const plain = {
  entity: entity('user', { user_id: 'string' }),
  version: 1,
  features: { n: int64(), f: float64() },
  events: { clicked: payload },
  on: { clicked: { key, set: { n: increment(), f: ema(0.3, ({ n }: { n: number }) => n) } } },
}
const group = (options: object) => stream('g', { ...plain, ...options } as typeof plain) as AnyGroup

function mistakes(options: object): string[] {
  try {
    parseConfig(defineConfig({ project: 'demo', groups: [group(options)] }))
    return []
  } catch (error) {
    return (error as FstoreError).problems.map(({ path, message }) => `${path} ${message}`)
  }
}

const setting = (set: object) => ({ on: { clicked: { key, set } } })
const n = increment()
const f = ema(0.3, () => 1)

test.each<[string, object, string[]]>([
  ['nothing', {}, []],
  ['no version', { version: undefined }, ['version is missing']],
  ['no events', { events: {}, on: {}, features: {} }, ['events is empty', 'features a group needs a feature']],
  ['no schema', { events: { clicked: { parse() {} } } }, ['events.clicked an object is no schema']],
  ['no handler', { on: undefined }, ['on is missing', 'on.clicked is missing', ...['n', 'f'].map(unset)]],
  [
    'another event',
    { on: { ...plain.on, click: {} } },
    ['on.click is no event of the group', 'on.click.key is missing', 'on.click.set is missing'],
  ],
  ['no key', { on: { clicked: { set: { n, f } } } }, ['on.clicked.key is missing']],
  [
    'another option',
    { on: { clicked: { key, sets: {}, set: { n, f } } } },
    ['on.clicked.sets an event has no option "sets"'],
  ],
  ['a feature without an event', setting({ n }), [unset('f')]],
  ['an unknown feature', setting({ n, f, m: n }), ['on.clicked.set.m is no feature of the group']],
  ['no reducer', setting({ n, f: 3 }), ['on.clicked.set.f 3 is not a reducer', unset('f')]],
  ['a reducer without its function', setting({ n, f: last(3 as never) }), ['on.clicked.set.f last() needs a function']],
  [
    'a weight that is none',
    setting({ n, f: ema(1.5, () => 1) }),
    ['on.clicked.set.f 1.5 is no weight of a newest value'],
  ],
  ['another type', setting({ n: average(() => 1), f }), ['on.clicked.set.n average() gives no int64']],
  [
    'a state that another reducer would not know of',
    {
      events: { clicked: payload, left: payload },
      on: { ...setting({ n, f: average(() => 1) }).on, left: { key, set: { f } } },
    },
    ['features.f average() keeps more than the value, which ema(0.3) would not know of'],
  ],
])('%s', (_, options, expected) => {
  expect(mistakes(options)).toEqual(expected.map((mistake) => `groups.g.${mistake}`))
})

function unset(name: string): string {
  return `features.${name} no event changes it`
}

test('a project says in plain data what events change, and for how long one is remembered', () => {
  const project = (options: object) => parseConfig(defineConfig({ project: 'demo', groups: [group(options)] }))
  const own = () => 1
  expect(project(setting({ n: own, f }))).toMatchObject({
    groups: [
      { sourceType: 'stream', revision: 1, remember: 2_592_000, events: { clicked: { n: 'function', f: 'ema(0.3)' } } },
    ],
  })
  expect(project({ remember: '1d' }).groups[0]?.remember).toBe(86_400)
  expect(JSON.parse(JSON.stringify(project({})))).toEqual(project({}))
})

test('its fingerprint follows its version and its reducers; a function only its author can tell of', async () => {
  const of = async (options: object) => (await compile(group(options)))[0]?.definition.fingerprint
  const first = await of({})
  const other = z.object({ user: z.string(), n: z.number(), more: z.string() })
  expect(await of({ remember: '1d', events: { clicked: other }, description: 'd' })).toBe(first)
  expect(await of(setting({ n: increment(2), f }))).toBe(first)
  for (const options of [{ version: 2 }, setting({ n, f: ema(0.4, () => 1) }), setting({ n: last(() => 1), f })])
    expect(await of(options)).not.toBe(first)
  const text = { features: { s: string() }, ...setting({ s: mode(() => 'x') }) }
  expect(await of(text)).not.toBe(await of({ ...text, ...setting({ s: last(() => 'x') }) }))
})
