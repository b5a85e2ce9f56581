import { expect, test } from '@jest/globals'
import { didYouMean, nearest } from '../../src/config/did-you-mean.js'

test.each([
  ['departues', ['departures', 'arrivals'], 'departures'],
  ['max_rejected', ['maxRejected', 'retention'], 'maxRejected'],
  ['descripton', ['description', 'displayName'], 'description'],
  ['TTL', ['ttl', 'tags'], 'ttl'],
  ['arivals', ['departures', 'arrivals'], 'arrivals'],
  ['zzz', ['departures', 'arrivals'], undefined],
  ['x', [], undefined],
])('%s among %j is %s', (name, candidates, expected) => {
  expect(nearest(name, candidates)).toBe(expected)
  expect(didYouMean(name, candidates)).toBe(expected === undefined ? '' : `Did you mean "${expected}"?`)
})
