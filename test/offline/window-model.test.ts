/** Random sources, random windows in random order: the tables hold what a naive model holds, and nothing else moved. */

import { beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { batch, entity } from '../../src/config/define.js'
import { array, float64, int64, string } from '../../src/config/feature.js'
import type { KeyType } from '../../src/config/project.js'
import type { Row } from '../../src/db/database.js'
import { type Done, sqlOf, Trial } from '../plan/trial.js'
import { patience, rounds } from '../rounds.js'
import { describeEachDatabase } from '../servers/databases.js'
import { type Event, type ModelRow, maximum, slots, type Variant, WindowModel, windows } from './window-model.js'

const variants = fc.record<Variant>({
  composite: fc.boolean(),
  own: fc.boolean(),
  every: fc.constantFrom('1h', '1d', '7d'),
  // Mondays, so that they fit every length: before the end of a month, and before clocks change in Europe and the US.
  start: fc.constantFrom('2024-01-29T00:00:00Z', '2024-03-25T00:00:00Z', '2024-10-28T00:00:00Z'),
  lookback: fc.constantFrom(1, 3),
})

const events = fc.record<Event>({
  k: fc.constantFrom('a', 'b', 'Ä "c"', null),
  k2: fc.integer({ min: 1, max: 2 }),
  slot: fc.nat(windows * slots - 1),
  v: fc.option(fc.integer({ min: 0, max: 60 }), { freq: 4 }),
})

const range = fc
  .tuple(fc.nat(windows), fc.nat(windows))
  .filter(([a, b]) => a !== b)
  .map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }))

const commands = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ put: fc.array(events, { minLength: 1, maxLength: 12 }) }) },
    { weight: 2, arbitrary: fc.record({ remove: fc.array(fc.nat(99), { minLength: 1, maxLength: 4 }) }) },
    { weight: 3, arbitrary: fc.record({ build: range }) },
    { weight: 1, arbitrary: fc.record({ build: fc.constant({ from: 0, to: windows }) }) },
    { weight: 2, arbitrary: fc.record({ full: range }) },
    { weight: 2, arbitrary: fc.record({ materialize: range }) },
  ),
  { minLength: 4, maxLength: 14 },
)

function transform({ composite, own, every, lookback }: Variant) {
  const k2 = composite ? 'k2, ' : ''
  const values = `sum(v) AS total, sum(v)::float8 / nullif(count(v), 0) AS average, max(v) FILTER (WHERE v % 2 = 1)::text AS odd,
    array_agg(v ORDER BY at, k2) FILTER (WHERE v IS NOT NULL) AS vs`
  const stamp = own ? 'at AS event_timestamp, ' : ''
  const from = own
    ? ':start_time'
    : `:end_time - ${lookback} * interval '${{ '1h': 1, '1d': 24, '7d': 168 }[every]} hours'`
  const by = `k${composite ? ', k2' : ''}${own ? ', at' : ''}`
  return `SELECT k, ${k2}${stamp}${values} FROM events WHERE at >= ${from} AND at < :end_time GROUP BY ${by}`
}

/** What is rare by chance: an entity that is gone comes back with an older window; a row without values goes. */
const rare: Command[] = [
  { put: [{ k: 'a', k2: 1, slot: 2 * slots, v: 1 }] },
  { put: [{ k: 'b', k2: 1, slot: 2 * slots, v: null }] },
  { build: { from: 2, to: 3 } },
  { remove: [0, 1] },
  { full: { from: 2, to: 3 } },
  { put: [{ k: 'a', k2: 1, slot: 0, v: 2 }] },
  { build: { from: 0, to: 1 } },
]
const examples: [Variant, Command[]][] = [true, false].map((own) => [
  { composite: false, own, every: '1d', start: '2024-01-29T00:00:00Z', lookback: 1 },
  rare,
])

let group = 0

function declared(variant: Variant, model: WindowModel) {
  const keys: Readonly<Record<string, KeyType>> = variant.composite ? { k: 'string', k2: 'int64' } : { k: 'string' }
  return batch(`g${group++}`, {
    entity: entity('thing', keys),
    every: variant.every,
    start: new Date(model.boundary(0)).toISOString(),
    end: new Date(model.boundary(windows)).toISOString(),
    sql: sqlOf(transform(variant)),
    features: { total: int64({ max: maximum }), average: float64(), odd: string(), vs: array('int64') },
  })
}

describeEachDatabase((given) => {
  beforeAll(async () => {
    const trial = new Trial({ db: given.db })
    await trial.script(
      `CREATE TABLE events (k text, k2 int, at timestamptz, v int, UNIQUE NULLS NOT DISTINCT (k, k2, at))`,
    )
    await trial.migrate()
    await trial.script('GRANT SELECT ON events TO fstore_app')
  })

  test(
    'history, latest, rejected rows and stamps are the model’s after every step',
    async () => {
      await fc.assert(
        fc.asyncProperty(variants, commands, async (variant, list) => {
          const model = new WindowModel(variant)
          const run = new Check(new Trial({ db: given.db }), declared(variant, model), model)
          await run.trial.script('TRUNCATE events')
          for (const command of list) await run.apply(command)
          await run.checkPast()
        }),
        { ...rounds(15), examples },
      )
    },
    patience(15, 3_000),
  )
})

type Command = typeof commands extends fc.Arbitrary<(infer C)[]> ? C : never
type Tables = Readonly<Record<'history' | 'latest' | 'rejected', readonly Row[]>>
type Range = { from: number; to: number }

class Check {
  readonly trial: Trial
  readonly #name: string
  readonly #model: WindowModel
  readonly #present: Event[] = []
  /** By stamp, what was current then. */
  readonly #past = new Map<string, unknown>()
  #before: (Tables & { stamp: string }) | undefined

  constructor(trial: Trial, declared: ReturnType<typeof batch>, model: WindowModel) {
    this.trial = trial.declare(declared)
    this.#name = declared.name
    this.#model = model
  }

  async apply(command: Command): Promise<void> {
    if ('put' in command) for (const event of command.put) await this.#put(event)
    else if ('remove' in command) for (const pick of command.remove) await this.#remove(pick)
    else if ('build' in command) await this.#run(command.build, 'build')
    else if ('full' in command) await this.#run(command.full, 'full')
    else await this.#run(command.materialize, 'materialize')
  }

  async #put(event: Event): Promise<void> {
    this.#model.put(event)
    this.#present.push(event)
    const at = new Date(this.#model.at(event.slot)).toISOString()
    await this.trial.db.query(
      { role: 'owner' },
      'INSERT INTO events VALUES ($1, $2, $3, $4) ON CONFLICT (k, k2, at) DO UPDATE SET v = excluded.v',
      [event.k, event.k2, at, event.v],
    )
  }

  async #remove(pick: number): Promise<void> {
    const event = this.#present[pick % Math.max(this.#present.length, 1)]
    if (event === undefined) return
    this.#model.remove(event)
    const at = new Date(this.#model.at(event.slot)).toISOString()
    const same = 'k IS NOT DISTINCT FROM $1 AND k2 = $2 AND at = $3'
    await this.trial.db.query({ role: 'owner' }, `DELETE FROM events WHERE ${same}`, [event.k, event.k2, at])
  }

  async #run({ from, to }: Range, how: 'build' | 'full' | 'materialize'): Promise<void> {
    const [start, end] = [from, to].map((window) => new Date(this.#model.boundary(window)).toISOString()) as [
      string,
      string,
    ]
    const all = Array.from({ length: to - from }, (_, i) => from + i)
    const expected = this.#model.run(how === 'build' ? all.filter((window) => !this.#model.covers(window)) : all)
    const name = this.#name
    const parallel = (from + to) % 2 === 0 ? 3 : 1
    const done =
      how === 'materialize'
        ? await this.trial.materialize({ groups: [name], start, end, parallel })
        : await this.trial.build({ select: [name], start, end, full: how === 'full', parallel })
    expect(this.#tally(done)).toEqual(expected)
    await this.#check(done)
  }

  #tally(done: Done) {
    const { error, windows, processed, written, superseded, rejected } = done.of(this.#name)
    expect(error).toBeUndefined()
    return { windows, processed, written, superseded, rejected }
  }

  async #check(done: Done): Promise<void> {
    const [history, latest, rejected] = (await Promise.all(
      (['history', 'latest', 'rejected'] as const).map((what) => this.trial[what](this.#name)),
    )) as [Row[], Row[], Row[]]
    const current = history.filter(({ superseded_at }) => superseded_at === null)
    expect(current.map(plain)).toEqual(sorted(this.#model.current))
    this.#checkLatest(latest, current)
    expect(rejected.map(faulty).sort()).toEqual(this.#model.rejected.map(expectedFault).sort())
    const stamp = await this.#stamp()
    this.#checkUntouched({ history, latest, rejected }, stamp, done)
    this.#before = { history, latest, rejected, stamp }
    this.#past.set(stamp, current.map(plain))
  }

  #checkLatest(latest: readonly Row[], current: readonly Row[]): void {
    const newest = new Map<string, Row>()
    for (const row of current) {
      const before = newest.get(keyOf(row))
      if (before === undefined || instant(row) > instant(before)) newest.set(keyOf(row), row)
    }
    const [alive, dead] = [
      latest.filter((row) => row.superseded_at === null),
      latest.filter((row) => row.superseded_at),
    ]
    const stamped = (row: Row) => ({ ...plain(row), created: row.created_at, job: row.job_id })
    expect(alive.map(stamped)).toEqual([...newest.values()].map(stamped))
    const gone = [...this.#model.seen].filter((key) => !newest.has(key))
    expect(dead.map(keyOf).sort()).toEqual(gone.sort())
  }

  /** What this run did not change, no transaction has touched; what it wrote carries newer stamps than all before. */
  #checkUntouched(now: Tables, stamp: string, done: Done): void {
    const before = this.#before
    if (before === undefined) return
    const known = new Map(before.history.map((row) => [identity(row), row]))
    const fresh = now.history.filter((row) => !known.has(identity(row)))
    for (const row of now.history) {
      const old = known.get(identity(row))
      if (old?.superseded_at === row.superseded_at) expect(row).toEqual(old)
    }
    expect(now.history.length).toBe(before.history.length + fresh.length)
    const stamps = [...fresh.map(({ created_at }) => created_at), ...now.history.map((row) => row.superseded_at)]
    const fresher = new Set(stamps.filter((at) => at !== null && micros(at) > micros(before.stamp)))
    for (const { created_at } of fresh) expect(fresher).toContain(created_at)
    const { written, superseded, windows: ran } = done.of(this.#name)
    expect(fresh.length).toBe(written)
    expect(fresher.size).toBeLessThanOrEqual(ran)
    for (const at of fresher) expect(micros(at) <= micros(stamp)).toBe(true)
    if (written + superseded === 0) expect(now.latest).toEqual(before.latest)
    const old = new Map(before.latest.map((row) => [keyOf(row), row]))
    for (const row of now.latest) if (!fresher.has(row.written_at)) expect(row).toEqual(old.get(keyOf(row)))
    const faults = new Map(before.rejected.map((row) => [faulty(row), row]))
    for (const row of now.rejected) if (faults.has(faulty(row))) expect(row).toEqual(faults.get(faulty(row)))
  }

  async #stamp(): Promise<string> {
    const { definition } = await this.trial.compiled(this.#name)
    const [row] = await this.trial.rows(
      'SELECT last_stamp FROM fstore.coverage WHERE fingerprint = $1 AND group_name = $2',
      [definition.fingerprint, this.#name],
    )
    return row?.last_stamp ?? '0001-01-01T00:00:00Z'
  }

  async checkPast(): Promise<void> {
    for (const [stamp, rows] of this.#past) {
      const history = await this.trial.history(this.#name)
      const known = history.filter(
        ({ created_at, superseded_at }) =>
          micros(created_at) <= micros(stamp) && (superseded_at === null || micros(superseded_at) > micros(stamp)),
      )
      expect(known.map(plain)).toEqual(rows)
    }
  }
}

const keysOf = (row: Row) => ('k2' in row ? [row.k, row.k2] : [row.k])
const keyOf = (row: Row) => JSON.stringify(keysOf(row))
const instant = (row: Row) => Date.parse(row.event_timestamp)
const identity = (row: Row) => JSON.stringify([keysOf(row), row.event_timestamp, row.created_at])
const valuesOf = (row: Row) => [row.total, row.average, row.odd, row.vs]
const plain = (row: Row) => ({ keys: keysOf(row), at: instant(row), values: valuesOf(row) })

/** Text that sorts as instants do: stamps have up to six digits of a second, and none where they are zeros. */
function micros(stamp: string): string {
  const [, whole = '', fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(stamp) ?? []
  return `${whole}.${fraction.padEnd(6, '0')}`
}

/** As the database orders them: text by its bytes. */
function sorted(rows: readonly ModelRow[]) {
  const order = ({ keys, at }: ModelRow) => `${keys.join('\0')}\0${String(at).padStart(20, '0')}`
  return rows
    .toSorted((a, b) => Buffer.compare(Buffer.from(order(a)), Buffer.from(order(b))))
    .map(({ keys, at, values }) => ({ keys, at, values }))
}

function faulty(row: Row): string {
  return JSON.stringify({ ...plain(row.content), reasons: row.reasons, window: Date.parse(row.window_start) })
}

function expectedFault({ keys, at, values, reasons, window }: WindowModel['rejected'][number]): string {
  return JSON.stringify({ keys, at, values, reasons, window })
}
