import { useState } from 'preact/hooks'
import type { RejectedAnswer } from '../../../src/ui/model.js'
import { useAnswer } from '../answer.js'
import { NamedBars } from '../charts/bars.js'
import { Figure } from '../charts/figure.js'
import { count, instant, plural, value } from '../format.js'
import { Answered, Empty } from '../parts/notice.js'
import { Section } from '../parts/page.js'
import { Masked, Reveal } from '../parts/reveal.js'
import { type Column, Table } from '../parts/table.js'
import { useAddress } from '../tenant.js'

type Row = RejectedAnswer['rows'][number]

export function Rejected({ name }: { name: string }) {
  const [isRevealed, reveal] = useState(false)
  const params = { limit: '100', reveal: isRevealed ? '1' : null }
  const answer = useAnswer<RejectedAnswer>(useAddress(`groups/${encodeURIComponent(name)}/rejected`, params))
  return (
    <Answered answer={answer} lines={10}>
      {(rejected) =>
        rejected.total === 0 ? (
          <Empty title="No row was rejected">A row that breaks a rule of its features would be kept here.</Empty>
        ) : (
          <>
            <Figure
              title={`${plural(rejected.total, 'row')} of ${plural(rejected.windows, 'window')}, by reason`}
              size="large"
              columns={[
                { title: 'Reason', cell: ({ reason }) => reason },
                { title: 'Rows', kind: 'number', cell: ({ rows }) => count(rows) },
              ]}
              rows={rejected.reasons}
              id={({ reason }) => reason}
            >
              <NamedBars
                label="Rejected rows by reason"
                bars={rejected.reasons.map(({ reason, rows }) => ({ name: reason, count: rows, text: count(rows) }))}
              />
            </Figure>
            <Section title="Newest rows" beside={<Reveal isRevealed={isRevealed} reveal={reveal} />}>
              <Table label="Rejected rows" columns={columnsOf(rejected)} rows={rejected.rows} id={({ id }) => id} />
            </Section>
          </>
        )
      }
    </Answered>
  )
}

function columnsOf({ masked, rows }: RejectedAnswer): readonly Column<Row>[] {
  const names = [...new Set(rows.flatMap(({ content }) => Object.keys(content)))]
  return [
    { title: 'Reasons', kind: 'wide', cell: ({ reasons }) => reasons.join(', ') },
    { title: 'Window', cell: ({ windowStart, windowEnd }) => `${instant(windowStart)} – ${instant(windowEnd)}` },
    { title: 'Version', kind: 'number', cell: ({ version }) => `v${version}` },
    ...names.map((name) => ({
      title: name,
      cell: ({ content }: Row) => (masked ? <Masked /> : value(content[name] ?? null)),
    })),
  ]
}
