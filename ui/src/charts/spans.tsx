/** Rows of spans on one axis of time. */

import { instant } from '../format.js'
import { scaleOf, timeTicks } from './scale.js'
import { useWidth } from './width.js'

export interface SpanRow {
  readonly name: string
  readonly href?: string
  readonly spans: readonly { readonly from: string; readonly to: string; readonly tone: SpanTone }[]
}

export type SpanTone = 'covered' | 'stale' | 'gap'

interface Props {
  readonly label: string
  readonly axis: readonly [string, string]
  readonly rows: readonly SpanRow[]
  readonly now?: string
}

const row = 22
const head = 22

export function Spans({ label, axis, rows, now }: Props) {
  const { place, width } = useWidth(720)
  const left = rows.every(({ name }) => name === '') ? 4 : Math.min(220, Math.max(90, width * 0.24))
  const [low, high] = [Date.parse(axis[0]), Date.parse(axis[1])]
  const x = scaleOf(low, high, left, width - 8)
  const height = head + rows.length * row + 2
  const marks = timeTicks(low, high, Math.max(2, (width - left) / 110))
  const present = now === undefined ? Number.NaN : Date.parse(now)
  return (
    <div ref={place} class="drawing spans">
      {/* Not role=img: its names are links. */}
      <svg width={width} height={height} role="group" aria-label={label}>
        {marks.map(({ at, text }) => (
          <g key={at}>
            <line x1={x(at)} x2={x(at)} y1={head - 4} y2={height} class="grid" />
            {x(at) < width - 20 && (
              <text x={x(at)} y={12} class="tick" text-anchor="middle">
                {text}
              </text>
            )}
          </g>
        ))}
        {rows.map(({ name, href, spans }, index) => {
          const y = head + index * row
          return (
            <g key={name}>
              {name !== '' && <Name name={name} href={href} right={left - 10} y={y + 15} />}
              <rect x={left} y={y + 4} width={Math.max(0, width - 8 - left)} height={14} rx={2} class="lane" />
              {spans.map((span) => {
                const from = Math.max(left, x(Date.parse(span.from)))
                const to = Math.min(width - 8, x(Date.parse(span.to)))
                return (
                  <rect
                    key={`${span.tone} ${span.from}`}
                    x={from}
                    y={y + 4}
                    width={Math.max(1.5, to - from)}
                    height={14}
                    rx={2}
                    class={`span ${span.tone}`}
                  >
                    <title>{`${span.tone}: ${instant(span.from)} to ${instant(span.to)}`}</title>
                  </rect>
                )
              })}
            </g>
          )
        })}
        {present >= low && present <= high && (
          <line x1={x(present)} x2={x(present)} y1={head - 4} y2={height} class="now">
            <title>now</title>
          </line>
        )}
      </svg>
    </div>
  )
}

function Name({ name, href, right, y }: { name: string; href: string | undefined; right: number; y: number }) {
  const letters = Math.max(6, Math.floor(right / 6.8))
  const text = (
    <text x={right} y={y} class="tick strong" text-anchor="end">
      {name.length > letters ? `${name.slice(0, letters - 1)}…` : name}
      <title>{name}</title>
    </text>
  )
  return href === undefined ? text : <a href={href}>{text}</a>
}
