/** Which tenants there are. Asked at times and kept: a read that Redis answers needs no Postgres. */
import { didYouMean } from '../config/did-you-mean.js'
import type { Tenant } from '../registry/tenants.js'
import type { AnyStore } from '../store.js'
import { HttpFailure } from './failure.js'

/** A list is read again after so long, and sooner before anyone is refused by it: milliseconds. */
const fresh = 10_000
const freshToRefuse = 1_000

export class Roster {
  readonly #store: AnyStore
  #statuses: ReadonlyMap<string, Tenant['status']> | undefined
  #readAt = 0
  #reading: Promise<void> | undefined

  constructor(store: AnyStore) {
    this.#store = store
  }

  /** @returns undefined where it can be said at once @throws HttpFailure TENANT_UNKNOWN, TENANT_SUSPENDED */
  check(tenant: string): Promise<void> | undefined {
    const age = Date.now() - this.#readAt
    const isActive = this.#isActive(tenant)
    if (age > (isActive ? fresh : freshToRefuse)) {
      const reading = this.read()
      if (!isActive) return reading.then(() => this.#judge(tenant))
      // Postgres may be away: what was known holds until it is back.
      reading.catch(() => {})
    }
    this.#judge(tenant)
    return undefined
  }

  /** A project's own tenant is there by the first build, and who runs the server has named it. */
  #isActive(tenant: string): boolean {
    return (this.#statuses?.get(tenant) ?? (tenant === this.#store.tenant ? 'active' : undefined)) === 'active'
  }

  #judge(tenant: string): void {
    const status = this.#statuses?.get(tenant)
    if (status === 'suspended')
      throw new HttpFailure('TENANT_SUSPENDED', `The tenant "${tenant}" is suspended.`, {
        fix: `fstore tenants add ${tenant} makes it active again.`,
      })
    if (!this.#isActive(tenant))
      throw new HttpFailure('TENANT_UNKNOWN', `There is no tenant "${tenant}".`, {
        fix: this.#addUnlessMeant(tenant),
      })
  }

  /** One that is near is named, and no other: who asks may be let in for any, and need not have the list. */
  #addUnlessMeant(tenant: string): string {
    const known = [...(this.#statuses ?? [])].flatMap(([name, status]) => (status === 'active' ? [name] : []))
    const near = didYouMean(tenant, known)
    return `${near && `${near} Where it is a new one: `}fstore tenants add ${tenant} adds it.`
  }

  /** Those that are active; before the first build the project's own. */
  async active(): Promise<string[]> {
    await this.read()
    const statuses = this.#statuses ?? new Map()
    if (statuses.size === 0) return [this.#store.tenant]
    return [...statuses].flatMap(([tenant, status]) => (status === 'active' ? [tenant] : []))
  }

  /** @throws FstoreError DATABASE_UNREACHABLE */
  read(): Promise<void> {
    this.#reading ??= this.#store
      .tenants()
      .catch((error: unknown) => {
        if ((error as { code?: unknown }).code === 'NOT_MIGRATED') return []
        throw error
      })
      .then((tenants) => {
        this.#statuses = new Map(tenants.map(({ tenant, status }) => [tenant, status]))
        this.#readAt = Date.now()
      })
      .finally(() => {
        this.#reading = undefined
      })
    return this.#reading
  }
}
