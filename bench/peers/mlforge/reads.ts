/** Online reads through mlforge's package. */
import { names } from '../facts.js'
import type { Given } from '../mlforge.js'
import type { ReadSides } from '../reads.js'

const own = names.map((name) => `facts.${name}` as const)

export function sidesOf({ mlforge, store }: Given): ReadSides {
  return {
    ours: (keys) => store.getMany({ entity: 'user', keys, features: own }),
    theirs: (asked) => mlforge.ask('read', { names: ['facts'], asked }),
    theirValues: (users) => mlforge.ask('values', { names: ['facts'], users }),
  }
}
