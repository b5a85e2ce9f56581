/** Work that must not mingle: each waits until all before it are done, however they ended. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  take<T>(work: () => Promise<T>): Promise<T> {
    const taken = this.#last.then(work)
    this.#last = taken.catch(() => {})
    return taken
  }
}
