/** The SELECT of a rolling group: generated, and then run like any other. */
import type { SqlText } from '../config/sql-source.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import { type Expression, parseExpression } from './expression.js'
import type { RollingGroup } from './rolling-part.js'
import { rollingSql } from './rolling-sql.js'
import { parseSelect, placeOf, type Select } from './select.js'

/** Raised when the same declaration comes to mean other values. */
const meaning = 1

/**
 * @param source the SQL of the source, where it is not a table
 * @throws FstoreError SQL_INVALID, TRANSFORM_WRITES
 */
export function rollingSelect(group: RollingGroup, source: SqlText | undefined, offlineSchema: string): Select {
  const { timestamp, keys, measures, windows } = group.rolling
  const from = source === undefined ? tableOf(group) : parseSource(source, offlineSchema)
  const expressions = new Map<string, Expression>()
  for (const { name, expr } of measures)
    if (expr !== undefined) expressions.set(name, parseExpression(expr, `The expr of ${group.name}.${name}`))
  const text = rollingSql({ group, from: from.text, expressions })
  const select = parseSelect({ text, line: 1, column: 1 }, offlineSchema)
  const canonical = {
    rolling: meaning,
    source: from.canonical,
    timestamp,
    keys,
    windows: windows.map(({ seconds }) => seconds),
    measures: measures.map(({ name, functions }) => [name, expressions.get(name)?.canonical, functions]),
  }
  // Not the generated text, so that generating it in a better way does not rebuild everyone's groups.
  return { ...select, canonical: JSON.stringify(canonical) }
}

interface From {
  readonly text: string
  readonly canonical: string
}

function tableOf({ rolling }: RollingGroup): From {
  const { table } = rolling.source as { table: string }
  const text = identifier(...(table.split('.') as [string]))
  return { text, canonical: text }
}

function parseSource(source: SqlText, offlineSchema: string): From {
  const { tokens, canonical, uses } = parseSelect(source, offlineSchema)
  const timed = tokens.find(({ kind, text }) => kind === 'parameter' && /^:(start|end)_time$/i.test(text))
  if (timed !== undefined && (uses.has('start_time') || uses.has('end_time')))
    throw new FstoreError('SQL_INVALID', `The source of a rolling group takes no ${timed.text}.`, {
      where: placeOf(source, timed.start),
      why: 'One statement rolls up many windows, each with its own start and end.',
      fix: 'Take the filter out: fstore reads only the events that the windows need.',
    })
  return { text: `(\n${tokens.map(({ text }) => text).join('')}\n) AS fstore_source`, canonical }
}
