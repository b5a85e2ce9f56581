import { FstoreError, type Place } from '../errors.js'

const identifier = /[\p{L}_][\p{L}\p{N}_$]*/uy
const escapeString = /[eE]'(?:[^'\\]|\\[\s\S]|'')*'/y
const quoted = /'(?:[^']|'')*'|"(?:[^"]|"")*"/y
const dollarTag = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy
const lineComment = /--[^\n]*/y
const space = /\s+/y

/**
 * The token at `at`: white space, a comment, a quoted thing, a word, or one character.
 *
 * @throws FstoreError SCRIPT_INVALID where a quote or comment is never closed.
 */
export function readToken(file: string, text: string, at: number): string {
  const plain = match(space, text, at) ?? match(lineComment, text, at) ?? match(escapeString, text, at)
  if (plain !== undefined) return plain
  if (/[eE]/.test(text.charAt(at)) && text[at + 1] === "'")
    throw scriptInvalid(file, text, at, 'A quote is never closed')
  if (text.startsWith('/*', at)) return blockComment(file, text, at)
  const tag = match(dollarTag, text, at)
  if (tag !== undefined) return dollarQuoted(file, text, at, tag)
  const token = match(identifier, text, at) ?? match(quoted, text, at)
  if (token === undefined && /['"]/.test(text.charAt(at)))
    throw scriptInvalid(file, text, at, 'A quote is never closed')
  return token ?? text.charAt(at)
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

function dollarQuoted(file: string, text: string, at: number, tag: string): string {
  const close = text.indexOf(tag, at + tag.length)
  if (close < 0) throw scriptInvalid(file, text, at, `A ${tag} is never closed`)
  return text.slice(at, close + tag.length)
}

/** Comments nest in Postgres. */
function blockComment(file: string, text: string, at: number): string {
  const mark = /\/\*|\*\//g
  mark.lastIndex = at
  let depth = 0
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return text.slice(at, mark.lastIndex)
  }
  throw scriptInvalid(file, text, at, 'A comment is never closed')
}

/** Where in a file a character is; `line` and `column` count from 1. */
export function placeAt(file: string, text: string, offset: number): Required<Place> {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  const line = text.slice(lineStart).split(/\r?\n/, 1)[0] ?? ''
  return { file, line: before.split('\n').length, column: offset - lineStart + 1, text: line }
}

interface Reason {
  readonly why?: string
  readonly fix?: string
}

export function scriptInvalid(file: string, text: string, offset: number, message: string, more: Reason = {}) {
  return new FstoreError('SCRIPT_INVALID', message, { where: placeAt(file, text, offset), ...more })
}
