/** Counts side by side: a histogram. Or one under the other, where each has a name. */

import { compact } from '../format.js'
import { ticks } from './scale.js'
import { useWidth } from './width.js'

const height = 108
const edge = { top: 6, bottom: 18, left: 4, right: 4 }

interface BarsProps {
  readonly label: string
  readonly counts: readonly number[]
  /** What the ends of the axis are called. */
  readonly ends: readonly [string, string]
  readonly title: (index: number) => string
}

export function Bars({ label, counts, ends, title }: BarsProps) {
  const { place, width } = useWidth(280)
  const most = Math.max(1, ...counts)
  const inner = height - edge.top - edge.bottom
  const each = (width - edge.left - edge.right) / Math.max(1, counts.length)
  const lines = ticks(0, most, 2).filter((tick) => tick > 0)
  return (
    <div ref={place} class="drawing bars">
      <svg width={width} height={height} role="img" aria-label={label}>
        {lines.map((tick) => {
          const y = edge.top + inner * (1 - tick / most)
          return (
            <g key={tick}>
              <line x1={edge.left} x2={width - edge.right} y1={y} y2={y} class="grid" />
              <text x={width - edge.right} y={y - 3} class="tick" text-anchor="end">
                {compact(tick)}
              </text>
            </g>
          )
        })}
        {counts.map((count, index) => {
          const size = count === 0 ? 0 : Math.max(1, (inner * count) / most)
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: bars have no other name
            <g key={index} class="bar">
              <rect x={edge.left + index * each} y={edge.top} width={each} height={inner} class="touch" />
              <rect
                x={edge.left + index * each + Math.min(1, each / 8)}
                y={edge.top + inner - size}
                width={Math.max(0.5, each - Math.min(2, each / 4))}
                height={size}
                class="fill"
              />
              <title>{title(index)}</title>
            </g>
          )
        })}
        <line x1={edge.left} x2={width - edge.right} y1={edge.top + inner} y2={edge.top + inner} class="axis" />
        <text x={edge.left} y={height - 5} class="tick">
          {ends[0]}
        </text>
        <text x={width - edge.right} y={height - 5} class="tick" text-anchor="end">
          {ends[1]}
        </text>
      </svg>
    </div>
  )
}

interface NamedBarsProps {
  readonly label: string
  readonly bars: readonly { readonly name: string; readonly count: number; readonly text: string }[]
}

const row = 21

export function NamedBars({ label, bars }: NamedBarsProps) {
  const { place, width } = useWidth(280)
  const most = Math.max(1, ...bars.map(({ count }) => count))
  const name = Math.min(150, width * 0.4)
  const room = width - name - 56
  return (
    <div ref={place} class="drawing">
      <svg width={width} height={Math.max(height, bars.length * row + 2)} role="img" aria-label={label}>
        {bars.map((bar, index) => (
          <g key={bar.name} class="bar">
            <text x={name - 8} y={index * row + 14} class="tick strong" text-anchor="end">
              {clipped(bar.name, name)}
            </text>
            <rect
              x={name}
              y={index * row + 3}
              width={Math.max(1, (room * bar.count) / most)}
              height={14}
              class="fill"
            />
            <text x={name + Math.max(1, (room * bar.count) / most) + 6} y={index * row + 14} class="tick">
              {bar.text}
            </text>
            <title>{`${bar.name}: ${bar.text}`}</title>
          </g>
        ))}
      </svg>
    </div>
  )
}

function clipped(text: string, width: number): string {
  const letters = Math.max(4, Math.floor(width / 6.6) - 1)
  return text.length > letters ? `${text.slice(0, letters - 1)}…` : text
}
