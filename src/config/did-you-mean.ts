import leven from 'leven'

/** The candidate most like `name`, or undefined where none is near enough to be meant. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = plain(name)
  let best: { candidate: string; distance: number } | undefined
  for (const candidate of candidates) {
    const distance = leven(wanted, plain(candidate), { maxDistance: 8 })
    if (distance <= tolerance(wanted) && distance < (best?.distance ?? Infinity)) best = { candidate, distance }
  }
  return best?.candidate
}

/** `Did you mean "x"?`, or an empty string where nothing is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const candidate = nearest(name, candidates)
  return candidate === undefined ? '' : `Did you mean "${candidate}"?`
}

/** `maxRejected`, `max_rejected` and `MaxRejected` are one name to a person. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_\s]/g, '')
}

/** One slip in a short word, about a third of a longer one. */
function tolerance(name: string): number {
  return name.length <= 2 ? 1 : Math.min(4, Math.ceil(name.length / 3))
}
