/** Cuts SQL into the tokens of PostgreSQL's lexer, as far as finding parameters and comparing meaning needs. */

export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'parameter' | 'positional' | 'symbol' | 'space'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  /** Offset of the first character in the source. */
  readonly start: number
}

export type TokenizeFault = { readonly message: string; readonly offset: number }

// To PostgreSQL every character beyond ASCII may be part of a name, and only six characters are space.
const first = 'A-Za-z_\\u0080-\\uffff'
const name = `[${first}][${first}0-9]*`
const space = '[ \\t\\n\\r\\f\\v]'
/** Constants on lines of their own are one, and an E'…' hands its escapes on to those that follow. */
const gap = '(?:[ \\t\\f\\v]*(?:--[^\\n\\r]*)?[\\n\\r])+[ \\t\\f\\v]*'
const plain = "'[^']*(?:''[^']*)*'(?!')"
const escaped = "'[^'\\\\]*(?:(?:\\\\[^]|'')[^'\\\\]*)*'(?!')"
/** An operator holds no start of a comment, and ends in + or - only if it has one of the other characters. */
const operator = (characters: string) => `(?:(?!--|/\\*)[${characters}])`
const arithmetic = operator('+\\-*/<>=')
const other = operator('~!@#%^&|`?')
const either = operator('+\\-*/<>=~!@#%^&|`?')

const sticky = (pattern: string) => new RegExp(pattern, 'y')
const whole: readonly [TokenKind, RegExp][] = [
  ['space', sticky(`${space}+|--[^\\n\\r]*`)],
  ['string', sticky(`(?:[uU]&|[bBxXnN])?${plain}(?:${gap}${plain})*`)],
  ['string', sticky(`[eE]${escaped}(?:${gap}${escaped})*`)],
  ['quoted', sticky('(?:[uU]&)?"[^"]*(?:""[^"]*)*"(?!")')],
  ['positional', sticky('\\$\\d+')],
  ['string', sticky(`\\$(${name})?\\$[^]*?\\$\\1\\$`)],
]

/** What begins like one of the above and was not one. */
const unclosed: readonly [string, RegExp][] = [
  ['This string is not closed.', sticky("(?:[uU]&|[bBxXnNeE])?'")],
  ['This quoted identifier is not closed.', sticky('(?:[uU]&)?"')],
  ['This dollar-quoted string is not closed.', sticky(`\\$(?:\\$|${name})`)],
]

const simple: readonly [TokenKind, RegExp][] = [
  ['number', sticky('0[xX][\\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+')],
  ['number', sticky('(?:\\d[\\d_]*(?:\\.(?!\\.)[\\d_]*)?|\\.\\d[\\d_]*)(?:[eE][+-]?\\d+)?')],
  ['word', sticky(`[${first}][${first}0-9$]*`)],
  ['symbol', sticky(`${arithmetic}*${other}${either}*|${arithmetic}*${operator('*/<>=')}|::|:=|\\.\\.`)],
  ['parameter', sticky(`:${name}`)],
]

/**
 * @returns the tokens, comments as `space`, together as long as the source; or the first fault: an unterminated
 * string, identifier, dollar quote or comment.
 */
export function tokenize(sql: string): Token[] | TokenizeFault {
  const tokens: Token[] = []
  let at = 0
  while (at < sql.length) {
    const token = sql.startsWith('/*', at) ? comment(sql, at) : next(sql, at)
    if ('message' in token) return token
    tokens.push(token)
    at += token.text.length
  }
  return tokens
}

/** In lower case as PostgreSQL folds names: ASCII only. */
export function fold(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

function next(sql: string, at: number): Token | TokenizeFault {
  const quoted = match(whole, sql, at)
  if (quoted !== undefined) return { kind: quoted[0], text: quoted[1], start: at }
  const fault = match(unclosed, sql, at)
  if (fault !== undefined) return { message: fault[0], offset: at }
  const [kind, text] = match(simple, sql, at) ?? (['symbol', sql[at] as string] as const)
  return { kind, text, start: at }
}

function match<Kind>(patterns: readonly (readonly [Kind, RegExp])[], sql: string, at: number) {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at
    const found = pattern.exec(sql)
    if (found !== null) return [kind, found[0]] as const
  }
  return undefined
}

/** Block comments nest. */
function comment(sql: string, start: number): Token | TokenizeFault {
  let depth = 0
  const edge = /\/\*|\*\//g
  edge.lastIndex = start
  for (let found = edge.exec(sql); found !== null; found = edge.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return { kind: 'space', text: sql.slice(start, found.index + 2), start }
  }
  return { message: 'This comment is not closed.', offset: start }
}
