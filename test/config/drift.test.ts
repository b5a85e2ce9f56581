import { expect, test } from '@jest/globals'
import { type DriftSpec, thresholdsOf } from '../../src/config/drift.js'
import { parseConfig } from '../../src/config/parse.js'
import { batch, defineConfig, entity, type FstoreError, int64, sql } from '../../src/index.js'

const parse = (group: unknown, feature: unknown) => {
  const features = { visits: int64({ drift: feature as DriftSpec }) }
  const user = entity('user', { user_id: 'string' })
  const seen = batch('seen', { entity: user, features, sql: sql`SELECT 1`, drift: group as DriftSpec })
  return parseConfig(defineConfig({ project: 'demo', groups: [seen] })).groups[0]
}

test.each<[string, DriftSpec | undefined, DriftSpec | undefined, object]>([
  ['nothing is said', undefined, undefined, { psi: 0.2, nullShare: 0.1 }],
  ['the group says something', { psi: 0.5 }, undefined, { psi: 0.5, nullShare: 0.1 }],
  ['the feature says something else', { psi: 0.5 }, { nullShare: false }, { psi: 0.5, nullShare: false }],
  ['the group is not watched', false, undefined, { psi: false, nullShare: false }],
  ['one feature of it is', false, { psi: 0.3 }, { psi: 0.3, nullShare: 0.1 }],
  ['one feature is not', { psi: 0.5 }, false, { psi: false, nullShare: false }],
])('thresholds where %s', (_, group, feature, expected) => {
  const parsed = parse(group, feature)
  expect(thresholdsOf(parsed?.drift, parsed?.features[0]?.drift)).toEqual({ ...expected })
})

test('a group may be held against the run before', () => {
  expect(parse({ baseline: 'previous', psi: undefined }, undefined)?.drift).toEqual({ baseline: 'previous' })
})

test.each<[unknown, unknown, string, string]>([
  [{ psi: 0 }, undefined, 'groups.seen.drift', 'psi: 0 is not a number above 0, or false'],
  [{ nullshare: 0.1 }, undefined, 'groups.seen.drift', 'there is no threshold "nullshare"'],
  [{ baseline: 'last' }, undefined, 'groups.seen.drift', 'baseline: "last" is not one of first, previous'],
  [true, undefined, 'groups.seen.drift', 'true is not a set of thresholds'],
  [
    undefined,
    { nullShare: 2 },
    'groups.seen.features.visits.drift',
    'nullShare: 2 is not a share above 0 and up to 1, or false',
  ],
  [undefined, { baseline: 'first' }, 'groups.seen.features.visits.drift', 'there is no threshold "baseline"'],
])('refuses %j, %j', (group, feature, path, message) => {
  let problems: readonly unknown[] = []
  try {
    parse(group, feature)
  } catch (error) {
    problems = (error as FstoreError).problems
  }
  expect(problems).toEqual([expect.objectContaining({ path, message })])
})
