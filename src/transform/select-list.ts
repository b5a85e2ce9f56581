/** Whether one SELECT is another with columns added to its list, so that its rows and other columns stay as they are. */
import { fold, tokenize } from './tokenizer.js'

/** The meaning of SQL as a list of tokens; undefined where it cannot be cut into any. */
export function meaningOf(sql: string): string[] | undefined {
  const tokens = tokenize(sql)
  if (!Array.isArray(tokens)) return undefined
  const words = tokens
    .filter(({ kind }) => kind !== 'space')
    .map(({ kind, text }) => (kind === 'word' || kind === 'parameter' ? fold(text) : text))
  while (words.at(-1) === ';') words.pop()
  return words
}

/** @param names what the added columns may be called: another name, such as `event_timestamp`, could mean more */
export function onlyAddsColumns(before: string, after: string, names: readonly string[]): boolean {
  const [old, now] = [partsOf(before), partsOf(after)]
  if (old === undefined || now === undefined) return false
  if (old.head !== now.head || old.tail !== now.tail) return false
  const added: (readonly string[])[] = []
  let next = 0
  for (const item of now.list) {
    if (item.join(' ') === old.list[next]?.join(' ')) next++
    else added.push(item)
  }
  if (next < old.list.length) return false
  // `GROUP BY 2` counts columns, so that none may come between.
  const counted = /\bby \d|, \d/.test(old.tail)
  if (counted && old.list.some((item, i) => item.join(' ') !== now.list[i]?.join(' '))) return false
  return added.every((item) => names.includes(unquoted(item.at(-1) ?? '')))
}

interface Parts {
  /** Up to the SELECT. */
  readonly head: string
  readonly list: readonly (readonly string[])[]
  /** From FROM on. */
  readonly tail: string
}

/** Undefined for what this cannot judge: DISTINCT, several SELECTs put together, a LIMIT. */
function partsOf(sql: string): Parts | undefined {
  const words = meaningOf(sql)
  if (words === undefined) return undefined
  const depths = depthsOf(words)
  const outer = (i: number) => depths[i] === 0
  const select = words.findIndex((word, i) => outer(i) && word === 'select')
  if (select === -1 || words[select + 1] === 'distinct') return undefined
  const from = words.findIndex((word, i) => i > select && outer(i) && word === 'from' && words[i - 1] !== 'distinct')
  const end = from === -1 ? words.length : from
  const tail = words.slice(end)
  const hard = ['union', 'intersect', 'except', 'limit', 'offset', 'fetch', 'select']
  if (tail.some((word, i) => outer(end + i) && hard.includes(word))) return undefined
  const list: string[][] = [[]]
  for (let i = select + 1; i < end; i++) {
    if (outer(i) && words[i] === ',') list.push([])
    else list.at(-1)?.push(words[i] as string)
  }
  return { head: words.slice(0, select).join(' '), list, tail: tail.join(' ') }
}

function depthsOf(words: readonly string[]): number[] {
  let depth = 0
  return words.map((word) => {
    if (word === ')' || word === ']') depth--
    const own = depth
    if (word === '(' || word === '[') depth++
    return own
  })
}

function unquoted(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word
}
