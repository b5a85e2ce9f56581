/**
 * Asking for a lock that its holder is ready to give back: a file beside it, touched for as long as somebody waits, so
 * that one left behind by a process that died soon means nothing.
 */
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds: how often it is looked at, how old it may be, and how long a holder is waited for. */
const often = 50
const fresh = 2_000
const patience = 15_000

export class Asking {
  readonly #file: string
  #since: number | undefined

  /** @param path of the lock */
  constructor(path: string) {
    this.#file = fileOf(path)
  }

  /** The holder may be in the middle of something, but not for ever. */
  get mayWait(): boolean {
    return this.#since === undefined || Date.now() - this.#since < patience
  }

  async wait(): Promise<void> {
    this.#since ??= Date.now()
    writeFileSync(this.#file, '')
    await sleep(often)
  }

  end(): void {
    if (this.#since !== undefined) rmSync(this.#file, { force: true })
  }
}

/** Who gives way does not take the lock again before those who wait have had it. */
export async function letPass(path: string): Promise<void> {
  while (isAsked(path)) await sleep(often)
}

export function whenAsked(path: string, tell: () => void): NodeJS.Timeout {
  return setInterval(() => {
    if (isAsked(path)) tell()
  }, often).unref()
}

function isAsked(path: string): boolean {
  const { mtimeMs } = statSync(fileOf(path), { throwIfNoEntry: false }) ?? { mtimeMs: 0 }
  // One of the future was left by a clock that has been set back since.
  return Math.abs(Date.now() - mtimeMs) < fresh
}

function fileOf(path: string): string {
  return `${path}.wanted`
}
