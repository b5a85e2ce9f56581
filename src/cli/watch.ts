/** Hears when somebody saves something, also while nobody is waiting for it. */
import { type FSWatcher, watch } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds without another change, until what an editor does in several steps is over. */
const calm = 150
const watched = /\.(m?[tj]s|sql|json|env)$|^\.env$/

export class Watcher {
  readonly #folders = new Map<string, FSWatcher>()
  #saved: string | undefined
  #wake: (() => void) | undefined

  /** Watches these folders from now on, and no others. */
  follow(folders: readonly string[]): void {
    for (const [folder, watcher] of this.#folders)
      if (!folders.includes(folder) && this.#folders.delete(folder)) watcher.close()
    for (const folder of folders)
      if (!this.#folders.has(folder))
        this.#folders.set(
          folder,
          watch(folder, (_, name) => this.#heard(name)).on('error', () => {}),
        )
  }

  /** @returns the name of a file that was saved since the last time; undefined where the signal came first */
  async next(signal: AbortSignal): Promise<string | undefined> {
    signal.addEventListener('abort', () => this.#wake?.(), { once: true })
    while (this.#saved === undefined && !signal.aborted)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    for (let name: string | undefined; ; ) {
      if (signal.aborted) return undefined
      if (this.#saved === undefined) return name
      name = this.#saved
      this.#saved = undefined
      await sleep(calm)
    }
  }

  close(): void {
    this.follow([])
  }

  #heard(name: string | null): void {
    if (name === null || !watched.test(name)) return
    this.#saved = name
    this.#wake?.()
  }
}
