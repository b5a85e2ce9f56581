/** Windows of time, pure: what a group should cover, what of it is due, and the whole windows that cover that. */

/** `[start, end)` in microseconds since 1970, UTC. */
export interface Span {
  readonly start: bigint
  readonly end: bigint
}

/** Windows are counted from a Monday, so that those of whole weeks begin on one; shorter ones begin at midnight. */
const origin = 345_600_000_000n

const second = 1_000_000n

/** The last boundary at or before an instant. */
export function floorTo(at: bigint, every: number): bigint {
  const length = BigInt(every) * second
  const offset = (((at - origin) % length) + length) % length
  return at - offset
}

/** The first boundary at or after an instant. */
export function ceilTo(at: bigint, every: number): bigint {
  const floor = floorTo(at, every)
  return floor === at ? at : floor + BigInt(every) * second
}

/** The largest span of whole windows inside a span, or undefined where not one fits. */
export function wholeWindows(span: Span, every: number): Span | undefined {
  const aligned = { start: ceilTo(span.start, every), end: floorTo(span.end, every) }
  return aligned.start < aligned.end ? aligned : undefined
}

/**
 * What a group should cover by now: from its start to its end, or to the last window that is over. Without a start,
 * from what it covers already, or from the last window on: its history begins with the first build.
 */
export function target(options: {
  start?: bigint | undefined
  end?: bigint | undefined
  every: number
  now: bigint
  covered: readonly Span[]
}): Span | undefined {
  const { every, now, covered } = options
  const end = options.end !== undefined && options.end < now ? options.end : now
  const lastWindow = floorTo(end, every) - BigInt(every) * second
  const first = covered[0]
  const start = options.start ?? (first !== undefined && first.start < lastWindow ? first.start : lastWindow)
  return wholeWindows({ start, end }, every)
}

/**
 * What of a span is still worth computing: a window that ended before the retention would be dropped from the history.
 * The last one is computed all the same, since its values are served.
 */
export function retained(
  span: Span,
  group: { readonly retention?: number; readonly every: number },
  now: bigint,
): Span {
  if (group.retention === undefined) return span
  const kept = floorTo(now - BigInt(group.retention) * second, group.every)
  const last = span.end - BigInt(group.every) * second
  const start = kept < last ? kept : last
  return { start: span.start > start ? span.start : start, end: span.end }
}

/** What of a target is due: never covered, or covered and stale since. */
export function due(whole: Span, covered: readonly Span[], stale: readonly Span[]): Span[] {
  return normalize([...subtract([whole], covered), ...intersect([whole], stale)])
}

/** What of the covered runs again when something newer is due: so much before its newest end, for rows that came late. */
export function lookedBack(covered: readonly Span[], due: readonly Span[], lookback: number | undefined): Span[] {
  const newest = covered.at(-1)?.end
  if (lookback === undefined || newest === undefined || !due.some(({ end }) => end > newest)) return []
  return intersect(covered, [{ start: newest - BigInt(lookback) * second, end: newest }])
}

/** The windows of a whole span that touch what is due, in order. */
export function* windowsOf(whole: Span, every: number, parts: readonly Span[]): Generator<Span> {
  const length = BigInt(every) * second
  let next = whole.start
  for (const part of parts) {
    const first = floorTo(part.start, every)
    for (let start = first > next ? first : next; start < part.end && start < whole.end; start += length) {
      next = start + length
      yield { start, end: next }
    }
  }
}

export function countWindows(whole: Span, every: number, parts: readonly Span[]): number {
  const length = BigInt(every) * second
  let [count, next] = [0n, whole.start]
  for (const part of parts) {
    const first = floorTo(part.start, every)
    const start = first > next ? first : next
    const end = part.end < whole.end ? ceilTo(part.end, every) : whole.end
    if (end <= start) continue
    count += (end - start) / length
    next = end
  }
  return Number(count)
}

/** Sorted, without overlaps or gaps of nothing. */
export function normalize(spans: readonly Span[]): Span[] {
  const sorted = spans.filter(({ start, end }) => start < end).sort((a, b) => (a.start < b.start ? -1 : 1))
  const merged: Span[] = []
  for (const span of sorted) {
    const last = merged.at(-1)
    if (last === undefined || span.start > last.end) merged.push(span)
    else if (span.end > last.end) merged[merged.length - 1] = { start: last.start, end: span.end }
  }
  return merged
}

export function intersect(a: readonly Span[], b: readonly Span[]): Span[] {
  const parts = a.flatMap((x) =>
    b.map((y) => ({ start: x.start > y.start ? x.start : y.start, end: x.end < y.end ? x.end : y.end })),
  )
  return normalize(parts)
}

export function subtract(from: readonly Span[], what: readonly Span[]): Span[] {
  const holes = normalize(what)
  return normalize(from).flatMap((span) => {
    const parts: Span[] = []
    let start = span.start
    for (const hole of holes) {
      if (hole.end <= start || hole.start >= span.end) continue
      parts.push({ start, end: hole.start })
      start = hole.end
    }
    return normalize([...parts, { start, end: span.end }])
  })
}

export function contains(outer: readonly Span[], inner: readonly Span[]): boolean {
  return subtract(inner, outer).length === 0
}
