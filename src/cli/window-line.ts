/** How far the windows of a group are, on one line: as much of it as fits. */
import { digits } from '../config/digits.js'
import type { MaterializeEvent } from '../pipeline/materialization.js'
import { count, instant } from './format.js'

type WindowEvent = Extract<MaterializeEvent, { type: 'window' }>

/** A rate over less time says nothing. */
const soonest = 2_000

/** @param columns that there are; any number when absent */
export function windowLine(event: WindowEvent, columns = Number.POSITIVE_INFINITY): string {
  const { group, done, total, end, rows, rate, elapsedMs, remainingMs } = event
  const told = elapsedMs >= soonest && done < total
  // By what is left out first where there is little room, from the last.
  const parts = [
    { at: 4, text: told && remainingMs !== null ? `${duration(remainingMs)} left` : undefined },
    { at: 3, text: told ? `${amount(rate)} windows/s` : undefined },
    { at: 2, text: count(rows, 'row') },
    { at: 1, text: instant(end) },
  ].filter((part): part is { at: number; text: string } => part.text !== undefined)
  const heads = [`${group}: ${digits(done)} of ${count(total, 'window')}`, `${group}: ${done}/${total}`]
  for (let kept = parts.length; kept >= 0; kept--) {
    const shown = parts.slice(0, kept).sort((a, b) => a.at - b.at)
    for (const head of heads) {
      const line = [head, ...shown.map(({ text }) => text)].join(', ')
      if (line.length <= columns) return line
    }
  }
  return `${heads[1]?.slice(0, Math.max(0, columns - 1))}…`
}

function amount(rate: number): string {
  return rate >= 10 ? digits(Math.round(rate)) : rate.toPrecision(2)
}

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const

/** The largest unit that it has, and the next: `3m 20s`. */
export function duration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000))
  const first = units.findIndex(([, length]) => seconds >= length)
  let rest = seconds
  const parts = units.slice(first, first + 2).flatMap(([unit, length]) => {
    const n = Math.floor(rest / length)
    rest -= n * length
    return n === 0 ? [] : [`${n}${unit}`]
  })
  return parts.join(' ')
}
