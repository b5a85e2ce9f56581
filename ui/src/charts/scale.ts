/** From values to places, and the round values worth a line. */

export interface Scale {
  (value: number): number
  readonly low: number
  readonly high: number
}

export function scaleOf(low: number, high: number, from: number, to: number): Scale {
  const width = high - low || 1
  const middle = high === low ? 0.5 : 0
  return Object.assign((value: number) => from + ((value - low) / width + middle) * (to - from), { low, high })
}

/** About so many round numbers in the range. */
export function ticks(low: number, high: number, about: number): readonly number[] {
  const rough = (high - low) / Math.max(1, about)
  if (!(rough > 0)) return [low]
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10)
  const first = Math.ceil(low / step)
  const last = Math.floor(high / step + 1e-9)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const steps = [1, 5, 15, 30].map((n) => n * minute).concat([1, 3, 6, 12].map((n) => n * hour))
const daySteps = [1, 2, 7, 14].map((n) => n * day)
const monthSteps = [1, 3, 6, 12, 24, 60, 120]

/** Round instants in UTC, with what they are called; in milliseconds. */
export function timeTicks(low: number, high: number, about: number): readonly { at: number; text: string }[] {
  const rough = (high - low) / Math.max(1, about)
  const step = [...steps, ...daySteps].find((length) => length >= rough)
  if (step === undefined) return monthTicks(low, high, rough)
  const first = Math.ceil(low / step) * step
  const length = Math.max(0, Math.floor((high - first) / step) + 1)
  return Array.from({ length }, (_, i) => ({ at: first + i * step, text: called(first + i * step, step) }))
}

function monthTicks(low: number, high: number, rough: number): { at: number; text: string }[] {
  const months = monthSteps.find((count) => count * 30 * day >= rough) ?? 240
  const start = new Date(low)
  const found: { at: number; text: string }[] = []
  const from = Math.ceil((start.getUTCFullYear() * 12 + start.getUTCMonth()) / months) * months
  for (let month = from; ; month += months) {
    const at = Date.UTC(Math.floor(month / 12), month % 12)
    if (at > high) return found
    const text = new Date(at).toISOString()
    if (at >= low) found.push({ at, text: months % 12 === 0 ? text.slice(0, 4) : text.slice(0, 7) })
  }
}

function called(at: number, step: number): string {
  const text = new Date(at).toISOString()
  const isMidnight = at % day === 0
  return step >= day || isMidnight ? text.slice(5, 10) : text.slice(11, 16)
}

/** The least and the greatest, with a little room where they are one. */
export function rangeOf(values: readonly number[]): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return low > high ? [0, 1] : [low, high]
}
