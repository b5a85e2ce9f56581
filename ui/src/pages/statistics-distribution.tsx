import type { StatisticValue, ValueSummary } from '../../../src/ui/model.js'
import { Bars, NamedBars } from '../charts/bars.js'
import { Figure } from '../charts/figure.js'
import { count, percent, statistic } from '../format.js'
import { Masked } from '../parts/reveal.js'

interface Props {
  readonly feature: string
  readonly summary: ValueSummary
  readonly isMasked: boolean
}

/** What values there are, as a histogram, else the most frequent. */
export function Distribution({ feature, summary, isMasked }: Props) {
  const { histogram, top } = summary
  if (histogram !== null && histogram.counts.length > 0)
    return <Histogram feature={feature} histogram={histogram} quantiles={summary.quantiles} />
  if (top.length === 0) return null
  const named = top.map(({ value, count: rows }, index) => {
    const name = isMasked && value === null ? `value ${index + 1} ••••` : statistic(value)
    return { name, value, count: rows, text: count(rows) }
  })
  return (
    <Figure
      title="Most frequent"
      columns={[
        { title: 'Value', cell: ({ value, name }) => (isMasked && value === null ? <Masked /> : name) },
        { title: 'Rows', kind: 'number', cell: (row) => count(row.count) },
        { title: 'Share', kind: 'number', cell: (row) => percent(row.count / Math.max(1, summary.rows)) },
      ]}
      rows={named}
      id={({ name }) => name}
    >
      <NamedBars label={`Most frequent values of ${feature}`} bars={named.slice(0, 5)} />
    </Figure>
  )
}

interface HistogramProps {
  readonly feature: string
  readonly histogram: NonNullable<ValueSummary['histogram']>
  readonly quantiles: ValueSummary['quantiles']
}

function Histogram({ feature, histogram: { low, high, counts }, quantiles }: HistogramProps) {
  const edges = edgesOf(low, high, counts.length)
  const bars = counts.map((rows, index) => ({ index, rows, from: edges[index] ?? null, to: edges[index + 1] ?? null }))
  const total = counts.reduce((sum, rows) => sum + rows, 0)
  const range = ({ from, to }: (typeof bars)[number]) => `${statistic(from)} – ${statistic(to)}`
  const median = quantiles.find(([share]) => share === 0.5)?.[1]
  return (
    <Figure
      title="Distribution"
      reading={median === undefined || median === null ? undefined : `median ${statistic(median)}`}
      columns={[
        { title: 'Values', cell: range },
        { title: 'Rows', kind: 'number', cell: ({ rows }) => count(rows) },
        { title: 'Share', kind: 'number', cell: ({ rows }) => percent(rows / Math.max(1, total)) },
      ]}
      rows={bars}
      id={({ index }) => index}
    >
      <Bars
        label={`Distribution of ${feature}: ${count(total)} values from ${statistic(low)} to ${statistic(high)}`}
        counts={counts}
        ends={[statistic(low), statistic(high)]}
        title={(index) => {
          const bar = bars[index]
          return bar ? `${range(bar)}: ${count(bar.rows)}` : ''
        }}
      />
    </Figure>
  )
}

/** Between the bars; the ends alone where those cannot be reckoned with. */
function edgesOf(low: StatisticValue, high: StatisticValue, bars: number): readonly StatisticValue[] {
  const [from, to] = [low, high].map((end) => (typeof end === 'string' ? Date.parse(end) || Number(end) : end))
  if (from === null || to === null || from === undefined || to === undefined) return [low, high]
  const isTime = typeof low === 'string' && low.includes('T')
  return Array.from({ length: bars + 1 }, (_, index) => {
    const edge = from + ((to - from) * index) / bars
    return isTime ? new Date(edge).toISOString() : edge
  })
}
