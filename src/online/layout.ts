/**
 * Objects of the same keys over and over. One of 250 keys that is made key by key is moved as it grows, eighty times
 * over; one that a constructor makes has room for all of them from the start.
 */
import type { FeatureValue } from '../config/inference.js'

type Value = FeatureValue<unknown>

/** Plain objects of what a list says of each name. */
export interface Layout {
  features(list: readonly Value[]): Record<string, Value>
  values(list: readonly Value[]): Record<string, unknown>
}

/** An object has room for some 250 keys in itself; of many more a constructor is no faster. */
const widest = 400

export function layoutOf(names: readonly string[]): Layout {
  const values = constructorOf<unknown>(names, '.value')
  // Once it has met all kinds, it keeps a number as it is and makes no copy of it.
  for (const value of [null, 0, 0.5, '']) values(names.map(() => ({ value }) as Value))
  return { features: constructorOf<Value>(names, ''), values }
}

function constructorOf<V>(
  names: readonly string[],
  member: '' | '.value',
): (list: readonly Value[]) => Record<string, V> {
  if (names.length <= widest)
    try {
      const lines = names.map((name, i) => `this[${JSON.stringify(name)}] = list[${i}]${member}`)
      const Layout = new Function('list', lines.join('\n')) as unknown as new (
        list: readonly Value[],
      ) => Record<string, V>
      Layout.prototype = Object.prototype
      return (list) => new Layout(list)
    } catch {
      // Node may be told to make no code of texts.
    }
  return (list) => {
    const made: Record<string, unknown> = {}
    for (const [i, name] of names.entries()) made[name] = member === '' ? list[i] : list[i]?.value
    return made as Record<string, V>
  }
}
