/** Online reads through Feast's SDK. */
import { comparisonTable } from '../comparison.js'
import { names } from '../facts.js'
import type { Given } from '../feast.js'
import { compareRead, type ReadSides, readRows } from '../reads.js'

const features = names.map((name) => `facts:${name}`)
const own = names.map((name) => `facts.${name}` as const)

export async function compareReads(given: Given): Promise<void> {
  const rows = await readRows(given.bench, given.users, sidesOf(given))
  given.bench.keep(comparisonTable('Reads of 10 features from Redis; milliseconds', 'Feast', rows))
}

export async function compareValues(given: Given) {
  return compareRead(given.users, sidesOf(given))
}

function sidesOf({ feast, store }: Given): ReadSides {
  return {
    ours: (keys) => store.getMany({ entity: 'user', keys, features: own }),
    theirs: (asked) => feast.ask('read', { features, asked }),
    theirValues: (users) => feast.ask('values', { features, users }),
  }
}
