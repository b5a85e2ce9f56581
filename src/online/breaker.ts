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
  #failure: FstoreError | undefined
  #delay = first
  #backAt = 0
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor({ probe, onBack }: { probe: () => Promise<unknown>; onBack: () => void }) {
    this.#probe = probe
    this.#onBack = onBack
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
    this.#failure = undefined
    this.#backAt = Date.now()
    this.#onBack()
  }
}
