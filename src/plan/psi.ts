/** How far two counts over the same bins lie apart. Pure. */

export interface Stability {
  /** The population stability index: 0 for equal shares; 0.1 is commonly called some, 0.2 much of a change. */
  readonly psi: number
  /** What chance alone seldom exceeds between so few rows of one population. */
  readonly chance: number
}

/** Standard deviations above the mean of what chance does. */
const seldom = 3

/**
 * Half a row is added to each bin, so that an empty one is no infinity; bins that are empty on both sides are left out.
 * Between two samples of one population the index times their harmonic size is distributed as chi-square.
 */
export function stability(before: readonly number[], now: readonly number[]): Stability {
  const bins = before.flatMap((count, i) => (count + (now[i] ?? 0) > 0 ? [[count, now[i] ?? 0] as const] : []))
  const total = (side: 0 | 1) => bins.reduce((sum, bin) => sum + bin[side], 0)
  const [n, m] = [total(0), total(1)]
  const share = (count: number, rows: number) => (count + 0.5) / (rows + 0.5 * bins.length)
  const psi = bins.reduce((sum, [a, b]) => {
    const [p, q] = [share(a, n), share(b, m)]
    return sum + (q - p) * Math.log(q / p)
  }, 0)
  const freedom = Math.max(0, bins.length - 1)
  return { psi, chance: (freedom + seldom * Math.sqrt(2 * freedom)) * spread(n, m) }
}

/** The same for a share: what chance seldom exceeds between two shares of so many rows. */
export function shareChance(before: { count: number; rows: number }, now: { count: number; rows: number }): number {
  const p = (before.count + now.count) / (before.rows + now.rows)
  return seldom * Math.sqrt(p * (1 - p) * spread(before.rows, now.rows))
}

function spread(n: number, m: number): number {
  return 1 / n + 1 / m
}
