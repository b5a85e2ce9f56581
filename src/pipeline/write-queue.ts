/** Calls that write to one group: those that come while others are being written wait, and are written together. */
import { DatabaseError } from '../db/database.js'
import { FstoreError } from '../errors.js'

export interface QueuedCall {
  /** Rows, or events. */
  readonly size: number
  readonly reject: (error: unknown) => void
}

export interface WriteQueueOptions<C extends QueuedCall> {
  readonly group: string
  /** Writes the calls and settles every one. @returns false where the version that it would write to is not the live one */
  readonly attempt: (calls: readonly C[]) => Promise<boolean>
  /** Which version is live is to be looked up anew. */
  readonly forget: () => void
}

/** What is written together, unless one call alone has more. */
const mostTogether = 1_000
/** Promotions that may overtake one write. */
const mostMoves = 10

export class WriteQueue<C extends QueuedCall> {
  readonly #options: WriteQueueOptions<C>
  readonly #waiting: C[] = []
  #running = false

  constructor(options: WriteQueueOptions<C>) {
    this.#options = options
  }

  add(call: C): void {
    this.#waiting.push(call)
    if (!this.#running) void this.#run()
  }

  async #run(): Promise<void> {
    this.#running = true
    while (this.#waiting.length > 0) await this.#write(this.#next())
    this.#running = false
  }

  #next(): C[] {
    let size = 0
    const end = this.#waiting.findIndex((call) => {
      size += call.size
      return size > mostTogether
    })
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : Math.max(end, 1))
  }

  /** Settles every call. */
  async #write(calls: readonly C[]): Promise<void> {
    const { attempt, forget, group } = this.#options
    try {
      for (let moves = 0; moves < mostMoves; moves++) {
        if (await attempt(calls)) return
        forget()
      }
      throw new FstoreError('NOT_BUILT', `Another version of ${group} became live again and again meanwhile.`)
    } catch (error) {
      // What the database refused may be the doing of one call.
      if (error instanceof DatabaseError && calls.length > 1) for (const call of calls) await this.#write([call])
      else for (const { reject } of calls) reject(error)
    }
  }
}
