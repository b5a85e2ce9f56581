/** A table that scrolls sideways within its box where the window is narrow. */

import type { ComponentChildren } from 'preact'

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => ComponentChildren
  /** Numbers stand to the right. `minor`: left out where there is little room. */
  readonly kind?: 'number' | 'minor' | 'minor number' | 'wide' | 'main'
}

interface Props<Row> {
  /** Said to those who do not see it. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly id: (row: Row) => string | number
  readonly tone?: (row: Row) => string
}

export function Table<Row>({ label, columns, rows, id, tone }: Props<Row>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: so that it can be scrolled by keyboard
    <section class="table" aria-label={label} tabIndex={0}>
      <table>
        <caption class="unseen">{label}</caption>
        <thead>
          <tr>
            {columns.map(({ title, kind }) => (
              <th key={title} scope="col" class={kind}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={id(row)} class={tone?.(row)}>
              {columns.map(({ title, cell, kind }) => (
                <td key={title} class={kind}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
