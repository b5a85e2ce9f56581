/** Reads of newest values: names and keys are resolved, then one pass through the tiers answers all of them. */

import { type Duration, parseDuration } from '../config/duration.js'
import type { Read, Tier as TierName } from '../config/inference.js'
import { joinKeyTexts } from '../config/join-keys.js'
import { type KeyTexts, keyTexts } from '../config/key.js'
import type { EntitySpec, Project } from '../config/project.js'
import { findEntity, findService } from '../config/reference.js'
import { DatabaseError } from '../db/database.js'
import { FstoreError } from '../errors.js'
import type { CatalogEntries } from '../registry/catalog.js'
import { abortable } from './abortable.js'
import { assemble } from './answer.js'
import type { GivenAnswers, OnDemandReader, OnDemandSources, SqlResults } from './on-demand.js'
import type { OnDemandPlan } from './on-demand-plan.js'
import { askFeatures, askVector, planRead, type Question, type ReadPlan } from './read-plan.js'
import { type Lookup, VersionMoved } from './tier.js'
import type { Answers, Limits as TierLimits, Tiers } from './tiered.js'
import type { Versions } from './versions.js'

/** What a read gives, without the types of a config. */
export type AnyRead = Read<Record<string, unknown>>

/** What may be said of any read. */
export interface ReadLimits {
  /** A tier that may hold a value as it was longer ago is passed over; `0s` asks Postgres. */
  readonly maxAge?: Duration | undefined
  /** Asks this tier alone. */
  readonly tier?: Exclude<TierName, 'on_demand' | 'history'> | undefined
  readonly signal?: AbortSignal | undefined
  /** What on-demand features are computed with, besides what is stored: for all keys, or a list with that of each. */
  readonly request?: Readonly<Record<string, unknown>> | readonly Readonly<Record<string, unknown>>[] | undefined
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
  /** Absent: there is no on-demand group. */
  readonly onDemand?: OnDemandSources | undefined
}): Reader {
  const { project, tenant, tiers, versions, at } = options
  let computing: Promise<OnDemandReader> | undefined
  const entitiesByName = new Map<string, EntitySpec>()
  const questions = new Map<string, Question>()
  let last: { entity: EntitySpec; features: readonly string[]; question: Question } | undefined
  const plans = new WeakMap<CatalogEntries, WeakMap<Question, ReadPlan>>()

  return {
    async readFeatures({ entity: name, keys, features, ...limits }) {
      const started = performance.now()
      const entity = entityOf(name)
      const entities = keys.map((key) => [keyTexts(entity, key)])
      return read({ started, question: questionOf(entity, features, limits.request), entities, limits })
    },

    async readVectors({ service: name, keys, ...limits }) {
      const started = performance.now()
      const service = findService(project, name)
      const entities = keys.map((key) => joinKeyTexts(project, service, key))
      const question = kept(`\n${name}`, () => askVector(project, service))
      return read({ started, question, entities, limits })
    },
  }

  function entityOf(name: string): EntitySpec {
    const entity = entitiesByName.get(name) ?? findEntity(project, name)
    entitiesByName.set(name, entity)
    return entity
  }

  function questionOf(entity: EntitySpec, features: readonly string[] | undefined, request: ReadLimits['request']) {
    const { name } = entity
    if (features !== undefined) {
      // Mostly it is what was asked last: then no text of all names has to be made.
      if (last?.entity === entity && isSame(last.features, features)) return last.question
      const question = kept(`${name}\n${features.join('\n')}`, () => askFeatures(project, entity, features))
      last = { entity, features: [...features], question }
      return question
    }
    // Of all features, those that lack request data are left out.
    const given = Object.keys([request ?? {}].flat()[0] ?? {})
    return kept([name, ...given].join('\n\n'), () => askFeatures(project, entity, features, given))
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
    const known = own.get(question)
    if (known !== undefined) return known
    const plan = planRead({ project, tenant, catalog: entries, question })
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
    const { plan, answers, skipped, sql } = await abortable(limits.signal, () =>
      ask(question, entities, limitsOf(limits)),
    )
    const now = at ?? BigInt(Date.now()) * 1000n
    const given = { plan: plan.onDemand, sql, entities, now, request: limits.request }
    const computed = plan.onDemand === undefined ? undefined : await (await computer()).answers(given as GivenAnswers)
    const latencyMs = Math.round((performance.now() - started) * 1000) / 1000
    const metadata = { skipped }
    return entities.map((_, i) => {
      const stored = assemble(plan.wanted, answers, now, i * plan.rows.length)
      const { features, values } = computed?.(i, stored) ?? stored
      return { features, values, latencyMs, metadata }
    })
  }

  async function ask(
    question: Question,
    entities: readonly (readonly KeyTexts[])[],
    limits: Limits,
  ): Promise<Answers & { plan: ReadPlan; sql?: SqlResults }> {
    const { references } = question
    // Who will not take a value from Redis does not want the version that it was of.
    let ofRegistry = limits.only === 'latest' || limits.isNow === true
    for (let tries = 1; ; tries++) {
      const plan = planOf(await versions.entries(references, ofRegistry), question)
      // Only a catalogue that never stands still is met as often; the last word has no catalogue beside it.
      const own = tries < mostTries ? limits : { ...limits, only: 'latest' as const }
      try {
        const reading = tiers.read(tenant, lookupsOf(plan, entities), own)
        if (plan.onDemand === undefined) return { plan, ...(await reading) }
        const [told, sql] = await Promise.all([reading, runSql(plan.onDemand, entities)])
        return { plan, ...told, sql }
      } catch (error) {
        if (error instanceof VersionMoved) continue
        if (ofRegistry || !isDropped(error)) throw error
        versions.forget()
        ofRegistry = true
      }
    }
  }

  /** It reads histories in Postgres, also those of groups of which Redis knows nothing. */
  async function runSql(plan: OnDemandPlan, entities: readonly (readonly KeyTexts[])[]): Promise<SqlResults> {
    if (plan.nodes.every(({ group }) => group.sql === undefined)) return new Map()
    const [own, catalog] = await Promise.all([computer(), versions.entries([], true)])
    return own.runSql(plan, entities, catalog, at)
  }

  /** Loaded with the first question that needs it. */
  function computer(): Promise<OnDemandReader> {
    computing ??= import('./on-demand.js').then(
      ({ OnDemandReader }) => new OnDemandReader({ ...(options.onDemand as OnDemandSources), project, tenant }),
    )
    return computing
  }

  function lookupsOf({ rows }: ReadPlan, entities: readonly (readonly KeyTexts[])[]): Lookup[] {
    const lookups: Lookup[] = []
    for (const keys of entities)
      for (const { version, entity, take, pinned, nameOf } of rows) {
        const whole = keys[entity] as KeyTexts
        const key = take === undefined ? whole : take.map((place) => whole[place] as string)
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

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i])
}

/** The version's table is gone: whoever cleaned it up could not tell Redis. */
function isDropped(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '42P01'
}
