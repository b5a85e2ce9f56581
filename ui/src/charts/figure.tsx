/** A chart with its title and its numbers: each can be read as a table. */

import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { type Column, Table } from '../parts/table.js'

interface Props<Row> {
  readonly title: string
  /** What stands beside the title: the newest value, or the one pointed at. */
  readonly reading?: ComponentChildren
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly id: (row: Row) => string | number
  readonly size?: 'small' | 'large'
  readonly children: ComponentChildren
}

export function Figure<Row>({ title, reading, columns, rows, id, size = 'small', children }: Props<Row>) {
  const [isTable, setTable] = useState(false)
  return (
    <figure class={`chart ${size}`}>
      <figcaption>
        <span class="chart-title">{title}</span>
        <span class="reading">{reading}</span>
        <button
          type="button"
          class="as-table"
          aria-pressed={isTable}
          aria-label={`${title}, as a table`}
          title={isTable ? 'As a chart' : 'As a table'}
          onClick={() => setTable(!isTable)}
        >
          <svg width="14" height="14" viewBox="0 0 16 16" class="drawn" aria-hidden="true">
            <path d="M2.5 3h11v10h-11zM2.5 6.5h11M2.5 9.8h11M6.5 3v10" />
          </svg>
        </button>
      </figcaption>
      <div class="plot">{isTable ? <Table label={title} columns={columns} rows={rows} id={id} /> : children}</div>
    </figure>
  )
}
