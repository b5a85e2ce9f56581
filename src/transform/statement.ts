/** SQL under construction: text, bound parameters, and where each piece of a user's own SQL came from. */
import type { SqlText } from '../config/sql-source.js'
import { identifier } from '../db/sql.js'
import type { Place } from '../errors.js'
import { type Parameter, parameterName, placeOf, type Select } from './select.js'

/** What `:start_time`, `:end_time` and `:tenant_id` stand for; timestamps as ISO 8601 text. */
export type Bindings = Readonly<Record<Parameter, string>>

/** By name, the SQL that stands in a parameter's place; what it is made of is the caller's own, never a user's. */
export type Places = ReadonlyMap<string, string>

interface Origin {
  /** Offset in the statement. */
  readonly at: number
  readonly length: number
  readonly source: SqlText
  readonly offset: number
  /** What stands there is the user's text, not something in its place. */
  readonly verbatim: boolean
}

export class Statement {
  text = ''
  readonly parameters: unknown[] = []
  readonly #origins: Origin[] = []

  /** @returns the placeholder, `$n`. */
  bind(value: unknown): string {
    this.parameters.push(value)
    return `$${this.parameters.length}`
  }

  add(sql: string): this {
    this.text += sql
    return this
  }

  /**
   * Adds a user's SELECT as a subquery: parameters become bound ones, a group read by its schema becomes the bare
   * name that the caller's WITH defines. The newline keeps a closing comment from swallowing the parenthesis.
   */
  addSelect(select: Select, bindings: Bindings | Places): this {
    this.add('(\n')
    const renamed = new Map(select.references.map((reference) => [reference.from, reference]))
    for (let i = 0; i < select.tokens.length; i++) {
      const token = select.tokens[i] as Select['tokens'][number]
      const reference = renamed.get(i)
      const parameter = parameterName(token, select.parameters)
      const verbatim = reference === undefined && parameter === undefined
      const origin = { at: this.text.length, source: select.source, offset: token.start, verbatim }
      if (reference !== undefined) {
        this.add(identifier(reference.group))
        i = reference.to
      } else if (parameter === undefined) this.add(token.text)
      else this.add(this.#placeholder(parameter, bindings))
      this.#origins.push({ ...origin, length: this.text.length - origin.at })
    }
    return this.add('\n)')
  }

  #placeholder(parameter: string, bindings: Bindings | Places): string {
    if (bindings instanceof Map) return bindings.get(parameter) as string
    const placeholder = this.bind((bindings as Bindings)[parameter as Parameter])
    // In parentheses, so that it does not run into a word before it.
    return parameter === 'tenant_id' ? `(${placeholder})` : `(${placeholder}::timestamptz)`
  }

  /** The place in the user's file that a position in the statement (in characters, from 1) points at. */
  locate(position: number): Place | undefined {
    const at = utf16Offset(this.text, position - 1)
    const origin = this.#origins.find((piece) => at >= piece.at && at < piece.at + piece.length)
    if (origin === undefined) return undefined
    return placeOf(origin.source, origin.offset + (origin.verbatim ? at - origin.at : 0))
  }
}

/** PostgreSQL counts characters, JavaScript code units. */
function utf16Offset(text: string, characters: number): number {
  let offset = 0
  for (let i = 0; i < characters && offset < text.length; i++)
    offset += (text.codePointAt(offset) as number) > 0xffff ? 2 : 1
  return offset
}
