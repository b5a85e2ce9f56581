/** A worker process, started anew whenever it dies, and handed an order again until it says that it is done. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Order } from './worker.js'

const program = fileURLToPath(new URL('./worker.js', import.meta.url))

interface Said {
  readonly rss: number
  readonly failed?: string
}

export class Crew {
  #child: ChildProcess | undefined
  /** Orders that had to be given again. */
  retries = 0
  deaths = 0
  done = 0
  rss = 0
  lastFailure = ''
  /** Of an order, with all its tries: seconds. */
  longest = 0

  /** Until it is done, whatever happens on the way. */
  async carryOut(order: Order, isOver: () => boolean): Promise<boolean> {
    const started = performance.now()
    for (;;) {
      const said = await this.#give(order)
      if (said !== undefined && said.failed === undefined) {
        this.done++
        this.longest = Math.max(this.longest, (performance.now() - started) / 1000)
        return true
      }
      if (said?.failed !== undefined) this.lastFailure = said.failed
      if (isOver()) return false
      this.retries++
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  /** As a machine that loses power would. */
  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  async end(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.disconnect()
    await ended
  }

  /** Undefined where it died. */
  async #give(order: Order): Promise<Said | undefined> {
    const child = await this.ready()
    const answer = await new Promise<Said | undefined>((resolve) => {
      child.once('message', (message) => resolve(message as Said))
      child.once('exit', () => resolve(undefined))
      child.send(order, (error) => {
        if (error !== null) resolve(undefined)
      })
    })
    child.removeAllListeners('message').removeAllListeners('exit')
    if (answer === undefined) this.deaths++
    else this.rss = answer.rss
    return answer
  }

  /** One that has said that it runs. */
  async ready(): Promise<ChildProcess> {
    for (;;) {
      const running = this.#child
      if (running?.connected && running.exitCode === null && running.signalCode === null) return running
      const options = { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }
      const child = fork(program, options as never)
      this.#child = child
      await Promise.race([once(child, 'message'), once(child, 'exit')])
    }
  }
}
