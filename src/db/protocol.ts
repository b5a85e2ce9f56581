/** The wire protocol as the embedded engine is spoken to in: its messages written, and those of its answer read. */

import type { Field } from './database.js'
import type { ServerError } from './failure.js'

export function query(sql: string): Buffer {
  return message('Q', Buffer.from(`${sql}\0`))
}

/** @param name empty: the statement of the moment, which the next takes the place of */
export function parse(name: string, sql: string): Buffer {
  return message('P', Buffer.from(`${name}\0${sql}\0\0\0`))
}

/** To the portal of the moment; values go and come as text. */
export function bind(name: string, values: readonly (string | null)[]): Buffer {
  const lengths = values.map((value) => (value === null ? -1 : Buffer.byteLength(value)))
  const size = lengths.reduce((sum, length) => sum + 4 + Math.max(length, 0), 0)
  const body = Buffer.alloc(1 + Buffer.byteLength(name) + 1 + 2 + 2 + size + 2)
  let at = body.write(name, 1) + 2
  at = body.writeUInt16BE(values.length, at + 2)
  for (const [i, value] of values.entries()) {
    at = body.writeInt32BE(lengths[i] as number, at)
    if (value !== null) at += body.write(value, at)
  }
  return message('B', body)
}

/** Of the portal of the moment: what it yields. */
export const describe = message('D', Buffer.from('P\0'))
/** Of the portal of the moment, to its end. */
export const execute = message('E', Buffer.alloc(5))
export const sync = message('S', Buffer.alloc(0))

export function message(type: string, body: Uint8Array): Buffer {
  const whole = Buffer.allocUnsafe(5 + body.length)
  whole.write(type, 0)
  whole.writeInt32BE(body.length + 4, 1)
  whole.set(body, 5)
  return whole
}

/** @returns where the first message begins that is not there whole */
export function eachMessage(bytes: Buffer, visit: (type: string, body: Buffer) => void): number {
  let at = 0
  while (bytes.length - at >= 5) {
    const end = at + 1 + bytes.readInt32BE(at + 1)
    if (end > bytes.length) break
    visit(String.fromCharCode(bytes[at] as number), bytes.subarray(at + 5, end))
    at = end
  }
  return at
}

/** Of a `T`, a row's description. */
export function fieldsIn(body: Buffer): Field[] {
  const fields: Field[] = []
  for (let at = 2; at < body.length; ) {
    const end = body.indexOf(0, at)
    fields.push({ name: body.toString('utf8', at, end), type: body.readUInt32BE(end + 7) })
    at = end + 19
  }
  return fields
}

/** Of a `D`, a row. */
export function valuesIn(body: Buffer): (string | null)[] {
  const values: (string | null)[] = []
  for (let at = 2; at < body.length; ) {
    const length = body.readInt32BE(at)
    at += 4
    values.push(length < 0 ? null : body.toString('utf8', at, at + length))
    at += Math.max(length, 0)
  }
  return values
}

/** Of an `E`, a refusal. */
export function errorIn(body: Buffer): ServerError {
  const texts = body.toString().split('\0')
  const field = (letter: string) => texts.find((text) => text.startsWith(letter))?.slice(1)
  return Object.assign(new Error(field('M') ?? ''), {
    severity: field('S') ?? 'ERROR',
    code: field('C') ?? 'XX000',
    detail: field('D'),
    hint: field('H'),
    position: field('P'),
    where: field('W'),
    schema: field('s'),
    table: field('t'),
    constraint: field('n'),
  })
}
