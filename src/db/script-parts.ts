import { OpenStatement } from './script-statement.js'
import { readToken, scriptInvalid } from './script-token.js'

/** One SQL statement of a script, or one `\copy` line of psql's. `offset` is where it begins in the file. */
export type ScriptPart = StatementPart | CopyPart

export interface StatementPart {
  readonly kind: 'statement'
  readonly sql: string
  readonly offset: number
}

export interface CopyPart {
  readonly kind: 'copy'
  /** As written, quotes and schema included. */
  readonly table: string
  /** With parentheses, or empty. */
  readonly columns: string
  readonly path: string
  /** What follows the path, such as `WITH (FORMAT csv, HEADER)`. */
  readonly options: string
  readonly offset: number
}

/**
 * Splits a script into what is run one by one, as psql does: at semicolons outside strings, dollar quotes, comments,
 * parentheses and `BEGIN ATOMIC` bodies.
 *
 * @throws FstoreError SCRIPT_INVALID at an open quote or comment, at transaction control, and at any psql command but
 * `\copy table FROM 'file'`.
 */
export function parseScript({ file, text }: { file: string; text: string }): ScriptPart[] {
  const parts: ScriptPart[] = []
  let statement = new OpenStatement()
  const finish = (end: number) => {
    if (statement.start !== undefined) parts.push(statementPart(file, text, statement.start, end))
    statement = new OpenStatement()
  }
  for (let at = 0; at < text.length; ) {
    const token = readToken(file, text, at)
    const next = at + token.length
    if (token === '\\') {
      const end = lineEnd(text, at)
      if (statement.start !== undefined) throw insideStatement(file, text, at)
      parts.push(copyPart(file, text, at, end))
      at = end
      continue
    }
    if (token === ';' && !statement.nested) finish(at)
    else if (!isBlank(token)) statement.add(token, at)
    at = next
  }
  finish(text.trimEnd().length)
  return parts
}

const isBlank = (token: string) => /^(?:\s|--|\/\*)/.test(token)

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

function statementPart(file: string, text: string, offset: number, end: number): StatementPart {
  const sql = text.slice(offset, end).trimEnd()
  if (/^(?:begin|commit|rollback|end|abort|start\s+transaction)\b/i.test(sql)) {
    throw scriptInvalid(file, text, offset, 'The script opens or ends a transaction', {
      why: 'A script runs whole in one transaction of its own.',
      fix: 'Remove the line.',
    })
  }
  if (/^copy\b[\s\S]*\b(?:from\s+stdin|to\s+stdout)\b/i.test(sql)) throw unsupported(file, text, offset, 'COPY')
  return { kind: 'statement', sql, offset }
}

const name = String.raw`(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)`
const copyLine = new RegExp(
  String.raw`^\\copy\s+(?<table>${name}(?:\s*\.\s*${name})?)\s*(?<columns>\([^)]*\))?\s*from\s+` +
    String.raw`(?:'(?<quoted>(?:[^']|'')+)'|(?<bare>[^\s';]+))(?<options>(?:\s.*)?)$`,
  'iu',
)

const insert = new RegExp(String.raw`^insert\s+into\s+(${name}(?:\s*\.\s*${name})?)`, 'iu')

/** The table that a statement inserts into, as written. */
export function insertedInto(sql: string): string | undefined {
  return insert.exec(sql)?.[1]
}

function copyPart(file: string, text: string, offset: number, end: number): CopyPart {
  const line = text.slice(offset, end).trim().replace(/;$/, '').trimEnd()
  const fields = copyLine.exec(line)?.groups
  const path = fields?.quoted?.replaceAll("''", "'") ?? fields?.bare
  if (!fields?.table || !path || /^(?:p?stdin|program)$/i.test(fields.bare ?? '')) {
    throw unsupported(file, text, offset, /^\\\S*/.exec(line)?.[0] ?? line)
  }
  const { table, columns = '', options = '' } = fields
  return { kind: 'copy', table, columns, path, options: options.trim(), offset }
}

const unsupported = (file: string, text: string, offset: number, what: string) =>
  scriptInvalid(file, text, offset, `${what} is not understood here`, {
    why: 'Of psql, scripts know only loads from a file beside the script, on one line.',
    fix: String.raw`Write \copy table (columns) FROM 'data/file.csv' WITH (FORMAT csv, HEADER), or run the file with psql.`,
  })

const insideStatement = (file: string, text: string, offset: number) =>
  scriptInvalid(file, text, offset, 'A psql command stands inside a statement', {
    why: 'The statement above it has not ended.',
    fix: 'End it with a semicolon, and check that its parentheses are closed.',
  })
