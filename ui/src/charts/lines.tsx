/** Numbers over time, as one line or several; null leaves a gap. */

import { useState } from 'preact/hooks'
import { figure } from '../format.js'
import { rangeOf, scaleOf, ticks, timeTicks } from './scale.js'
import { useWidth } from './width.js'

export interface Line {
  readonly name: string
  readonly values: readonly (number | null)[]
  /** Stands back, as the outer quantiles do. */
  readonly faint?: boolean
}

interface Props {
  readonly label: string
  /** Milliseconds, rising; or what `marks` give names to. */
  readonly times: readonly number[]
  readonly marks?: readonly { readonly at: number; readonly text: string }[]
  readonly lines: readonly Line[]
  readonly height?: number
  /** A value holds until the next. */
  readonly stepped?: boolean
  /** The axis begins at zero. */
  readonly fromZero?: boolean
  readonly format?: (value: number) => string
  /** Called with the place that is pointed at. */
  readonly point?: (index: number | null) => void
}

export function Lines(props: Props) {
  const { label, times, lines, height = 108, stepped = false, fromZero = false, format = figure, point } = props
  const { place, width } = useWidth(280)
  const [at, setAt] = useState<number | null>(null)
  const known = lines.flatMap(({ values }) => values.filter((value) => value !== null))
  const [least, most] = rangeOf(fromZero ? [0, ...known] : known)
  const texts = ticks(least, most, 3)
  const left = Math.max(22, 8 + 6.2 * Math.max(...texts.map((tick) => format(tick).length)))
  const bottom = height - 18
  const x = scaleOf(...rangeOf(times), left + 4, width - 8)
  const y = scaleOf(least, most, bottom - 4, 8)
  const show = (index: number | null) => {
    setAt(index)
    point?.(index)
  }
  const follow = (event: PointerEvent) => {
    const box = (event.currentTarget as SVGElement).getBoundingClientRect()
    show(nearest(times, x, event.clientX - box.left))
  }
  return (
    <div ref={place} class="drawing lines">
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={label}
        onPointerMove={follow}
        onPointerLeave={() => show(null)}
      >
        {texts.map((tick) => (
          <g key={tick}>
            <line x1={left} x2={width - 4} y1={y(tick)} y2={y(tick)} class="grid" />
            <text x={left - 5} y={y(tick) + 3.5} class="tick" text-anchor="end">
              {format(tick)}
            </text>
          </g>
        ))}
        <line x1={left} x2={width - 4} y1={bottom} y2={bottom} class="axis" />
        {times.length > 0 &&
          spaced(props.marks ?? timeTicks(x.low, x.high, Math.max(2, width / 90)), x, width).map((tick) => (
            <text key={tick.at} x={x(tick.at)} y={height - 5} class="tick" text-anchor="middle">
              {tick.text}
            </text>
          ))}
        {at !== null && <line x1={x(times[at] ?? 0)} x2={x(times[at] ?? 0)} y1={4} y2={bottom} class="cursor" />}
        {lines.map(({ name, values, faint }, index) => (
          <g key={name} class={`line l${index % 6} ${faint ? 'faint' : ''}`}>
            <path d={path(values, times, x, y, stepped)} />
            {dots(values, at).map((i) => (
              <circle key={i} cx={x(times[i] ?? 0)} cy={y(values[i] ?? 0)} r={i === at ? 3.5 : 2} />
            ))}
          </g>
        ))}
      </svg>
    </div>
  )
}

/** Those that fit beside each other, within the drawing. */
function spaced(marks: readonly { at: number; text: string }[], x: (value: number) => number, width: number) {
  const half = 20
  let end = 0
  return marks.filter(({ at }) => {
    const fits = x(at) - half >= end && x(at) + half <= width + 12
    if (fits) end = x(at) + half
    return fits
  })
}

function nearest(times: readonly number[], x: (value: number) => number, pointer: number): number | null {
  let best: number | null = null
  let distance = Number.POSITIVE_INFINITY
  for (const [index, time] of times.entries()) {
    const away = Math.abs(x(time) - pointer)
    if (away < distance) [best, distance] = [index, away]
  }
  return best
}

function path(
  values: readonly (number | null)[],
  times: readonly number[],
  x: (value: number) => number,
  y: (value: number) => number,
  stepped: boolean,
): string {
  let isDown = false
  return values
    .map((value, index) => {
      if (value === null) {
        isDown = false
        return ''
      }
      const across = x(times[index] ?? 0).toFixed(1)
      const up = y(value).toFixed(1)
      const move = isDown ? (stepped ? `H${across}V${up}` : `L${across} ${up}`) : `M${across} ${up}`
      isDown = true
      return move
    })
    .join('')
}

/** Where a dot is worth drawing: few values, one without neighbours, the one pointed at. */
function dots(values: readonly (number | null)[], at: number | null): readonly number[] {
  return values.flatMap((value, index) => {
    if (value === null) return []
    const isAlone = (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null
    return index === at || isAlone || values.length <= 12 ? [index] : []
  })
}
