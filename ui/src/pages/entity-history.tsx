import { useState } from 'preact/hooks'
import type { HistoryAnswer, HistoryRow } from '../../../src/ui/model.js'
import { useAnswer } from '../answer.js'
import type { Params } from '../api.js'
import { Figure } from '../charts/figure.js'
import { Lines } from '../charts/lines.js'
import { figure, instant, numeric, value } from '../format.js'
import { Answered, Empty } from '../parts/notice.js'
import { Section } from '../parts/page.js'
import { Masked } from '../parts/reveal.js'
import { type Column, Table } from '../parts/table.js'
import { useAddress } from '../tenant.js'

interface Props {
  readonly entity: string
  readonly feature: string
  readonly params: Params
  readonly close: () => void
}

export function History({ entity, feature, params, close }: Props) {
  const url = useAddress(`entities/${encodeURIComponent(entity)}/history`, { ...params, feature, limit: '1000' })
  const answer = useAnswer<HistoryAnswer>(url)
  return (
    <Section
      title={`History of ${feature}`}
      beside={
        <button type="button" onClick={close}>
          Close
        </button>
      }
    >
      <Answered answer={answer} lines={5}>
        {(history) => (history.rows.length === 0 ? <Empty title="No history" /> : <Drawn history={history} />)}
      </Answered>
    </Section>
  )
}

const columns: readonly Column<HistoryRow>[] = [
  { title: 'Event time', cell: ({ eventTimestamp }) => instant(eventTimestamp) },
  { title: 'Value', cell: (row) => (row.masked ? <Masked /> : <code class="value">{value(row.value)}</code>) },
  { title: 'Written', cell: ({ createdAt }) => instant(createdAt) },
  {
    title: 'Superseded',
    cell: ({ supersededAt }) => (supersededAt === null ? <span class="faint">current</span> : instant(supersededAt)),
  },
]

const id = ({ eventTimestamp, createdAt }: HistoryRow) => `${eventTimestamp} ${createdAt}`

function Drawn({ history: { rows, dataType, feature, masked, more } }: { history: HistoryAnswer }) {
  const [pointed, point] = useState<number | null>(null)
  const current = rows.filter(({ supersededAt }) => supersededAt === null).reverse()
  const isDrawable = !masked && ['int64', 'float64', 'bool', 'timestamp'].includes(dataType)
  const note = more ? <p class="muted foot">The newest {rows.length} rows; there are more.</p> : null
  if (!isDrawable)
    return (
      <>
        {masked && <p class="muted">Revealed values are drawn as a line.</p>}
        <Table label={`History of ${feature}`} columns={columns} rows={rows} id={id} />
        {note}
      </>
    )
  const at = current[pointed ?? current.length - 1]
  return (
    <>
      <Figure
        title={feature}
        size="large"
        reading={at && `${instant(at.eventTimestamp)}: ${value(at.value)}`}
        columns={columns}
        rows={rows}
        id={id}
      >
        <Lines
          label={`${feature} over ${current.length} instants`}
          times={current.map(({ eventTimestamp }) => Date.parse(eventTimestamp))}
          lines={[{ name: feature, values: current.map((row) => numeric(row.value)) }]}
          height={180}
          stepped
          format={
            dataType === 'timestamp'
              ? (seconds) => instant(new Date(seconds * 1000).toISOString()).slice(0, 10)
              : figure
          }
          point={point}
        />
      </Figure>
      {note}
    </>
  )
}
