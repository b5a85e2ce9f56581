/** Reads of newest values: names and keys are resolved, then one pass through the tiers answers all of them. */

import { type Duration, parseDuration } from '../config/duration.js'
import type { Read, Tier as TierName } from '../config/inference.js'
import { joinKeyTexts } from '../config/join-keys.js'
import { type KeyTexts, keyTexts } from '../config/key.js'
import type { Project } from '../config/project.js'
import { findEntity, findService } from '../config/reference.js'
import { DatabaseError } from '../db/database.js'
import { FstoreError } from '../errors.js'
import type { CatalogEntries } from '../registry/catalog.js'
import { assemble } from './answer.js'
import { askFeatures, askVector, planRead, type Question, type ReadPlan } from './read-plan.js'
import { type Lookup, VersionMoved } from './tier.js'
import type { Answers, Limits as TierLimits, Tiers } from './tiered.js'
import type { Versions } from './versions.js'

export type AnyRead = Read<Record<string, unknown>>

/** What may be said of any read. */
export interface ReadLimits {
  /** A tier that may hold a value as it was longer ago is passed over; `0s` asks Postgres. */
  readonly maxAge?: Duration | undefined
  /** Asks this tier alone. */
  readonly tier?: Exclude<TierName, 'on_demand' | 'history'> | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Reader {
  readFeatures(
    request: {
      readonly entity: string
      readonly keys: readonly unknown[]
      readonly features?: readonly string[] | undefined
    } & ReadLimits,
  ): Promise<AnyRead[]>
  readVectors(request: { readonly service: string; readonly keys: readonly unknown[] } & ReadLimits): Promise<AnyRead[]>
}

interface Limits extends TierLimits {
  /** Nothing that is older than this very read is wanted. */
  readonly isNow?: boolean
}

/** How often a read is planned anew because a promotion overtook it. */
const mostTries = 10
/** Questions that are kept, with their plans. */
const mostQuestions = 1_000

export function openReader(options: {
  readonly project: Project
  readonly tenant: string
  readonly tiers: Tiers
  readonly versions: Versions
  /** The instant, in microseconds since 1970, that a ttl reaches back from; now when absent. */
  readonly at?: bigint
}): Reader {
  const { project, tenant, tiers, versions, at } = options
  const questions = new Map<string, Question>()
  const plans = new WeakMap<CatalogEntries, WeakMap<Question, ReadPlan>>()

  return {
    async readFeatures({ entity: name, keys, features, ...limits }) {
      const started = performance.now()
      const entity = findEntity(project, name)
      const entities = keys.map((key) => [keyTexts(entity, key)])
      const words = features === undefined ? name : `${name}\n${features.join('\n')}`
      const question = kept(words, () => askFeatures(project, entity, features))
      return read({ started, question, entities, limits })
    },

    async readVectors({ service: name, keys, ...limits }) {
      const started = performance.now()
      const service = findService(project, name)
      const entities = keys.map((key) => joinKeyTexts(project, service, key))
      const question = kept(`\n${name}`, () => askVector(project, service))
      return read({ started, question, entities, limits })
    },
  }

  function kept(words: string, ask: () => Question): Question {
    const known = questions.get(words)
    if (known !== undefined) return known
    const question = ask()
    if (questions.size >= mostQuestions) questions.clear()
    questions.set(words, question)
    return question
  }

  function planOf(entries: CatalogEntries, question: Question): ReadPlan {
    const own = plans.get(entries) ?? new WeakMap<Question, ReadPlan>()
    const plan = own.get(question) ?? planRead({ project, tenant, catalog: entries, question })
    plans.set(entries, own.set(question, plan))
    return plan
  }

  /** @param asked.entities for each answer the keys of the entities that the plan's rows are read of */
  async function read(asked: {
    readonly started: number
    readonly question: Question
    readonly entities: readonly (readonly KeyTexts[])[]
    readonly limits: ReadLimits
  }): Promise<AnyRead[]> {
    const { started, question, entities, limits } = asked
    limits.signal?.throwIfAborted()
    const { plan, answers, skipped } = await abortable(limits.signal, () => ask(question, entities, limitsOf(limits)))
    const now = at ?? BigInt(Date.now()) * 1000n
    const latencyMs = Math.round((performance.now() - started) * 1000) / 1000
    const metadata = { skipped }
    return entities.map((_, i) => {
      const { features, values } = assemble(plan.wanted, answers, now, i * plan.rows.length)
      return { features, values, latencyMs, metadata }
    })
  }

  async function ask(
    question: Question,
    entities: readonly (readonly KeyTexts[])[],
    limits: Limits,
  ): Promise<Answers & { plan: ReadPlan }> {
    const references = question.asks.map(({ reference }) => reference)
    // Who will not take a value from Redis does not want the version that it was of.
    let ofRegistry = limits.only === 'latest' || limits.isNow === true
    for (let tries = 1; ; tries++) {
      const plan = planOf(await versions.entries(references, ofRegistry), question)
      // Only a catalogue that never stands still is met as often; the last word has no catalogue beside it.
      const own = tries < mostTries ? limits : { ...limits, only: 'latest' as const }
      try {
        return { plan, ...(await tiers.read(tenant, lookupsOf(plan, entities), own)) }
      } catch (error) {
        if (error instanceof VersionMoved) continue
        if (ofRegistry || !isDropped(error)) throw error
        versions.forget()
        ofRegistry = true
      }
    }
  }

  function lookupsOf({ rows }: ReadPlan, entities: readonly (readonly KeyTexts[])[]): Lookup[] {
    const lookups: Lookup[] = []
    for (const keys of entities)
      for (const { version, entity, pinned, nameOf } of rows) {
        const key = keys[entity] as KeyTexts
        lookups.push({ version, key, name: nameOf(key), pinned })
      }
    return lookups
  }
}

/** @throws FstoreError USAGE */
function limitsOf({ maxAge, tier }: ReadLimits): Limits {
  if (maxAge === undefined) return { only: tier }
  const seconds = parseDuration(maxAge)
  if (seconds === undefined)
    throw new FstoreError('USAGE', `The maxAge "${maxAge}" is not a duration.`, { fix: 'Write it as 0s, 30s or 5m.' })
  return { only: tier, since: Date.now() - seconds * 1000, isNow: seconds === 0 }
}

/** The version's table is gone: whoever cleaned it up could not tell Redis. */
function isDropped(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '42P01'
}

async function abortable<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (signal === undefined) return work()
  let abort: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([work(), aborted])
  } finally {
    signal.removeEventListener('abort', abort as () => void)
  }
}
