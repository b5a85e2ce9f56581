/** Random events, repeated, late and in any batches, from two writers at once: the store holds what a fold gives. */

import { isDeepStrictEqual } from 'node:util'
import { beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { z } from 'zod'
import { defineConfig, entity } from '../../src/config/define.js'
import { float64, int64, string } from '../../src/config/feature.js'
import { functionsOf } from '../../src/config/functions.js'
import { average, ema, first, increment, last, max, mode } from '../../src/config/reducer.js'
import { stream } from '../../src/config/stream.js'
import type { Row } from '../../src/db/database.js'
import { openOnline } from '../../src/online/open.js'
import { Ingester, type RejectedEvent } from '../../src/pipeline/ingester.js'
import { Catalog } from '../../src/registry/catalog.js'
import { resolveRequest } from '../../src/training/request.js'
import { pointInTimeRows } from '../../src/training/rows.js'
import { Trial } from '../plan/trial.js'
import { patience, rounds } from '../rounds.js'
import { describeEachDatabase } from '../servers/databases.js'
import { bytes } from '../streams.js'
import { future, IngestModel, type ModelEvent, most, type Values } from './ingest-model.js'

const entities = ['a', 'b', 'Ä "c"']
/** Around the end of a month. */
const slots = 6
const instant = (slot: number) =>
  new Date(slot === future ? Date.now() + 3_600_000 : Date.parse('2024-02-29T22:00:00Z') + slot * 3_600_000)

const payload = z.object({ who: z.string().nullable(), n: z.number(), word: z.string().nullable() })

function declared(name: string) {
  return stream(name, {
    version: 1,
    entity: entity('thing', { id: 'string' }),
    features: {
      count: int64({ max: most }),
      smooth: float64(),
      mean: float64(),
      usual: string(),
      firstly: string(),
      lastly: string({ pattern: '^[a-z]+$' }),
      high: int64({ notNull: true }),
      trail: string(),
    },
    events: { told: payload, counted: payload },
    on: {
      told: {
        key: ({ who }) => who,
        set: {
          count: increment(),
          smooth: ema(0.3, ({ n }) => n),
          mean: average(({ n }) => n),
          usual: mode(({ word }) => word),
          firstly: first(({ word }) => word),
          lastly: last(({ word }) => word),
          high: max(({ n }) => n),
          trail: ({ n, word }, before) => {
            if (word === 'No') throw new Error('no')
            return `${before ?? ''}${n}`
          },
        },
      },
      counted: { key: ({ who }) => who && { id: who }, set: { count: increment() } },
    },
  })
}

const events = fc.record({
  id: fc.nat(40).map(String),
  type: fc.constantFrom('told' as const, 'told' as const, 'counted' as const),
  slot: fc.oneof({ weight: 9, arbitrary: fc.nat(slots - 1) }, fc.constant(future)),
  payload: fc.record({
    who: fc.constantFrom(...entities, 'a', null),
    n: fc.integer({ min: 0, max: 9 }),
    word: fc.constantFrom('x', 'y', 'zz', 'No', null),
  }),
})
/** What each of two writers ingests at once, call by call. */
const steps = fc.array(fc.tuple(fc.array(events, { maxLength: 6 }), fc.array(events, { maxLength: 6 })), {
  minLength: 2,
  maxLength: 8,
})

const late = 'timestamp lies more than a minute ahead of the clock of the database'

let number = 0

describeEachDatabase((given) => {
  beforeAll(() => new Trial({ db: given.db }).migrate())

  test(
    'history, latest, rejected rows, counts, and what was known at each moment are those of a fold in commit order',
    async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (list) => {
          const run = new Run(new Trial({ db: given.db }), `e${number++}`)
          await run.build()
          for (const step of list) await run.apply(step)
          await run.check()
        }),
        rounds(10),
      )
    },
    patience(10, 5_000),
  )
})

class Run {
  readonly #trial: Trial
  readonly #name: string
  /** All that it may have come to. */
  #models: readonly IngestModel[] = [new IngestModel()]
  readonly #catalog: Catalog
  readonly #writers: readonly Ingester[]
  readonly #reads: { at: string; id: string; values: Values | undefined }[] = []

  constructor(trial: Trial, name: string) {
    const group = declared(name)
    const { db, tenant, project } = trial.declare(group)
    this.#trial = trial
    this.#name = name
    this.#catalog = new Catalog(db, 'fstore')
    const functions = async () => functionsOf(defineConfig({ project: 'trial', groups: [group] }))
    const options = { db, project, tenant, functions }
    // In processes of their own, as far as the store can tell.
    this.#writers = [this.#catalog, new Catalog(db, 'fstore')].map((catalog) => new Ingester({ ...options, catalog }))
  }

  async build(): Promise<void> {
    await this.#trial.built()
  }

  async apply(step: readonly [ModelEvent[], ModelEvent[]]): Promise<void> {
    const results = await Promise.all(
      step.map((own, i) =>
        (this.#writers[i] as Ingester).ingest(
          own.map(({ slot, ...event }) => ({ ...event, timestamp: instant(slot) })),
        ),
      ),
    )
    const { project, tenant, db } = this.#trial
    const online = openOnline({ project, tenant, db, registry: this.#catalog, cache: { max: 0 } })
    const reads = await online.readFeatures({ entity: 'thing', keys: entities, features: this.#features })
    const now = reads.map((read) => valuesIn(read.values))
    const [clock] = await this.#trial.rows<{ at: string }>('SELECT clock_timestamp() AS at')
    for (const [i, id] of entities.entries()) this.#reads.push({ at: clock?.at as string, id, values: now[i] })
    // Which of the two came first, nobody has to know: one of the orders it must have been.
    const orders = [
      [0, 1],
      [1, 0],
    ] as const
    const outcomes = this.#models.flatMap((model) =>
      orders.map((order) => {
        const fork = model.fork()
        const told = order.map((writer) => [writer, this.#expected(step[writer], fork)] as const)
        const results = told.sort(([a], [b]) => a - b).map(([, result]) => result)
        return { fork, given: { results, now: entities.map((id) => fork.latest(id)) } }
      }),
    )
    const seen = { results: results.map(({ groups: _, ...result }) => result), now }
    const fitting = outcomes.filter(({ given }) => isDeepStrictEqual(given, seen))
    if (fitting.length === 0) expect(seen).toEqual(outcomes[0]?.given)
    this.#models = fitting.map(({ fork }) => fork)
  }

  #expected(events: readonly ModelEvent[], model: IngestModel) {
    const outcomes = events.map((event) => model.ingest(event))
    const count = (what: string) => outcomes.filter((outcome) => outcome === what).length
    const rejected = outcomes.flatMap((outcome, event): RejectedEvent[] => {
      if (outcome === 'late') return [{ event, group: null, reasons: [late] }]
      return typeof outcome === 'string' ? [] : [{ event, group: this.#name, reasons: outcome }]
    })
    return { applied: count('applied'), duplicates: count('duplicate'), rejected, online: 'latest' }
  }

  get #features(): string[] {
    return names.map((name) => `${this.#name}.${name}`)
  }

  async check(): Promise<void> {
    const of = (rows: readonly Row[], id: string) => rows.filter((row) => row.id === id).map(shown)
    const [history, latest] = [await this.#trial.current(this.#name), await this.#trial.latest(this.#name)]
    const rejected = (await this.#trial.rejected(this.#name)).map(
      ({ content, reasons }) => `${content.event.id} ${reasons.join()}`,
    )
    const stored = {
      history: entities.map((id) => of(history, id)),
      latest: entities.map((id) => of(latest, id)),
      rejected,
    }
    const given = this.#models.map((model) => {
      const rows = entities.map((id) => model.rows(id))
      return { history: rows, latest: rows.map((own) => own.slice(-1)), rejected: model.rejected }
    })
    if (!given.some((one) => isDeepStrictEqual(one, stored))) expect(stored).toEqual(given[0])
    await this.#checkPast()
  }

  async #checkPast(): Promise<void> {
    const { db, project, tenant } = this.#trial
    const lines = this.#reads.map(({ at, id }) => JSON.stringify({ id, event_timestamp: at })).join('\n')
    const scope = { db, project, tenant, catalog: this.#catalog }
    const spine = { jsonl: bytes(lines) }
    const request = await resolveRequest(scope, { spine, features: this.#features, knownAt: true })
    const exported: (Values | undefined)[] = []
    for await (const row of pointInTimeRows(request)) exported.push(valuesIn(row.features))
    expect(exported).toEqual(this.#reads.map(({ values }) => values))
  }
}

const names = ['count', 'smooth', 'mean', 'usual', 'firstly', 'lastly', 'high', 'trail'] as const

/** Undefined where nothing is known. */
function valuesIn(values: Readonly<Record<string, unknown>>): Values | undefined {
  const found = Object.entries(values).map(([name, value]) => [name.split('.')[1], value] as const)
  return found.every(([, value]) => value === null) ? undefined : (Object.fromEntries(found) as unknown as Values)
}

function shown(row: Row) {
  const at = (Date.parse(row.event_timestamp) - instant(0).getTime()) / 3_600_000
  return { at, values: Object.fromEntries(names.map((name) => [name, row[name]])) }
}
