/** A user's SQL, understood just far enough to be run safely: one SELECT, its parameters, the groups it reads. */
import { nearest } from '../config/did-you-mean.js'
import type { SqlText } from '../config/sql-source.js'
import { FstoreError, type Place } from '../errors.js'
import { fold, type Token, tokenize } from './tokenizer.js'

export const parameters = ['start_time', 'end_time', 'tenant_id'] as const
export type Parameter = (typeof parameters)[number]

export interface Select {
  readonly source: SqlText
  /** Without the closing semicolon. */
  readonly tokens: readonly Token[]
  /** Names after a colon that mean something in it, and those that it uses. */
  readonly parameters: readonly string[]
  readonly uses: ReadonlySet<string>
  /** Groups read as `<schema>_offline.<group>`, each with the places it is named at. */
  readonly references: readonly Reference[]
  /** The meaning: tokens without comments and white space, unquoted words in lower case. */
  readonly canonical: string
}

export interface Reference {
  readonly group: string
  /** Index of the token that names the schema, and of the one that names the group. */
  readonly from: number
  readonly to: number
}

/** The place of an offset in a piece of SQL, with its line of text. */
export function placeOf(source: SqlText, offset: number): Place | undefined {
  const before = source.text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  const line = before.split('\n').length
  const text = source.text.slice(lineStart).split('\n', 1)[0] as string
  const indent = line === 1 ? source.column - 1 : 0
  const place = { column: offset - lineStart + 1 + indent, text: ' '.repeat(indent) + text }
  return { file: source.file ?? '(inline SQL)', line: source.line + line - 1, ...place }
}

/**
 * @throws FstoreError SQL_INVALID for unclosed quotes, unbalanced parentheses, a second statement, what is not a
 * SELECT, unknown parameters; TRANSFORM_WRITES for a data-changing WITH.
 */
export function parseSelect(
  source: SqlText,
  offlineSchema: string,
  what: 'transform' | 'spine' = 'transform',
  known: readonly string[] = parameters,
): Select {
  const tokens = tokenize(source.text)
  if (!Array.isArray(tokens))
    throw invalid(source, tokens.offset, tokens.message, undefined, 'Close it, or take it out.')
  const statement = withoutTrailingSemicolon(tokens, source)
  checkShape(statement, source, what, known)
  return {
    source,
    tokens: statement,
    parameters: known,
    uses: usedParameters(statement, source, known),
    references: findReferences(statement, source, offlineSchema),
    canonical: statement
      .filter((token) => token.kind !== 'space')
      .map((token) => canonicalText(token, known))
      .join(' '),
  }
}

export function canonicalText(token: Token, known: readonly string[] = parameters): string {
  // What is not a parameter is a slice, `[1:n]`, where white space means nothing either.
  if (token.kind === 'parameter' && parameterName(token, known) === undefined) return `: ${fold(token.text.slice(1))}`
  return token.kind === 'word' || token.kind === 'parameter' ? fold(token.text) : token.text
}

const oneSelect = 'A transform is one SELECT; fstore runs it as a subquery.'

export function invalid(source: SqlText, offset: number, message: string, why?: string, fix?: string): FstoreError {
  return new FstoreError('SQL_INVALID', message, { where: placeOf(source, offset), why, fix })
}

function withoutTrailingSemicolon(tokens: readonly Token[], source: SqlText): Token[] {
  const end = tokens.findIndex((token) => token.text === ';' && token.kind === 'symbol')
  if (end === -1) return [...tokens]
  const more = tokens.slice(end + 1).find((token) => token.kind !== 'space' && token.text !== ';')
  if (more !== undefined)
    throw invalid(
      source,
      more.start,
      'There is a second statement here.',
      oneSelect,
      'Keep one SELECT, or make each its own group.',
    )
  return tokens.slice(0, end)
}

function checkShape(tokens: readonly Token[], source: SqlText, what: string, known: readonly string[]): void {
  const code = tokens.filter((token) => token.kind !== 'space')
  const first = code.find((token) => token.text !== '(')
  if (first === undefined) throw invalid(source, 0, 'There is no SQL here.', oneSelect, 'Write the SELECT.')
  if (!['select', 'with', 'values', 'table'].includes(first.text.toLowerCase()))
    throw invalid(
      source,
      first.start,
      `A ${what} starts with SELECT or WITH, not ${first.text.toUpperCase()}.`,
      oneSelect,
      'Leave the SELECT; fstore stores its rows by itself.',
    )
  checkParentheses(code, source)
  const writing = code.find((token, i) => isVerb(token) && opensCte(code, i))
  if (writing !== undefined)
    throw new FstoreError('TRANSFORM_WRITES', `This ${what} would ${writing.text.toUpperCase()} rows.`, {
      where: placeOf(source, writing.start),
      why: 'It runs again whenever fstore needs its rows, so it may only read.',
      fix: 'Leave the SELECT; do the write in your own job.',
    })
  const positional = code.find((token) => token.kind === 'positional')
  if (positional !== undefined)
    throw invalid(
      source,
      positional.start,
      `${positional.text} is not a parameter of a transform.`,
      undefined,
      `Use ${known.map((name) => `:${name}`).join(', ')}.`,
    )
}

function isVerb({ kind, text }: Token): boolean {
  return kind === 'word' && /^(insert|update|delete|merge)$/i.test(text)
}

/** `AS (` stands before it: elsewhere these words may be names. */
function opensCte(code: readonly Token[], i: number): boolean {
  return code[i - 1]?.text === '(' && /^(as|materialized)$/i.test(code[i - 2]?.text ?? '')
}

export function checkParentheses(code: readonly Token[], source: SqlText): void {
  const open: Token[] = []
  const closes: Record<string, string> = { ')': '(', ']': '[' }
  for (const token of code) {
    if (token.kind !== 'symbol') continue
    if (token.text === '(' || token.text === '[') open.push(token)
    else if (token.text in closes && open.pop()?.text !== closes[token.text])
      throw invalid(
        source,
        token.start,
        `This "${token.text}" closes nothing.`,
        undefined,
        'Take it out, or open it before.',
      )
  }
  const last = open.at(-1)
  if (last !== undefined)
    throw invalid(source, last.start, `This "${last.text}" is never closed.`, undefined, 'Close it, or take it out.')
}

function usedParameters(tokens: readonly Token[], source: SqlText, known: readonly string[]): Set<string> {
  const uses = new Set<string>()
  for (const token of tokens) {
    if (token.kind !== 'parameter') continue
    const name = parameterName(token, known)
    if (name !== undefined) uses.add(name)
    else if (!insideBrackets(tokens, token)) throw unknownParameter(token, source, known)
  }
  return uses
}

export function parameterName(token: Token, known: readonly string[] = parameters): string | undefined {
  const name = token.text.slice(1).toLowerCase()
  return token.kind === 'parameter' && known.includes(name) ? name : undefined
}

/** In `a[1:n]` the colon is a slice. */
function insideBrackets(tokens: readonly Token[], token: Token): boolean {
  const before = tokens.filter((other) => other.start < token.start && other.kind === 'symbol')
  const depth = before.reduce((sum, { text }) => sum + (text === '[' ? 1 : text === ']' ? -1 : 0), 0)
  return depth > 0
}

function unknownParameter(token: Token, source: SqlText, names: readonly string[]): FstoreError {
  const near = nearest(token.text.slice(1), names)
  const known = names.map((name) => `:${name}`).join(', ')
  return invalid(
    source,
    token.start,
    `${token.text} is not a parameter fstore knows.`,
    undefined,
    near === undefined ? `Use ${known}.` : `Did you mean :${near}? (${known})`,
  )
}

function findReferences(tokens: readonly Token[], source: SqlText, offlineSchema: string): Reference[] {
  const code = tokens.map((token, index) => ({ token, index })).filter(({ token }) => token.kind !== 'space')
  const references: Reference[] = []
  code.forEach(({ token, index }, i) => {
    const [dot, group] = [code[i + 1], code[i + 2]]
    if (name(token) !== offlineSchema || dot?.token.text !== '.' || group === undefined) return
    const groupName = name(group.token)
    if (groupName !== undefined) references.push({ group: groupName, from: index, to: group.index })
  })
  const groups = new Set(references.map(({ group }) => group))
  const bare = tablesRead(code.map(({ token }) => token)).find((token) => groups.has(name(token) ?? ''))
  if (bare !== undefined)
    throw invalid(
      source,
      bare.start,
      `"${bare.text}" is read both from ${offlineSchema} and by its bare name.`,
      'Inside this SELECT the name would mean two things.',
      `Write the schema of the table that is not the feature group, as in public.${bare.text}, or rename what is yours.`,
    )
  return references
}

const clauses = /^(select|from|where|group|having|window|order|limit|offset|fetch|for|union|intersect|except)$/i

/** Where a FROM clause names a table without its schema. */
function tablesRead(code: readonly Token[]): Token[] {
  const tables: Token[] = []
  // The clause we are in, for each open parenthesis; after a comma of FROM stands another table.
  const clause = ['']
  code.forEach(({ kind, text }, i) => {
    const word = kind === 'word' ? fold(text) : ''
    if (text === '(') clause.push('')
    else if (text === ')') clause.pop()
    else if (clauses.test(word)) clause[clause.length - 1] = word
    const next = code[i + 1]
    const table = word === 'from' || word === 'join' || (text === ',' && clause.at(-1) === 'from')
    if (table && next !== undefined && code[i + 2]?.text !== '.') tables.push(next)
  })
  return tables
}

/** The identifier a token names, as PostgreSQL folds it. */
function name(token: Token): string | undefined {
  if (token.kind === 'word') return fold(token.text)
  if (token.kind === 'quoted' && token.text.startsWith('"')) return token.text.slice(1, -1).replaceAll('""', '"')
  return undefined
}
