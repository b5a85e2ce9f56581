/** A store for each tenant that is asked for: opened by the first request, and closed when others are asked for more. */
import type { AnyStore } from '../store.js'
import { Roster } from './roster.js'

interface Lent {
  readonly store: AnyStore
  users: number
}

export class TenantStores {
  readonly roster: Roster
  readonly own: AnyStore
  readonly #most: number
  /** Those longest unused come first. */
  readonly #others = new Map<string, Lent>()

  /** @param most stores besides the server's own, but for those in use */
  constructor(own: AnyStore, most: number) {
    this.own = own
    this.#most = most
    this.roster = new Roster(own)
  }

  /** @throws HttpFailure TENANT_UNKNOWN, TENANT_SUSPENDED */
  async use<T>(tenant: string | undefined, work: (store: AnyStore) => Promise<T>): Promise<T> {
    const name = tenant ?? this.own.tenant
    const checked = this.roster.check(name)
    if (checked !== undefined) await checked
    if (name === this.own.tenant) return work(this.own)
    const lent = this.#lend(name)
    try {
      return await work(lent.store)
    } finally {
      lent.users--
      this.#closeUnused()
    }
  }

  get size(): number {
    return this.#others.size
  }

  async close(): Promise<void> {
    const all = [...this.#others.values()]
    this.#others.clear()
    await Promise.all(all.map(({ store }) => store.close()))
  }

  #lend(tenant: string): Lent {
    const lent = this.#others.get(tenant) ?? { store: this.own.forTenant(tenant), users: 0 }
    this.#others.delete(tenant)
    this.#others.set(tenant, lent)
    lent.users++
    return lent
  }

  #closeUnused(): void {
    for (const [tenant, { store, users }] of this.#others) {
      if (this.#others.size <= this.#most) return
      if (users > 0) continue
      this.#others.delete(tenant)
      // What it had not sent to Redis goes there first, and nobody waits for it.
      store.close().catch(() => {})
    }
  }
}
