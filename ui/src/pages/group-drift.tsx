import type { GroupDrift } from '../../../src/ui/model.js'
import { figure, instant, percent } from '../format.js'
import { Section } from '../parts/page.js'
import { type Column, Table } from '../parts/table.js'
import { Badge } from '../parts/words.js'

type Row = GroupDrift['features'][number]

/** How far values have moved from where they were. */
export function Drift({ drift }: { drift: GroupDrift | null }) {
  if (drift === null) return null
  return (
    <Section title="Drift" beside={<span class="muted">{told(drift)}</span>}>
      {drift.features.length > 0 && (
        <Table label="Drift by feature" columns={columns} rows={drift.features} id={({ feature }) => feature} />
      )}
    </Section>
  )
}

const columns: readonly Column<Row>[] = [
  { title: 'Feature', kind: 'main', cell: ({ feature }) => <span class="name">{feature}</span> },
  {
    title: 'Finding',
    cell: ({ findings }) =>
      findings.length === 0 ? (
        <span class="faint">none</span>
      ) : (
        findings.map((finding) => (
          <Badge key={finding} tone="bad">
            {finding === 'psi' ? 'values moved' : 'more nulls'}
          </Badge>
        ))
      ),
  },
  { title: 'PSI', kind: 'number', cell: ({ psi }) => (psi === null ? '–' : figure(psi)) },
  { title: 'Threshold', kind: 'number', cell: (row) => (row.psiThreshold === null ? '–' : figure(row.psiThreshold)) },
  { title: 'By chance', kind: 'minor number', cell: ({ psiChance }) => (psiChance === null ? '–' : figure(psiChance)) },
  { title: 'Nulls before', kind: 'number', cell: ({ nullShareBefore }) => percent(nullShareBefore) },
  { title: 'Nulls now', kind: 'number', cell: ({ nullShareNow }) => percent(nullShareNow) },
]

function told({ status, baseline, current, baselineVersion }: GroupDrift): string {
  if (status !== 'compared') return reasons[status]
  return `v${baselineVersion} of ${baseline && instant(baseline)} against ${current && instant(current)}`
}

const reasons: { readonly [K in Exclude<GroupDrift['status'], 'compared'>]: string } = {
  'single run': 'One run so far: there is nothing to compare it with',
  'no baseline': 'No run is the baseline',
  'no rows': 'No rows to compare',
  'not built': 'Not built',
}
