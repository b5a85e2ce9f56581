/** Of several runs the middle one, and between which the middle half of them lies. */
export interface Spread {
  readonly median: number
  readonly q1: number
  readonly q3: number
  readonly runs: number
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), q1: quantile(values, 0.25), q3: quantile(values, 0.75), runs: values.length }
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Between two values it is drawn as a line. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const place = share * (sorted.length - 1)
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]] as [number, number]
  return below + (above - below) * (place - Math.floor(place))
}

export function scaledSpread({ median, q1, q3, runs }: Spread, factor: number): Spread {
  return { median: median * factor, q1: q1 * factor, q3: q3 * factor, runs }
}
