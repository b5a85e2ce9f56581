/** Tables: without borders on a screen, as wide as it is at most; tab-separated values for programs. */
import { type Fitted, fitColumns, gap } from './fit.js'
import { visible } from './format.js'
import { softened } from './glyph.js'
import { colors, printResult } from './output.js'
import { isScreen, screenWidth } from './screen.js'
import { type Fields, tsv } from './tsv.js'
import { cut, padded, widthOf, wrapped } from './width.js'

export interface Column<Row> {
  readonly head: string
  readonly cell: (row: Row) => string
  /** The same in fewer words, for where there is little room. */
  readonly short?: (row: Row) => string
  /** Numbers are. */
  readonly right?: boolean
  /** Text that may end in `…`. */
  readonly cut?: boolean
  /** Left out where there is no room, the highest number first. */
  readonly drop?: number
}

export interface Listing<Row> {
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  /** What programs are told of a row, by name; the cells where it is absent. */
  readonly fields?: Fields<Row>
}

/** The result of a command, on stdout. */
export function printTable<Row>({ columns, rows, fields }: Listing<Row>): void {
  if (isScreen()) printResult(drawn(columns, rows))
  else process.stdout.write(tsv(fields ?? cells(columns), rows))
}

function cells<Row>(columns: readonly Column<Row>[]): Fields<Row> {
  return Object.fromEntries(columns.map(({ head, cell }) => [head.replaceAll(' ', '_'), cell]))
}

/** @param width that of the screen when absent */
export function drawn<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width = screenWidth()): string {
  const fitted = fitColumns(
    columns.map(({ head, cell, short, cut = false, drop = 0 }) => ({
      head,
      cut,
      drop,
      forms: [cell, ...(short === undefined ? [] : [short])].map((form) => rows.map((row) => visible(form(row)))),
    })),
    width,
  )
  return fitted === undefined ? records(columns, rows, width) : lines(columns, fitted, rows.length).join('\n')
}

function lines<Row>(columns: readonly Column<Row>[], fitted: readonly Fitted[], amount: number): string[] {
  const c = colors(process.stdout)
  const line = (cellOf: (one: Fitted) => string, paint: (text: string) => string) =>
    fitted
      .map((one, i) => {
        const { index, width } = one
        const text = cut(cellOf(one), width)
        const right = columns[index]?.right ?? false
        // Spaces at the end of a line are nobody's.
        const space = padded('', i === fitted.length - 1 && !right ? 0 : width - widthOf(text))
        return right ? space + paint(text) : paint(text) + space
      })
      .join(' '.repeat(gap))
      .trimEnd()
  const hasHead = columns.some(({ head }) => head !== '')
  const body = Array.from({ length: amount }, (_, row) =>
    line(
      ({ cells }) => cells[row] ?? '',
      (text) => softened(text, c),
    ),
  )
  return hasHead ? [line(({ index }) => columns[index]?.head ?? '', c.dim), ...body] : body
}

/** A line for each cell, where a row takes more than a line has room for. */
function records<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string {
  const shown = columns.filter(({ head }) => head !== '')
  return rows
    .map((row) =>
      pairs(
        shown.map(({ head, cell }) => [head, cell(row)] as const).filter(([, text]) => text !== ''),
        width,
      ),
    )
    .join('\n\n')
}

/** Names, and what is said of each: a line for each, or as many as it takes. */
export function pairs(list: readonly (readonly [string, string])[], width = screenWidth()): string {
  const c = colors(process.stdout)
  const indent = Math.max(...list.map(([name]) => widthOf(name))) + gap
  return list
    .flatMap(([name, text]) =>
      wrapped(visible(text), width - indent).map((line, i) =>
        (padded(i === 0 ? c.dim(name) : '', indent) + softened(line, c)).trimEnd(),
      ),
    )
    .join('\n')
}
