/** Cuts SQL into the tokens of PostgreSQL's lexer, as far as finding parameters and comparing meaning needs. */

export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'parameter' | 'positional' | 'symbol' | 'space'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  /** Offset of the first character in the source. */
  readonly start: number
}

export type TokenizeFault = { readonly message: string; readonly offset: number }

const wordStart = /[\p{L}_]/u
const whole: readonly [TokenKind, RegExp][] = [
  ['space', /\s+|--[^\n]*/y],
  ['string', /(?:[uU]&|[bBxXnN])?'(?:[^']|'')*'/y],
  ['string', /[eE]'(?:[^'\\]|\\[^]|'')*'/y],
  ['quoted', /(?:[uU]&)?"(?:[^"]|"")*"/y],
  ['positional', /\$\d+/y],
  ['string', /\$([\p{L}_][\p{L}\p{N}_]*)?\$[^]*?\$\1\$/uy],
  ['number', /(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*\.?(?!\.)[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/y],
  ['word', /[\p{L}_][\p{L}\p{N}_$]*/uy],
  ['symbol', /::|:=|=>|\.\./y],
  ['parameter', /:[\p{L}_][\p{L}\p{N}_]*/uy],
]

/**
 * @returns the tokens, comments folded into `space`, together as long as the source; or the first fault: an
 * unterminated string, identifier, dollar quote or comment.
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

function next(sql: string, at: number): Token | TokenizeFault {
  for (const [kind, pattern] of whole) {
    pattern.lastIndex = at
    const match = pattern.exec(sql)
    if (match !== null) return { kind, text: match[0], start: at }
  }
  const character = sql[at]
  if (character === "'") return { message: 'This string is not closed.', offset: at }
  if (character === '"') return { message: 'This quoted identifier is not closed.', offset: at }
  if (character === '$' && (sql[at + 1] === '$' || wordStart.test(sql[at + 1] ?? '')))
    return { message: 'This dollar-quoted string is not closed.', offset: at }
  return { kind: 'symbol', text: String.fromCodePoint(sql.codePointAt(at) as number), start: at }
}

/** Block comments nest. */
function comment(sql: string, start: number): Token | TokenizeFault {
  let depth = 0
  const edge = /\/\*|\*\//g
  edge.lastIndex = start
  for (let match = edge.exec(sql); match !== null; match = edge.exec(sql)) {
    depth += match[0] === '/*' ? 1 : -1
    if (depth === 0) return { kind: 'space', text: sql.slice(start, match.index + 2), start }
  }
  return { message: 'This comment is not closed.', offset: start }
}
