/** Online reads through mlforge's package. */
import { comparisonTable } from '../comparison.js'
import { names } from '../facts.js'
import type { Given } from '../mlforge.js'
import { compareRead, type ReadSides, readRows } from '../reads.js'

const own = names.map((name) => `facts.${name}` as const)

export async function compareReads(given: Given): Promise<void> {
  const rows = await readRows(given.bench, given.users, sidesOf(given))
  given.bench.keep(comparisonTable('Reads of 10 features from Redis; milliseconds', 'mlforge', rows))
}

export async function compareValues(given: Given) {
  return compareRead(given.users, sidesOf(given))
}

function sidesOf({ mlforge, store }: Given): ReadSides {
  return {
    ours: (keys) => store.getMany({ entity: 'user', keys, features: own }),
    theirs: (asked) => mlforge.ask('read', { names: ['facts'], asked }),
    theirValues: (users) => mlforge.ask('values', { names: ['facts'], users }),
  }
}
