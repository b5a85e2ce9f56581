/** How fast a run gets on, and when it will be done at that rate. */

export interface Pace {
  /** Since the run began. */
  readonly elapsedMs: number
  /** Windows a second, of late. */
  readonly rate: number
  /** Until all are done; null while nothing tells. */
  readonly remainingMs: number | null
}

interface Sample {
  readonly at: number
  readonly done: number
}

/** The rate is that of so long a time, or of the last windows where each takes longer. */
const recent = 30_000
const fewest = 8
/** Samples closer together than this are one. */
const apart = 250

export class Pacer {
  readonly #total: number
  readonly #clock: () => number
  readonly #samples: Sample[]

  /** @param clock milliseconds */
  constructor(total: number, clock: () => number = () => performance.now()) {
    this.#total = total
    this.#clock = clock
    this.#samples = [{ at: clock(), done: 0 }]
    this.#began = this.#samples[0]?.at ?? 0
  }

  readonly #began: number

  /** @param done windows so far */
  at(done: number): Pace {
    const now = this.#clock()
    const samples = this.#samples
    const elapsedMs = now - this.#began
    while (samples.length > fewest && (samples[1] as Sample).at < now - recent) samples.shift()
    const [first] = samples as [Sample]
    if (now - (samples.at(-1) as Sample).at >= apart) samples.push({ at: now, done })
    const rate = now > first.at ? ((done - first.done) / (now - first.at)) * 1000 : 0
    const remaining = rate > 0 ? ((this.#total - done) / rate) * 1000 : null
    return { elapsedMs: Math.round(elapsedMs), rate, remainingMs: remaining === null ? null : Math.round(remaining) }
  }
}
