/** Figures of a benchmark as rows of named cells, kept as they were measured and printed for people. */
import type { Spread } from './spread.js'

export type Cell = string | number | null | Spread

export interface Table {
  readonly title: string
  /** Every row has the same names, in the same order. */
  readonly rows: readonly Readonly<Record<string, Cell>>[]
  readonly notes?: readonly string[]
}

export function columnsOf({ rows }: Table): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))]
}

/** A spread as its median and, where it ran more than once, its quartiles. */
export function shown(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return '–'
  if (typeof cell === 'string') return cell
  if (typeof cell === 'number') return figure(cell)
  const range = cell.runs > 1 ? ` (${figure(cell.q1)}–${figure(cell.q3)})` : ''
  return `${figure(cell.median)}${range}`
}

/** Three digits that count. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : 3
  return value.toLocaleString('en-US', digits === 0 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 })
}

/** In columns of text; numbers to the right. */
export function plainTable(table: Table): string {
  const columns = columnsOf(table)
  const lines = [columns, ...table.rows.map((row) => columns.map((name) => shown(row[name])))]
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => [...(line[i] as string)].length)))
  const isText = textual(table, columns)
  const printed = lines.map((line) =>
    line.map((text, i) => (isText[i] ? text.padEnd(widths[i] as number) : text.padStart(widths[i] as number))),
  )
  return [table.title, ...printed.map((line) => `  ${line.join('  ')}`.trimEnd()), ...(table.notes ?? [])].join('\n')
}

export function markdownTable(table: Table): string {
  const columns = columnsOf(table)
  const lines = [columns, ...table.rows.map((row) => columns.map((name) => shown(row[name])))]
  const widths = columns.map((_, i) => Math.max(3, ...lines.map((line) => [...(line[i] as string)].length)))
  const isText = textual(table, columns)
  const [head, ...body] = lines.map((line) =>
    line.map((text, i) => (isText[i] ? text.padEnd(widths[i] as number) : text.padStart(widths[i] as number))),
  )
  const rule = widths.map((width, i) => (isText[i] ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [head, rule, ...body].map((line) => `| ${(line as string[]).join(' | ')} |`).join('\n')
}

function textual({ rows }: Table, columns: readonly string[]): boolean[] {
  return columns.map((name) => rows.some((row) => typeof row[name] === 'string'))
}
