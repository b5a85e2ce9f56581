/** Where the windows of a first group begin and end, by the rows that there are. */
import type { Bounds } from './config-text.js'
import type { Span } from './span.js'

const day = 86_400_000

function shifted(text: string, days: number): string {
  return new Date(Date.parse(text) + days * day).toISOString().slice(0, 10)
}

/** @param start said by a person */
export function boundsOf({ first, last, now, isUnknown }: Span, start?: string): Bounds {
  const said = start === undefined ? undefined : { day: start, why: 'as asked for' }
  if (first === undefined || last === undefined) {
    const why = 'the first row was not looked for: it would have taken too long'
    const unknown = isUnknown ? { day: shifted(now, -28), why } : undefined
    const chosen = said ?? unknown
    return chosen === undefined ? {} : { start: chosen }
  }
  const newest = last < now ? last : now
  // A first build that ends soon: earlier days can be had by an earlier start.
  const floor = shifted(newest, -365)
  const begins =
    first < floor
      ? { day: floor, why: `rows go back to ${first}` }
      : { day: first < now ? first : now, why: 'the day of the first row' }
  const ends = { day: shifted(newest, 1), why: `the newest row is of ${last}; remove this line for data that go on` }
  const isOver = newest < shifted(now, -60) && (start === undefined || start < ends.day)
  return { start: said ?? begins, ...(isOver && { end: ends }) }
}
