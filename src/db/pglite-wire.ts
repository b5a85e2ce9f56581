/** What is said to the embedded engine: one call an exchange, however many statements it has. */

import type { PGlite } from '@electric-sql/pglite'
import type { Field, Result, Row } from './database.js'
import type { ServerError } from './failure.js'
import { bind, describe, eachMessage, errorIn, execute, fieldsIn, parse, query, sync, valuesIn } from './protocol.js'
import { encode, type Parser, parserFor } from './types.js'

/** One, with bound parameters. */
export interface Statement {
  readonly text: string
  readonly values?: readonly unknown[] | undefined
  /** Kept by the engine for when it comes again. Only where it is sent outside of a transaction, or begins one. */
  readonly isKept?: boolean | undefined
}

export interface Answers {
  /** Of each statement that was run. */
  readonly results: readonly Answer[]
  /** Why the next was not: nothing behind it was looked at. */
  readonly refusal: ServerError | undefined
}

export interface Answer extends Result {
  /** `SELECT 1`, `COMMIT` */
  readonly tag: string
}

/** Statements that are kept at a time. */
const mostKept = 100

export class Wire {
  readonly #engine: PGlite
  /** Names of the statements kept, by text. */
  readonly #kept = new Map<string, string>()

  constructor(engine: PGlite) {
    this.#engine = engine
  }

  /** Whether a transaction is open. */
  get isOpen(): boolean {
    return this.#engine.isInTransaction()
  }

  /**
   * Sends statements together. Outside a transaction they are one: a refusal undoes all.
   *
   * SQL of a user's may have thrown out what is kept, or changed what it yields: what then is refused is sent anew.
   */
  async send(statements: readonly Statement[]): Promise<Answers> {
    if (this.#kept.size >= mostKept) await this.#forget()
    const wasKept = statements.map(({ text }) => this.#kept.has(text))
    const answers = await this.#send(statements)
    const refused = answers.results.length
    if (answers.refusal === undefined || !statements[refused]?.isKept) return answers
    await this.#forget()
    return wasKept[refused] ? this.#send(statements) : answers
  }

  /** Sends several statements without parameters. */
  script(sql: string): Promise<Answers> {
    return this.exchange([query(sql)])
  }

  /** Sends messages. */
  async exchange(messages: readonly Uint8Array[]): Promise<Answers> {
    const pieces: Buffer[] = []
    // The memory they are in is used again.
    await this.stream(Buffer.concat(messages), (bytes) => pieces.push(Buffer.from(bytes)))
    return answersIn(Buffer.concat(pieces))
  }

  /** Sends messages and hands on the bytes that answer; all have come before anything else is run. */
  stream(message: Uint8Array, onRawData: (bytes: Uint8Array) => void): Promise<void> {
    return this.#engine.execProtocolRawStream(message, { syncToFs: false, onRawData })
  }

  #send(statements: readonly Statement[]): Promise<Answers> {
    return this.exchange([...statements.flatMap((statement) => this.#messages(statement)), sync])
  }

  #messages({ text, values = [], isKept = false }: Statement): Buffer[] {
    const known = this.#kept.get(text)
    const name = known ?? (isKept ? `fstore_${this.#kept.size}` : '')
    if (isKept) this.#kept.set(text, name)
    const asked = [bind(name, values.map(encode)), describe, execute]
    return known === undefined ? [parse(name, text), ...asked] : asked
  }

  async #forget(): Promise<void> {
    this.#kept.clear()
    await this.script('ROLLBACK; DEALLOCATE ALL')
  }
}

function answersIn(bytes: Buffer): Answers {
  const results: Answer[] = []
  let refusal: ServerError | undefined
  let fields: readonly Field[] = []
  let parsers: readonly Parser[] = []
  let rows: Row[] = []
  const end = (tag: string) => {
    results.push({ tag, rows, count: Number(tag.match(/\d+$/)?.[0] ?? 0), fields })
    fields = parsers = []
    rows = []
  }
  eachMessage(bytes, (type, body) => {
    if (type === 'D') rows.push(rowOf(valuesIn(body), fields, parsers))
    else if (type === 'T') {
      fields = fieldsIn(body)
      parsers = fields.map((field) => parserFor(field.type))
    } else if (type === 'C') end(body.toString('utf8', 0, body.length - 1))
    else if (type === 'I') end('')
    else if (type === 'E') refusal ??= errorIn(body)
  })
  return { results, refusal }
}

function rowOf(values: readonly (string | null)[], fields: readonly Field[], parsers: readonly Parser[]): Row {
  return Object.fromEntries(
    values.map((value, i) => [(fields[i] as Field).name, value === null ? null : (parsers[i] as Parser)(value)]),
  )
}
