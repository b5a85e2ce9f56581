/** What keeps a scheduler from its work: told once, tried again ever more seldom, and told when it is over. */
import type { FstoreError } from '../errors.js'
import type { ScheduleEvent } from './schedule-event.js'

export class Outage {
  readonly #tell: (event: ScheduleEvent) => void
  #since: number | undefined
  #failures = 0

  constructor(tell: (event: ScheduleEvent) => void) {
    this.#tell = tell
  }

  /** @returns milliseconds to wait before the next try */
  of(error: FstoreError): number {
    if (this.#since === undefined) {
      this.#since = Date.now()
      this.#tell({ type: 'outage', error })
    }
    return Math.min(30_000, 500 * 2 ** this.#failures++)
  }

  over(): void {
    if (this.#since === undefined) return
    this.#tell({ type: 'recovered', afterMs: Date.now() - this.#since })
    this.#since = undefined
    this.#failures = 0
  }
}
