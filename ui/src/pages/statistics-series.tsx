import { useState } from 'preact/hooks'
import type { FeatureStatistics, SeriesPoint, StatisticsRun } from '../../../src/ui/model.js'
import { Figure } from '../charts/figure.js'
import { type Line, Lines } from '../charts/lines.js'
import { figure, instant, numeric, percent } from '../format.js'
import type { Column } from '../parts/table.js'

interface Props {
  readonly feature: FeatureStatistics
  readonly runs: readonly StatisticsRun[]
}

/** How nulls, mean and quantiles went from run to run. */
export function Series({ feature: { feature, dataType, series }, runs }: Props) {
  if (runs.length < 2) return null
  const shares = [...new Set(series.flatMap((point) => point?.quantiles.map(([share]) => share) ?? []))].sort(
    (a, b) => a - b,
  )
  const quantiles = shares.map((share) => ({
    name: share === 0.5 ? 'median' : `p${Number((share * 100).toFixed(1))}`,
    values: series.map((point) => quantile(point, share)),
    faint: share !== 0.5,
  }))
  const isNumber = dataType === 'int64' || dataType === 'float64'
  const hasMean = series.some((point) => point !== null && point.mean !== null)
  return (
    <>
      <Chart
        title="Null share"
        of={feature}
        runs={runs}
        lines={[{ name: 'null share', values: series.map((point) => point?.nullShare ?? null) }]}
        format={percent}
        fromZero
      />
      {hasMean && (
        <Chart
          title={dataType === 'bool' ? 'Share of true' : 'Mean'}
          of={feature}
          runs={runs}
          lines={[{ name: 'mean', values: series.map((point) => point?.mean ?? null) }]}
          format={dataType === 'bool' ? percent : figure}
        />
      )}
      {isNumber && quantiles.length > 0 && (
        <Chart title="Quantiles" of={feature} runs={runs} lines={quantiles} format={figure} />
      )}
    </>
  )
}

function quantile(point: SeriesPoint | null, share: number): number | null {
  return numeric(point?.quantiles.find(([own]) => own === share)?.[1])
}

interface ChartProps {
  readonly title: string
  readonly of: string
  readonly runs: readonly StatisticsRun[]
  readonly lines: readonly Line[]
  readonly format: (value: number) => string
  readonly fromZero?: boolean
}

function Chart({ title, of, runs, lines, format, fromZero = false }: ChartProps) {
  const [pointed, point] = useState<number | null>(null)
  const at = pointed ?? runs.length - 1
  const main = lines.find(({ faint }) => !faint) ?? lines[0]
  const value = main?.values[at] ?? null
  const columns: readonly Column<number>[] = [
    { title: 'Run', cell: (index) => instant(runs[index]?.computedAt ?? '') },
    { title: 'Rows', kind: 'number', cell: (index) => runs[index]?.rows },
    ...lines.map(({ name, values }): Column<number> => {
      return { title: name, kind: 'number', cell: (index) => shown(values[index] ?? null, format) }
    }),
  ]
  return (
    <Figure
      title={title}
      reading={
        <>
          {pointed !== null && <span class="muted">{instant(runs[at]?.computedAt ?? '')} </span>}
          {shown(value, format)}
        </>
      }
      columns={columns}
      rows={runs.map((_, index) => index)}
      id={(index) => index}
    >
      <Lines
        label={`${title} of ${of} over ${runs.length} runs, the last ${shown(value, format)}`}
        times={runs.map((_, index) => index)}
        marks={marksOf(runs)}
        lines={lines}
        fromZero={fromZero}
        format={format}
        point={point}
      />
    </Figure>
  )
}

function shown(value: number | null, format: (value: number) => string): string {
  return value === null ? '–' : format(value)
}

/** Runs stand side by side, however long apart: many may have run in one go. */
function marksOf(runs: readonly StatisticsRun[]): readonly { at: number; text: string }[] {
  const days = new Set(runs.map(({ computedAt }) => computedAt.slice(0, 10)))
  const step = Math.max(1, Math.ceil(runs.length / 5))
  return runs.flatMap(({ computedAt }, at) =>
    at % step === 0 ? [{ at, text: days.size > 1 ? computedAt.slice(5, 10) : computedAt.slice(11, 16) }] : [],
  )
}
