/** On-demand features of a read: SQL is run beside the read of the tiers, functions over what that has found. */
import type { Functions, LoadFunctions } from '../config/functions.js'
import type { FeatureValue } from '../config/inference.js'
import { compareInstants, fromMicroseconds, toDate } from '../config/instant.js'
import type { KeyTexts } from '../config/key.js'
import type { OnDemandSpec, Project } from '../config/project.js'
import type { Database } from '../db/database.js'
import { FstoreError } from '../errors.js'
import {
  type Computation,
  computationOf,
  computedValue,
  readRequest,
  runComputation,
  type Values,
} from '../offline/computation.js'
import {
  addComputed,
  asked,
  askedSql,
  compileOnDemand,
  computedColumn,
  type OnDemandSelect,
  onDemandError,
  twice,
} from '../offline/on-demand-sql.js'
import type { CatalogEntries } from '../registry/catalog.js'
import { instantOf, jsonArraySql, unpack, valueSql } from '../registry/value.js'
import { Statement } from '../transform/statement.js'
import type { Values as Assembled } from './answer.js'
import type { ComputedNode, KeyAt, OnDemandPlan, Origin } from './on-demand-plan.js'

/** What on-demand groups are computed by. */
export interface OnDemandSources {
  readonly db: Database
  readonly functions?: LoadFunctions | undefined
  /** The folder that `sqlFile()` paths start from. */
  readonly root?: string | undefined
  readonly files?: readonly string[] | undefined
}

interface OnDemandScope extends OnDemandSources {
  readonly project: Project
  readonly tenant: string
}

/** The features of one group and entity, and as of when. */
interface Computed {
  readonly values: ReadonlyMap<string, unknown>
  readonly eventTimestamp: string
}

/** By node of SQL, the result for each entity asked for. */
export type SqlResults = ReadonlyMap<ComputedNode, readonly Computed[]>

/** Whose features they are: for each answer, the keys of its entities. */
type Entities = readonly (readonly KeyTexts[])[]

/** What answers are made of, besides the stored features. */
export interface GivenAnswers {
  readonly plan: OnDemandPlan
  readonly sql: SqlResults
  readonly entities: Entities
  readonly request: unknown
  /** Microseconds since 1970: as of when a value is that depends on no stored one. */
  readonly now: bigint
}

export class OnDemandReader {
  readonly #options: OnDemandScope
  readonly #selects = new Map<OnDemandSpec, Promise<OnDemandSelect>>()
  #functions: Promise<Functions> | undefined
  #computations = new Map<OnDemandSpec, Computation>()

  constructor(options: OnDemandScope) {
    this.#options = options
  }

  /** Loads what the plan's functions are, once. */
  async #prepare({ nodes }: OnDemandPlan): Promise<void> {
    for (const { group } of nodes) {
      if (group.sql !== undefined || this.#computations.has(group)) continue
      this.#functions ??= this.#options.functions?.() ?? Promise.resolve(new Map())
      this.#computations.set(group, computationOf(group, await this.#functions))
    }
  }

  /** @param at as of when, in microseconds since 1970; now where absent */
  async runSql(
    { nodes }: OnDemandPlan,
    entities: Entities,
    catalog: CatalogEntries,
    at: bigint | undefined,
  ): Promise<SqlResults> {
    const instant = at === undefined ? undefined : fromMicroseconds(at)
    const own = nodes.filter(({ group }) => group.sql !== undefined)
    const run = async (node: ComputedNode) => {
      const texts = entities.map((keys) => keyOf(keys, node))
      return [node, texts.length === 0 ? [] : await this.#runSelect(node.group, texts, catalog, instant)] as const
    }
    return new Map(await Promise.all(own.map(run)))
  }

  async #runSelect(
    group: OnDemandSpec,
    texts: readonly KeyTexts[],
    catalog: CatalogEntries,
    at: string | undefined,
  ): Promise<Computed[]> {
    const { db, tenant } = this.#options
    const select = await this.#selectOf(group)
    const statement = new Statement()
    const values = group.features.map((feature, i) => valueSql(feature, `r.${computedColumn(i)}`))
    statement.add(`SELECT ${asked}.i, ${jsonArraySql([`${asked}.at`, ...values])}::text AS packed FROM `)
    statement.add(`${askedSql(statement, group, texts, at)} LEFT JOIN LATERAL `)
    addComputed(statement, select, { tenant, catalog }).add(' AS r ON true')
    const session = { role: 'app', tenant, readOnly: true } as const
    const { rows } = await db
      .query<{ i: number; packed: string }>(session, statement.text, statement.parameters)
      .catch((error: unknown) => Promise.reject(onDemandError(error, statement, select)))
    const found: Computed[] = new Array(texts.length)
    for (const { i, packed } of rows) {
      if (found[i] !== undefined) throw twice(group, keyText(group, texts[i] as KeyTexts))
      const [instant, ...row] = JSON.parse(packed) as [string, ...unknown[]]
      const named = group.features.map((feature, f) => [feature.name, unpack(feature, row[f])] as const)
      found[i] = { values: new Map(named), eventTimestamp: instantOf(instant) }
    }
    return found
  }

  #selectOf(group: OnDemandSpec): Promise<OnDemandSelect> {
    const { project, root = process.cwd(), files } = this.#options
    const known = this.#selects.get(group)
    if (known !== undefined) return known
    const compiled = compileOnDemand({ project, root, files }, group)
    this.#selects.set(group, compiled)
    // A file that was not there may be there next time.
    compiled.catch(() => this.#selects.delete(group))
    return compiled
  }

  /** What makes an answer of the stored features that were found for it. @throws FstoreError REQUEST_INVALID */
  async answers(given: GivenAnswers): Promise<(index: number, stored: Assembled) => Assembled> {
    const { plan, sql, entities, now, request } = given
    const requests = requestsOf(plan, request, entities.length)
    await this.#prepare(plan)
    return (index, stored) => {
      const keys = entities[index] as readonly KeyTexts[]
      return this.#answer({ plan, stored, sql, index, keys, requests: requests(index), now })
    }
  }

  /**
   * One answer of the stored features that were found, and of what is computed of them.
   *
   * @param options.requests checked already
   */
  #answer(options: {
    readonly plan: OnDemandPlan
    readonly stored: Assembled
    readonly sql: SqlResults
    readonly index: number
    readonly keys: readonly KeyTexts[]
    readonly requests: Requests
    readonly now: bigint
  }): Assembled {
    const { plan, stored, sql, index, keys, requests, now } = options
    const computed: Computed[] = []
    const valueFrom = (from: Origin): FeatureValue<unknown> =>
      'ask' in from
        ? (stored.features[from.ask] as FeatureValue<unknown>)
        : featureValue(computed[from.node] as Computed, from.feature)
    for (const node of plan.nodes) {
      const done = sql.get(node)?.[index]
      if (done === undefined) {
        const inputs = node.inputs.map(({ name, from }) => [name, valueFrom(from)] as const)
        computed.push(this.#compute(node, inputs, requests.get(node.group) ?? {}, keyOf(keys, node), now))
      } else computed.push(done)
    }
    const features: Record<string, FeatureValue<unknown>> = {}
    const values: Record<string, unknown> = {}
    for (const { name, from } of plan.answer) {
      const value = valueFrom(from)
      features[name] = value
      values[name] = value.value
    }
    return { features, values }
  }

  #compute(
    { group }: ComputedNode,
    inputs: readonly (readonly [string, FeatureValue<unknown>])[],
    request: Values,
    key: KeyTexts,
    now: bigint,
  ): Computed {
    const given = Object.fromEntries(inputs.map(([name, { value }]) => [name, value]))
    const exact = runComputation(this.#computations.get(group) as Computation, given, request, () =>
      keyText(group, key),
    )
    const values = new Map(group.features.map((feature, i) => [feature.name, computedValue(feature, exact[i] ?? null)]))
    const stamps = inputs.flatMap(([, { status, eventTimestampText }]) =>
      status === 'EXPIRED' || eventTimestampText === null ? [] : [eventTimestampText],
    )
    const [first = fromMicroseconds(now), ...others] = stamps
    return { values, eventTimestamp: others.reduce((a, b) => (compareInstants(a, b) < 0 ? b : a), first) }
  }
}

/** By group, what its function gets of what a caller says. */
type Requests = ReadonlyMap<OnDemandSpec, Values>

/**
 * @param request of all answers, or a list with that of each
 * @returns what an answer is computed with, by its place
 * @throws FstoreError REQUEST_INVALID
 */
function requestsOf(plan: OnDemandPlan, request: unknown, answers: number): (index: number) => Requests {
  if (!Array.isArray(request)) {
    const all = requestOf(plan, request)
    return () => all
  }
  if (request.length !== answers)
    throw new FstoreError('REQUEST_INVALID', `There is request data for ${request.length} of ${answers} keys.`, {
      fix: 'Give one object for all keys, or a list with one for each.',
    })
  const each = request.map((one) => requestOf(plan, one))
  return (index) => each[index] as Requests
}

function requestOf({ nodes }: OnDemandPlan, request: unknown): Requests {
  const given = request ?? {}
  if (typeof given !== 'object' || Array.isArray(given))
    throw new FstoreError('REQUEST_INVALID', 'The request data is no object.', {
      fix: 'Give an object, such as { scheduled_at: new Date() }.',
    })
  const groups = new Set(nodes.flatMap(({ group }) => (group.request.length === 0 ? [] : [group])))
  return new Map([...groups].map((group) => [group, readRequest(group, given as Values)]))
}

function keyOf(keys: readonly KeyTexts[], { entity, take }: KeyAt): KeyTexts {
  const key = keys[entity] as KeyTexts
  return take === undefined ? key : take.map((place) => key[place] as string)
}

function keyText({ entity }: OnDemandSpec, texts: KeyTexts): string {
  return entity.keys.map(({ name }, i) => `${name}=${texts[i]}`).join(' ')
}

function featureValue({ values, eventTimestamp }: Computed, name: string): FeatureValue<unknown> {
  const value = values.get(name) ?? null
  const stamp = {
    eventTimestamp: toDate(eventTimestamp),
    eventTimestampText: eventTimestamp,
    source: 'on_demand',
  } as const
  return value === null ? { value, status: 'NULL_VALUE', ...stamp } : { value, status: 'PRESENT', ...stamp }
}
