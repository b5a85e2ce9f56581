/** A read through the tiers: each is asked once for what those above it could not tell, and fills them. */
import type { Tier as TierName } from '../config/inference.js'
import { FstoreError } from '../errors.js'
import type { Memory } from './memory.js'
import type { Packed } from './packed.js'
import type { FilledRow, Lookup, Tier, Told } from './tier.js'

export interface Answer {
  readonly packed: Packed | null
  readonly source: TierName
}

/** A tier that was passed over, and why. */
export interface Skipped {
  readonly tier: TierName
  readonly why: string
}

export interface Answers {
  /** In the order of the lookups; undefined where no tier could tell. */
  readonly answers: readonly (Answer | undefined)[]
  readonly skipped: readonly Skipped[]
}

export interface Limits {
  /** Milliseconds since 1970: what may be older is asked for further down. */
  readonly since?: number | undefined
  /** Asks this tier alone. */
  readonly only?: TierName | undefined
}

/** Rows that are being asked for in one go. */
interface Flight {
  answers: Promise<Answers>
}

/** A row on its way: who asks for it now waits for the same answer. */
interface Seat {
  readonly flight: Flight
  readonly place: number
}

/** A read that took longer puts nothing into the tiers above: what it found may have been erased since. Milliseconds. */
const longestFill = 1_000

/** A read of more rows seldom meets one that asks for the same, and looking for it would cost more than it saves. */
const mostShared = 64

const nothing: readonly Skipped[] = Object.freeze([])
const none: Promise<Answers> = Promise.resolve({ answers: [], skipped: nothing })

export class Tiers {
  readonly #memory: Memory | undefined
  readonly #below: readonly Tier[]
  readonly #seats = new Map<string, Seat>()
  /** Rises with every write that is heard of: a read begun before it must not put back what it found. */
  #generation = 0

  /** @param below from the nearest to the one that has the last word */
  constructor(memory: Memory | undefined, below: readonly Tier[]) {
    this.#memory = memory
    this.#below = below
  }

  /** After a write: rows by name, or all. */
  forget(names: readonly string[] | '*'): void {
    this.#generation++
    if (names === '*') this.#seats.clear()
    else for (const name of names) this.#seats.delete(name)
    if (names === '*') this.#memory?.clear()
    else this.#memory?.forget(names)
  }

  /** @throws FstoreError what the last tier says when it cannot be asked; VersionMoved */
  read(tenant: string, lookups: readonly Lookup[], { since, only }: Limits = {}): Promise<Answers> {
    if (lookups.length === 0) return none
    if (only !== undefined) return this.#readOnly(tenant, lookups, only)
    return this.#memory === undefined
      ? this.#ask(tenant, lookups, since)
      : this.#remember(this.#memory, tenant, lookups, since)
  }

  async #remember(memory: Memory, tenant: string, lookups: readonly Lookup[], since?: number): Promise<Answers> {
    const answers: (Answer | undefined)[] = lookups.map((lookup) => memory.get(lookup, since))
    const open = answers.flatMap((answer, i) => (answer === undefined ? [i] : []))
    if (open.length === 0) return { answers, skipped: nothing }
    const asked = open.map((i) => lookups[i] as Lookup)
    const told = await this.#ask(tenant, asked, since)
    for (const [k, i] of open.entries()) answers[i] = told.answers[k]
    return { answers, skipped: told.skipped }
  }

  /** One question for rows that memory lacks, several times over or for reads that are under way, too. */
  #ask(tenant: string, asked: readonly Lookup[], since?: number): Promise<Answers> {
    // A row that is on its way may be older than asked for.
    if (since !== undefined || asked.length > mostShared) return this.#descend(tenant, asked, this.#below, since)
    const own: Lookup[] = []
    const flight: Flight = { answers: none }
    const seats = asked.map((lookup): Seat => {
      const known = this.#seats.get(lookup.name)
      if (known !== undefined) return known
      const seat = { flight, place: own.push(lookup) - 1 }
      this.#seats.set(lookup.name, seat)
      return seat
    })
    if (own.length > 0) {
      flight.answers = this.#descend(tenant, own, this.#below)
      const land = () => {
        for (const { name } of own) if (this.#seats.get(name)?.flight === flight) this.#seats.delete(name)
      }
      flight.answers.then(land, land)
    }
    return own.length === asked.length ? flight.answers : landed(seats)
  }

  async #readOnly(tenant: string, lookups: readonly Lookup[], only: TierName): Promise<Answers> {
    const memory = this.#memory
    if (only === 'memory' && memory !== undefined)
      return { answers: lookups.map((one) => memory.get(one, undefined)), skipped: nothing }
    const tier = this.#below.find(({ name }) => name === only)
    if (tier === undefined) throw noTier(only)
    // A look at one tier changes nothing in the others.
    const { found } = await tier.read(tenant, lookups)
    const answers = found.map((packed) => (packed === undefined ? undefined : { packed, source: only }))
    return { answers, skipped: nothing }
  }

  async #descend(tenant: string, lookups: readonly Lookup[], tiers: readonly Tier[], since?: number): Promise<Answers> {
    const started = Date.now()
    const generation = this.#generation
    const answers: (Answer | undefined)[] = new Array(lookups.length)
    const skipped: Skipped[] = []
    let asked = lookups
    let open = lookups.map((_, i) => i)
    for (const [depth, tier] of tiers.entries()) {
      if (open.length === 0) break
      const told = await tier.read(tenant, asked, since).catch((error: unknown) => {
        if (!(error instanceof FstoreError)) throw error
        if (depth === tiers.length - 1) throw blame(error, skipped)
        skipped.push({ tier: tier.name, why: whyOf(error) })
        return undefined
      })
      if (told === undefined) continue
      const left: number[] = []
      for (const [k, i] of open.entries()) {
        const packed = told.found[k]
        if (packed === undefined) left.push(i)
        else answers[i] = { packed, source: tier.name }
      }
      if (generation === this.#generation && Date.now() - started < longestFill)
        this.#fill(tiers.slice(0, depth), asked, told)
      open = left
      asked = open.map((i) => lookups[i] as Lookup)
    }
    return { answers, skipped: skipped.length === 0 ? nothing : skipped }
  }

  #fill(above: readonly Tier[], asked: readonly Lookup[], { found, asOf }: Told): void {
    if (this.#memory === undefined && above.length === 0) return
    const rows = asked.flatMap((lookup, k): FilledRow[] => {
      const packed = found[k]
      return packed === undefined ? [] : [{ lookup, found: packed }]
    })
    if (rows.length === 0) return
    this.#memory?.fill(rows, asOf)
    for (const tier of above) tier.fill?.(rows, asOf)
  }
}

/** Of several flights, each waited for once. */
async function landed(seats: readonly Seat[]): Promise<Answers> {
  const flights = new Map<Flight, Answers>()
  for (const { flight } of seats) if (!flights.has(flight)) flights.set(flight, await flight.answers)
  const answers = seats.map(({ flight, place }) => flights.get(flight)?.answers[place])
  const skipped = new Set([...flights.values()].flatMap((told) => told.skipped))
  return { answers, skipped: skipped.size === 0 ? nothing : [...skipped] }
}

export function whyOf({ message, why }: FstoreError): string {
  return why === undefined ? message : `${message} ${why}`
}

/** An error of the last tier says what became of those before it. */
export function blame(error: FstoreError, skipped: readonly Skipped[]): FstoreError {
  if (skipped.length === 0) return error
  const why = [error.why, ...skipped.map((one) => `Before it, ${one.tier} was tried: ${one.why}`)].join(' ')
  const { where, fix, problems } = error
  return new FstoreError(error.code, error.message, { where, why, fix, problems, cause: error })
}

function noTier(name: TierName): FstoreError {
  const message = `There is no tier "${name}" here.`
  if (name === 'redis')
    return new FstoreError('USAGE', message, {
      why: 'No Redis is configured.',
      fix: 'Set REDIS_URL, or redis in the profile.',
    })
  return new FstoreError('USAGE', message, {
    why: 'This process keeps no rows in memory.',
    fix: 'Ask redis or latest.',
  })
}
