/** Keeps reads away from a server that failed, and tries in the background whether it is back. */
import type { FstoreError } from '../errors.js'

/** Milliseconds before the first try; doubled each time it fails, or fails again soon after it was back. */
const first = 50
const longest = 2_000
/** A server that has been well for so long is held to be sound again: milliseconds. */
const sound = 10_000

export class Breaker {
  readonly #probe: () => Promise<unknown>
  readonly #onBack: () => void
  readonly #isReady: () => boolean
  #failure: FstoreError | undefined
  #delay = first
  #backAt = 0
  #timer: NodeJS.Timeout | undefined
  #closed = false

  /** @param options.isReady asked in the very moment in which reads would use the server again */
  constructor(options: { probe: () => Promise<unknown>; onBack: () => void; isReady?: () => boolean }) {
    this.#probe = options.probe
    this.#onBack = options.onBack
    this.#isReady = options.isReady ?? (() => true)
  }

  /** Why it is open. */
  get failure(): FstoreError | undefined {
    return this.#failure
  }

  trip(failure: FstoreError): void {
    if (this.#failure === undefined) {
      if (Date.now() - this.#backAt > sound) this.#delay = first
      this.#try()
    }
    this.#failure = failure
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  #try(): void {
    if (this.#closed) return
    this.#timer = setTimeout(() => void this.#look(), this.#delay).unref()
    this.#delay = Math.min(this.#delay * 2, longest)
  }

  async #look(): Promise<void> {
    try {
      await this.#probe()
    } catch {
      return this.#try()
    }
    if (!this.#isReady()) return this.#try()
    this.#failure = undefined
    this.#backAt = Date.now()
    this.#onBack()
  }
}
