/** What an address asks for, after the question mark. */
import { FstoreError } from '../errors.js'

export class Query {
  readonly #given: URLSearchParams

  constructor(given: URLSearchParams) {
    this.#given = given
  }

  /** Undefined where it is absent or empty. */
  text(name: string): string | undefined {
    return this.#given.get(name) || undefined
  }

  flag(name: string): boolean {
    return ['1', 'true'].includes(this.#given.get(name) ?? '')
  }

  /** @throws FstoreError USAGE */
  number(name: string, usual: number, most: number): number {
    const text = this.text(name)
    if (text === undefined) return usual
    if (/^\d{1,15}$/.test(text) && Number(text) >= 1) return Math.min(most, Number(text))
    throw new FstoreError('USAGE', `${name}=${text} is not a whole number from 1.`)
  }

  /** `key.user_id=u1&key.day=…`: the values by name. */
  keys(): Record<string, string> {
    const named = [...this.#given].filter(([name]) => name.startsWith('key.'))
    return Object.fromEntries(named.map(([name, value]) => [name.slice(4), value]))
  }
}
