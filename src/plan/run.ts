/** Long work: iterate over it for its events, or await it for its result. It starts when either is first asked. */
import { FstoreError } from '../errors.js'
/** Work that is under way: iterate over it for its events, or await its result. It begins when either is done. */
export class Run<Event, Result> implements AsyncIterable<Event>, PromiseLike<Result> {
  readonly #work: AsyncGenerator<Event, Result>
  readonly #result: Promise<Result>
  #settle!: { resolve(result: Result): void; reject(error: unknown): void }
  #started = false

  constructor(work: AsyncGenerator<Event, Result>) {
    this.#work = work
    this.#result = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    // Who only iterates meets the error in the loop.
    this.#result.catch(() => {})
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event, Result> {
    this.#started = true
    try {
      const result = yield* this.#work
      this.#settle.resolve(result)
      return result
    } catch (error) {
      this.#settle.reject(error)
      throw error
    } finally {
      // A loop that is left early ends the work there, and who awaits it must not wait for ever.
      this.#settle.reject(new FstoreError('INTERRUPTED', 'The loop over this run was left before its end.'))
    }
  }

  /** Awaiting drains the events; after a loop over them it gives the result of that loop. */
  // biome-ignore lint/suspicious/noThenProperty: to be awaited is what it is for
  then<A = Result, B = never>(
    onResult?: ((result: Result) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    if (!this.#started) void this.#drain()
    return this.#result.then(onResult, onError)
  }

  async #drain(): Promise<void> {
    try {
      for await (const _event of this);
    } catch {
      // The promise carries it.
    }
  }
}
