/** Online reads through Feast's SDK. */
import { names } from '../facts.js'
import type { Given } from '../feast.js'
import type { ReadSides } from '../reads.js'

const features = names.map((name) => `facts:${name}`)
const own = names.map((name) => `facts.${name}` as const)

export function sidesOf({ feast, store }: Given): ReadSides {
  return {
    ours: (keys) => store.getMany({ entity: 'user', keys, features: own }),
    theirs: (asked) => feast.ask('read', { features, asked }),
    theirValues: (users) => feast.ask('values', { features, users }),
  }
}
