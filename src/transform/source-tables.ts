/** Which tables a SELECT reads, told from its tokens alone: no database is asked, and what is not SQL is no matter. */
import { fold, type Token, tokenize } from './tokenizer.js'

export interface TableName {
  /** Absent where the SQL leaves it to the search path. */
  readonly schema?: string | undefined
  readonly table: string
}

const clauses = /^(select|from|where|group|having|window|order|limit|offset|fetch|for|union|intersect|except)$/
/** What may stand between FROM or a comma and the table. */
const before = /^(only|lateral)$/

const selects = /^(select|with|values|\()$/

/** In the order in which they are first named. Empty where the text cannot be cut into tokens. */
export function sourceTables(sql: string): TableName[] {
  const tokens = tokenize(sql)
  if (!Array.isArray(tokens)) return []
  const code = tokens.filter(({ kind }) => kind !== 'space')
  const own = commonTables(code)
  const found = new Map<string, TableName>()
  for (const at of tablePlaces(code)) {
    const table = tableAt(code, at)
    const isOwn = table?.schema === undefined && own.has(table?.table ?? '')
    if (table !== undefined && !isOwn) found.set(JSON.stringify([table.schema, table.table]), table)
  }
  return [...found.values()]
}

/** Where FROM, JOIN or a comma of FROM is followed by what is read. */
function tablePlaces(code: readonly Token[]): number[] {
  const places: number[] = []
  // The clause that each open parenthesis is in; `extract(epoch FROM t)` is in none.
  const clause = ['']
  code.forEach((token, i) => {
    const word = token.kind === 'word' ? fold(token.text) : ''
    const inside = clause.at(-1) ?? ''
    const isDistinct = word === 'from' && fold(code[i - 1]?.text ?? '') === 'distinct'
    if (token.text === '(') clause.push(inside === 'from' ? 'joined' : '')
    else if (token.text === ')') clause.pop()
    else if (clauses.test(word) && !isDistinct && !(word === 'from' && inside === '')) clause[clause.length - 1] = word
    // `DISTINCT ON (a) b, c` is no join.
    else if (/^(on|using)$/.test(word) && /^(from|on|using)$/.test(inside)) clause[clause.length - 1] = word
    const opens = (word === 'from' && !isDistinct && inside !== '') || word === 'join'
    const follows = token.text === ',' && (inside === 'from' || inside === 'on' || inside === 'using')
    // `FROM (a JOIN b …)`: the parenthesis holds tables, not a SELECT, nor what a function is given.
    const [last, next] = [code[i - 1], code[i + 1]].map((one) => fold(one?.text ?? ''))
    const isHeld = token.text === '(' && /^(from|,|join)$/.test(last as string) && !selects.test(next as string)
    if (opens || follows || (isHeld && inside === 'from')) places.push(i + 1)
  })
  return places
}

/** Undefined for a subquery, a function, or what is no name. */
function tableAt(code: readonly Token[], start: number): TableName | undefined {
  let at = start
  while (before.test(fold(code[at]?.text ?? ''))) at++
  const first = nameOf(code[at])
  if (first === undefined) return undefined
  const second = code[at + 1]?.text === '.' ? nameOf(code[at + 2]) : undefined
  const next = code[second === undefined ? at + 1 : at + 3]
  if (next?.text === '(') return undefined
  return second === undefined ? { table: first } : { schema: first, table: second }
}

/** Names that a WITH gives: `name AS (`, `name (columns) AS MATERIALIZED (`. */
function commonTables(code: readonly Token[]): Set<string> {
  const names = new Set<string>()
  code.forEach((token, i) => {
    if (token.kind !== 'word' || fold(token.text) !== 'as') return
    const next = code.slice(i + 1, i + 4).map(({ text }) => fold(text))
    const opens = next[0] === 'not' ? next[2] : next[0] === 'materialized' ? next[1] : next[0]
    if (opens !== '(') return
    let at = i - 1
    if (code[at]?.text === ')') {
      while (at > 0 && code[at]?.text !== '(') at--
      at--
    }
    const name = nameOf(code[at])
    if (name !== undefined) names.add(name)
  })
  return names
}

/** The identifier a token names, as PostgreSQL folds it. */
function nameOf(token: Token | undefined): string | undefined {
  if (token?.kind === 'word') return fold(token.text)
  if (token?.kind === 'quoted' && token.text.startsWith('"')) return token.text.slice(1, -1).replaceAll('""', '"')
  return undefined
}
