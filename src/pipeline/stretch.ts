/** Which consecutive windows run as one statement: of most groups each alone, of a rolling group as many as are moderate. */
import type { Span } from './window.js'

/** Windows that follow one another, run as one. */
export interface Stretch extends Span {
  readonly windows: number
}

export interface Stretches {
  /** The window that comes next, which stays there. */
  first(): Span | undefined
  /** How many windows at most is asked each time, since it is learnt on the way. */
  next(most: number): Stretch | undefined
}

/** Hands out windows in stretches. */
export function stretches(windows: Iterable<Span>): Stretches {
  const rest = windows[Symbol.iterator]()
  let ahead = rest.next()
  return {
    first: () => (ahead.done === true ? undefined : ahead.value),
    next(most) {
      if (ahead.done === true) return undefined
      let stretch = { ...ahead.value, windows: 1 }
      for (ahead = rest.next(); ahead.done !== true; ahead = rest.next()) {
        if (stretch.windows >= most || ahead.value.start !== stretch.end) break
        stretch = { start: stretch.start, end: ahead.value.end, windows: stretch.windows + 1 }
      }
      return stretch
    },
  }
}

export const firstStretch = 16

/** A transaction of so many rows takes seconds: that is how long a run takes to stop, and others wait for the table. */
const mostRows = 1_000_000
const mostWindows = 1_024
const growth = 8

/** How many windows to run next, by what the last ones yielded. */
export function nextStretch({ windows }: Stretch, rows: number): number {
  const moderate = Math.floor(mostRows / Math.max(rows / windows, 1))
  return Math.max(1, Math.min(moderate, windows * growth, mostWindows))
}
