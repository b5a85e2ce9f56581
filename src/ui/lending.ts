/**
 * The store of a page that stays open all day: opened by the first request, closed when nobody has asked for a while,
 * at once where another process wants the embedded database, and opened anew where the config has changed.
 */
import { TenantStores } from '../serve/tenant-stores.js'
import type { AnyStore } from '../store.js'

export interface Opened {
  readonly store: AnyStore
  /** Whether the same would be opened now. @throws FstoreError where the config is broken */
  isCurrent(): Promise<boolean>
}

export interface LendingOptions {
  /** @param whenWanted of the store */
  readonly open: (whenWanted: () => void) => Promise<Opened>
  /** Milliseconds that it stays open after an answer. */
  readonly lingering: number
}

/** For so long what was opened counts as current: milliseconds. */
const fresh = 1_000

/** One opened store, and who uses it. */
class Held {
  readonly opened: Opened
  readonly tenants: TenantStores
  checkedAt = Date.now()
  #users = 0
  #unused: (() => void) | undefined

  constructor(opened: Opened) {
    this.opened = opened
    this.tenants = new TenantStores(opened.store, 8)
  }

  get isUsed(): boolean {
    return this.#users > 0
  }

  async use<T>(tenant: string | undefined, work: (store: AnyStore) => Promise<T>): Promise<T> {
    this.#users++
    try {
      return await this.tenants.use(tenant, work)
    } finally {
      this.#users--
      if (this.#users === 0) this.#unused?.()
    }
  }

  /** When those who use it have done. */
  async close(): Promise<void> {
    if (this.isUsed) await new Promise<void>((resolve) => (this.#unused = resolve))
    try {
      await this.tenants.close()
    } finally {
      await this.opened.store.close()
    }
  }
}

export class Lending {
  readonly #options: LendingOptions
  #current: Promise<Held> | undefined
  /** Two open one directory never, in one process neither. */
  #closing: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined

  constructor(options: LendingOptions) {
    this.#options = options
  }

  /** @throws FstoreError LOCKED, CONFIG_…; HttpFailure TENANT_UNKNOWN, TENANT_SUSPENDED */
  async use<T>(tenant: string | undefined, work: (store: AnyStore) => Promise<T>): Promise<T> {
    clearTimeout(this.#timer)
    const held = await this.#take()
    try {
      return await held.use(tenant, work)
    } finally {
      clearTimeout(this.#timer)
      if (!held.isUsed) this.#timer = setTimeout(() => this.#leave(), this.#options.lingering).unref()
    }
  }

  close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#leave()
    return this.#closing
  }

  async #take(): Promise<Held> {
    for (;;) {
      const current = this.#hold()
      const held = await current
      if (held.isUsed || Date.now() - held.checkedAt < fresh) return held
      const isCurrent = await held.opened.isCurrent()
      // It may have been given away meanwhile.
      if (this.#current !== current) continue
      if (!isCurrent) this.#leave()
      else {
        held.checkedAt = Date.now()
        return held
      }
    }
  }

  #hold(): Promise<Held> {
    this.#current ??= this.#closing.then(() => this.#open())
    return this.#current
  }

  async #open(): Promise<Held> {
    const opening = this.#current
    const leave = () => {
      if (this.#current === opening) this.#leave()
    }
    try {
      return new Held(await this.#options.open(leave))
    } catch (error) {
      // Left meanwhile, it has a successor.
      if (this.#current === opening) this.#current = undefined
      throw error
    }
  }

  /** Whoever asks from now on waits until it is closed. */
  #leave(): void {
    const leaving = this.#current
    this.#current = undefined
    if (leaving === undefined) return
    const close = () => leaving.then((held) => held.close()).catch(() => {})
    this.#closing = this.#closing.then(close)
  }
}
