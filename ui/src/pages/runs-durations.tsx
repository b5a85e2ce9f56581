import { useState } from 'preact/hooks'
import type { JobRun } from '../../../src/ui/model.js'
import { Figure } from '../charts/figure.js'
import { ticks } from '../charts/scale.js'
import { useWidth } from '../charts/width.js'
import { count, instant, milliseconds } from '../format.js'
import { runTone } from '../parts/words.js'

const height = 120
const bottom = height - 18

/** How long the runs took, one beside the other, oldest first. */
export function Durations({ runs }: { runs: readonly JobRun[] }) {
  const [pointed, point] = useState<JobRun | null>(null)
  const rising = [...runs].reverse()
  return (
    <Figure
      title="Duration"
      size="large"
      reading={pointed ? `${pointed.group} · ${instant(pointed.startedAt)} · ${took(pointed)}` : 'oldest to newest'}
      columns={[
        { title: 'Run', kind: 'number', cell: ({ id }) => id },
        { title: 'Group', cell: ({ group }) => group },
        { title: 'Started', cell: ({ startedAt }) => instant(startedAt) },
        { title: 'Duration', kind: 'number', cell: ({ durationMs }) => milliseconds(durationMs) },
        { title: 'Rows', kind: 'number', cell: ({ rowsWritten }) => count(rowsWritten) },
        { title: 'Status', cell: ({ status }) => status },
      ]}
      rows={rising}
      id={({ id }) => id}
    >
      <Drawing runs={rising} point={point} />
    </Figure>
  )
}

function took(run: JobRun): string {
  return `${milliseconds(run.durationMs)}, ${count(run.rowsWritten)} rows${run.status === 'completed' ? '' : `, ${run.status}`}`
}

function Drawing({ runs, point }: { runs: readonly JobRun[]; point: (run: JobRun | null) => void }) {
  const { place, width } = useWidth(900)
  const most = Math.max(1, ...runs.map(({ durationMs }) => durationMs))
  const left = 48
  const each = Math.min(24, (width - left - 8) / Math.max(1, runs.length))
  const y = (value: number) => bottom - ((bottom - 8) * value) / most
  return (
    <div ref={place} class="drawing bars">
      <svg width={width} height={height} role="img" aria-label={`Durations of ${runs.length} runs`}>
        {ticks(0, most, 3).map((tick) => (
          <g key={tick}>
            <line x1={left} x2={width - 4} y1={y(tick)} y2={y(tick)} class="grid" />
            <text x={left - 6} y={y(tick) + 3.5} class="tick" text-anchor="end">
              {tick === 0 ? '0' : milliseconds(tick)}
            </text>
          </g>
        ))}
        {runs.map((run, index) => (
          <g
            key={run.id}
            class={`bar ${runTone(run)}`}
            onPointerEnter={() => point(run)}
            onPointerLeave={() => point(null)}
          >
            <rect x={left + index * each} y={0} width={each} height={bottom} class="touch" />
            <rect
              x={left + index * each + each * 0.12}
              y={Math.min(bottom - 1.5, y(run.durationMs))}
              width={Math.max(1, each * 0.76)}
              height={Math.max(1.5, bottom - y(run.durationMs))}
              class="fill"
            />
            <title>{`${run.group}, ${instant(run.startedAt)}: ${took(run)}`}</title>
          </g>
        ))}
        <line x1={left} x2={width - 4} y1={bottom} y2={bottom} class="axis" />
        <text x={left} y={height - 5} class="tick">
          {instant(runs[0]?.startedAt ?? '').slice(0, 16)}
        </text>
      </svg>
    </div>
  )
}
