/** Random pushes, in any order of time and several at once, while versions change: the store holds what a model holds. */

import { beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { entity } from '../../src/config/define.js'
import { float64, int64, string } from '../../src/config/feature.js'
import { stream } from '../../src/config/stream.js'
import type { Row } from '../../src/db/database.js'
import { readerAt } from '../../src/online/history.js'
import { openOnline } from '../../src/online/open.js'
import { Pusher } from '../../src/pipeline/pusher.js'
import { Catalog } from '../../src/registry/catalog.js'
import { resolveRequest } from '../../src/training/request.js'
import { pointInTimeRows } from '../../src/training/rows.js'
import { Trial } from '../plan/trial.js'
import { patience, rounds } from '../rounds.js'
import { describeEachDatabase } from '../servers/databases.js'
import { bytes } from '../streams.js'
import { least, type ModelPush, type ModelRow, PushModel, type Values } from './push-model.js'

const entities = ['a', 'b', 'Ä "c"']
const tenants = ['left', 'right'] as const
/** Around the end of a month. */
const slots = 6
const instant = (slot: number) => new Date(Date.parse('2024-02-29T22:00:00Z') + slot * 3_600_000).toISOString()

const pushes = fc.record<ModelPush>({
  entity: fc.constantFrom(...entities),
  slot: fc.option(fc.nat(slots - 1), { freq: 6, nil: undefined }),
  features: fc
    .record(
      {
        n: fc.constantFrom(1, 2, -1, null),
        f: fc.constantFrom(0.1, Number.NaN, Number.POSITIVE_INFINITY, -0, 0, null),
        s: fc.constantFrom('x', 'y', "'\\ü", null),
      },
      { requiredKeys: [] },
    )
    .filter((features) => Object.keys(features).length > 0),
})

const steps = fc.array(
  fc.record({
    tenant: fc.constantFrom(...tenants),
    // At once.
    calls: fc.array(fc.array(pushes, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
    /** What the config's version is meanwhile. */
    version: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 4 }),
  }),
  { minLength: 2, maxLength: 10 },
)
type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never

let number = 0

function declared(name: string, version: number) {
  return stream(name, {
    version,
    entity: entity('thing', { id: 'string' }),
    features: { n: int64({ min: least }), f: float64(), s: string({ notNull: true }) },
  })
}

describeEachDatabase((given) => {
  beforeAll(() => new Trial({ db: given.db }).migrate())

  test(
    'history, latest, rejected rows, results and reads of the past are the model’s',
    async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (list) => {
          const name = `g${number++}`
          const trial = new Trial({ db: given.db }).declare(declared(name, 1))
          await trial.built()
          const sides = new Map(tenants.map((tenant) => [tenant, new Side(trial.as(tenant), name)]))
          for (const step of list) await sides.get(step.tenant)?.apply(step)
          for (const side of sides.values()) await side.check()
        }),
        rounds(12),
      )
    },
    patience(12, 5_000),
  )
})

/** One tenant, in a process of its own as far as the store can tell. */
class Side {
  readonly #trial: Trial
  readonly #name: string
  readonly #model = new PushModel()
  readonly #pusher: Pusher
  readonly #catalog: Catalog
  readonly #rejected: string[] = []
  readonly #past: { stamp: string; rows: unknown }[] = []

  constructor(trial: Trial, name: string) {
    const { db, project, tenant } = trial
    this.#trial = trial
    this.#name = name
    this.#catalog = new Catalog(db, 'fstore')
    this.#pusher = new Pusher({ db, project, tenant, catalog: this.#catalog })
  }

  get #scope() {
    const { db, project, tenant } = this.#trial
    return { db, project, tenant, catalog: this.#catalog }
  }

  async apply({ calls, version }: Step): Promise<void> {
    const stamped = new Set<string>()
    // Two rows of one entity without an instant are one or two, as it happens: let there be one.
    const own = calls.map((rows) =>
      rows.filter(({ entity, slot }) => slot !== undefined || (!stamped.has(entity) && stamped.add(entity))),
    )
    const written = own.map((rows) =>
      this.#pusher.setFeatures({
        group: this.#name,
        rows: rows.map(({ entity, slot, features }) => ({
          key: entity,
          features,
          ...(slot !== undefined && { eventTimestamp: instant(slot) }),
        })),
      }),
    )
    if (version !== null) this.#trial.declare(declared(this.#name, version))
    const [results] = await Promise.all([Promise.all(written), version === null ? undefined : this.#trial.built()])
    this.#model.tick()
    for (const [i, rows] of own.entries()) {
      const outcomes = rows.map((row) => ({ row, outcome: this.#model.push(row) }))
      const count = (what: string) => outcomes.filter(({ outcome }) => outcome === what).length
      const rejected = outcomes.flatMap(({ outcome }, row) =>
        typeof outcome === 'string' ? [] : [{ row, reasons: outcome }],
      )
      expect(results[i]).toEqual({
        written: count('written'),
        unchanged: count('unchanged'),
        rejected,
        online: 'latest',
      })
      for (const { row, outcome } of outcomes)
        if (typeof outcome !== 'string') this.#rejected.push(`${row.entity} ${outcome.join()}`)
    }
    const history = await this.#history()
    const stamp = history
      .map(({ created_at }) => micros(created_at))
      .sort()
      .at(-1)
    if (stamp !== undefined) this.#past.push({ stamp, rows: this.#expected() })
  }

  async #history(): Promise<Row[]> {
    const fingerprint = (await this.#live()).fingerprint
    return this.#trial.rows(`SELECT * FROM fstore_offline."${this.#name}__${fingerprint}"
      ORDER BY id, event_timestamp, created_at`)
  }

  async #live() {
    this.#catalog.forget()
    const active = (await this.#catalog.entries()).get(this.#name)?.active
    return active as NonNullable<typeof active>
  }

  /** The current rows of every entity; an instant that the database chose is told by its place only. */
  #expected() {
    return Object.fromEntries(entities.map((entity) => [entity, this.#model.current(entity).map(expectedRow)]))
  }

  async check(): Promise<void> {
    const history = await this.#history()
    expect(grouped(history.filter(({ superseded_at }) => superseded_at === null))).toEqual(this.#expected())
    for (const { stamp, rows } of this.#past)
      expect(
        grouped(
          history.filter(
            ({ created_at, superseded_at }) =>
              micros(created_at) <= stamp && (superseded_at === null || micros(superseded_at) > stamp),
          ),
        ),
      ).toEqual(rows)
    this.#checkChains(history)
    const rejected = await this.#trial.rows('SELECT content, reasons FROM fstore.rejected_rows WHERE group_name = $1', [
      this.#name,
    ])
    expect(rejected.map(({ content, reasons }) => `${content.id} ${reasons.join()}`).sort()).toEqual(
      this.#rejected.sort(),
    )
    await this.#checkReads()
  }

  /** Each row of an instant begins when the one before it ends; those that came and went in one transaction are not there. */
  #checkChains(history: readonly Row[]): void {
    const chains = new Map<string, Row[]>()
    for (const row of history) {
      const key = `${row.id} ${row.event_timestamp}`
      chains.set(key, [...(chains.get(key) ?? []), row])
    }
    for (const chain of chains.values()) {
      chain.forEach((row, i) => void expect(row.superseded_at).toBe(chain[i + 1]?.created_at ?? null))
      const { id, event_timestamp: at } = chain[0] as Row
      const slot = slotOf(at)
      if (slot === undefined) continue
      const expected = this.#model.chain(id, slot).map(text)
      let from = 0
      for (const row of chain) {
        from = expected.indexOf(text(row as Row & Values), from) + 1
        expect(from).toBeGreaterThan(0)
      }
    }
  }

  async #checkReads(): Promise<void> {
    const { project, tenant, db } = this.#trial
    const features = (['n', 'f', 's'] as const).map((name) => `${this.#name}.${name}`)
    const valuesOf = (read: { values: Record<string, unknown> }) => {
      const [n, f, s] = features.map((name) => read.values[name])
      return text({ n, f, s } as Values)
    }
    const none = text({ n: null, f: null, s: null })
    const online = openOnline({ project, tenant, db, registry: this.#catalog, cache: { max: 0 } })
    const latest = await online.readFeatures({ entity: 'thing', keys: entities, features })
    expect(latest.map(valuesOf)).toEqual(entities.map((one) => textOf(this.#model.before(one, Infinity)) ?? none))
    const spine: { id: string; event_timestamp: string; expected: string }[] = []
    for (let slot = -1; slot < slots; slot++) {
      const reader = readerAt(this.#scope, instant(slot))
      const reads = await reader.readFeatures({ entity: 'thing', keys: entities, features })
      const expected = entities.map((one) => textOf(this.#model.before(one, slot)) ?? none)
      expect(reads.map(valuesOf)).toEqual(expected)
      entities.forEach((id, i) => {
        spine.push({ id, event_timestamp: instant(slot), expected: expected[i] as string })
      })
    }
    const lines = spine.map(({ id, event_timestamp }) => JSON.stringify({ id, event_timestamp })).join('\n')
    const request = await resolveRequest(this.#scope, { spine: { jsonl: bytes(lines) }, features })
    const joined: string[] = []
    for await (const row of pointInTimeRows(request)) joined.push(valuesOf({ values: row.features }))
    expect(joined).toEqual(spine.map(({ expected }) => expected))
  }
}

const text = ({ n, f, s }: Values) => [n, f, s].map((value) => (value === null ? '-' : String(value))).join(' ')
const textOf = (row: ModelRow | undefined) => row && text(row.values)
const expectedRow = ({ at, values }: ModelRow) => ({ at: at < slots ? at : 'now', values: text(values) })

function slotOf(at: string): number | undefined {
  for (let slot = 0; slot < slots; slot++) if (Date.parse(instant(slot)) === Date.parse(at)) return slot
  return undefined
}

function grouped(rows: readonly Row[]) {
  const of = (id: string) => rows.filter((row) => row.id === id)
  const shown = (row: Row) => ({ at: slotOf(row.event_timestamp) ?? 'now', values: text(row as Row & Values) })
  return Object.fromEntries(entities.map((id) => [id, of(id).map(shown)]))
}

/** Text that sorts as instants do. */
function micros(stamp: string): string {
  const [, whole = '', fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(stamp) ?? []
  return `${whole}.${fraction.padEnd(6, '0')}`
}
