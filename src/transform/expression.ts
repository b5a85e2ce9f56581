/** SQL of one value, as a config has it: checked far enough to stand in parentheses inside a statement of ours. */
import { FstoreError } from '../errors.js'
import { canonicalText, checkParentheses, invalid, parameterName } from './select.js'
import { type Token, tokenize } from './tokenizer.js'

export interface Expression {
  /** Without comments. */
  readonly text: string
  /** The meaning: tokens without white space, unquoted words in lower case. */
  readonly canonical: string
}

/**
 * @param what names it, as in `The expr of departures.late`
 * @throws FstoreError SQL_INVALID for more or less than one value, and for parameters
 */
export function parseExpression(text: string, what: string): Expression {
  const source = { text, line: 1, column: 1 }
  const tokens = tokenize(text)
  if (!Array.isArray(tokens)) throw invalid(source, tokens.offset, `${what}: ${tokens.message}`)
  const code = tokens.filter(({ kind }) => kind !== 'space')
  if (code.length === 0) throw new FstoreError('SQL_INVALID', `${what} is empty.`)
  checkParentheses(code, source)
  const second = secondValue(code)
  if (second !== undefined)
    throw invalid(source, second.start, `${what} is one value; "${second.text}" begins another.`)
  const parameter = code.find((token) => token.kind === 'positional' || parameterName(token) !== undefined)
  if (parameter !== undefined)
    throw invalid(source, parameter.start, `${what} may not use ${parameter.text}: it is of an event, not of a window.`)
  return {
    text: tokens
      .map((token) => (token.kind === 'space' ? ' ' : token.text))
      .join('')
      .trim(),
    canonical: code.map((token) => canonicalText(token)).join(' '),
  }
}

/** A comma outside parentheses, or a semicolon anywhere. */
function secondValue(code: readonly Token[]): Token | undefined {
  let depth = 0
  return code.find(({ kind, text }) => {
    if (kind !== 'symbol') return false
    if (text === '(' || text === '[') depth++
    if (text === ')' || text === ']') depth--
    return text === ';' || (text === ',' && depth === 0)
  })
}
