/** Parts of a SELECT whose value depends on when it runs, or on chance: windows that run later would not yield the same. */
import type { Place } from '../errors.js'
import { placeOf, type Select } from './select.js'
import { fold, type Token } from './tokenizer.js'

export interface VolatilePart {
  /** As it is written: `now()`. */
  readonly text: string
  readonly kind: 'clock' | 'chance'
  readonly where: Place | undefined
}

const clockWords = ['current_timestamp', 'current_date', 'current_time', 'localtime', 'localtimestamp']
const clockCalls = ['now', 'clock_timestamp', 'statement_timestamp', 'transaction_timestamp', 'timeofday']
const chanceCalls = [
  'random',
  'random_normal',
  'gen_random_uuid',
  'gen_random_bytes',
  'uuid_generate_v1',
  'uuid_generate_v4',
  'uuidv4',
  'uuidv7',
  'nextval',
]
const clockTexts = /^'(now|today|yesterday|tomorrow|allballs)'$/i
const timeTypes = ['date', 'time', 'timestamp', 'timestamptz', 'timetz']

export function volatileParts(select: Select): VolatilePart[] {
  const code = select.tokens.filter(({ kind }) => kind !== 'space')
  return code.flatMap((token, i): VolatilePart[] => {
    const kind = kindOf(code, i)
    if (kind === undefined) return []
    const text = code[i + 1]?.text === '(' ? `${token.text}()` : token.text
    return [{ text, kind, where: placeOf(select.source, token.start) }]
  })
}

function kindOf(code: readonly Token[], i: number): VolatilePart['kind'] | undefined {
  const token = code[i] as Token
  const [before, after] = [wordAt(code, i - 1), code[i + 1]?.text]
  if (token.kind === 'string') {
    const typed = timeTypes.includes(before) || (after === '::' && timeTypes.includes(wordAt(code, i + 2)))
    return typed && clockTexts.test(token.text) ? 'clock' : undefined
  }
  // Of another schema, it is a function of the user's own, or a column.
  if (token.kind !== 'word' || (before === '.' && wordAt(code, i - 2) !== 'pg_catalog')) return undefined
  const word = fold(token.text)
  // `AS current_date` would not parse, but `AS now` names a column.
  if (before === 'as') return undefined
  if (clockWords.includes(word)) return 'clock'
  if (word === 'tablesample') return code.some(({ text }) => fold(text) === 'repeatable') ? undefined : 'chance'
  if (after !== '(') return undefined
  if (clockCalls.includes(word) || (word === 'age' && isOneArgument(code, i + 1))) return 'clock'
  return chanceCalls.includes(word) ? 'chance' : undefined
}

function wordAt(code: readonly Token[], i: number): string {
  return fold(code[i]?.text ?? '')
}

/** `age(x)` counts from today; `age(x, y)` does not. */
function isOneArgument(code: readonly Token[], open: number): boolean {
  let depth = 0
  for (let i = open; i < code.length; i++) {
    const text = code[i]?.text
    if (text === '(') depth++
    else if (text === ')' && --depth === 0) return true
    else if (text === ',' && depth === 1) return false
  }
  return true
}
