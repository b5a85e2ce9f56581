/** Rolling groups against a naive oracle: random events, idle entities, any spans in any order, late events. */

import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { AnyGroup } from '../../src/config/define.js'
import { parseDuration } from '../../src/config/duration.js'
import type { Row } from '../../src/db/database.js'
import { type Duration, entity, rolling, sql } from '../../src/index.js'
import { Trial } from '../plan/trial.js'
import { patience, rounds } from '../rounds.js'
import { describeEachDatabase } from '../servers/databases.js'
import { type Event, functions, type Rolling, rolled } from './rolling-oracle.js'

interface Variant {
  readonly every: Duration
  readonly windows: readonly Duration[]
  readonly composite: boolean
  readonly start: string
}

const lengths = fc.constantFrom<Pick<Variant, 'every' | 'windows'>>(
  { every: '1d', windows: ['1d', '3d', '7d'] },
  { every: '1d', windows: ['7d'] },
  { every: '1h', windows: ['5h', '2h'] },
  { every: '7d', windows: ['2w', '5w'] },
  { every: '10h', windows: ['30h', '20h', '70h'] },
  { every: '90s', windows: ['3m', '45m'] },
)
// Before the end of a month, before clocks change in Europe, before 1970, and a Monday of a leap year.
const starts = fc.constantFrom('2024-01-29', '2024-03-25', '1969-12-15', '2000-02-28')
const variants = fc.tuple(lengths, fc.boolean(), starts).map(([length, composite, start]) => ({
  ...length,
  composite,
  start,
}))

/** Windows of the span that is built. Some events lie before it, and some after. */
const windows = 40
const slots = 3

const values = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -20, max: 20 }).map((quarters) => quarters / 4) },
  { weight: 3, arbitrary: fc.integer({ min: -99_999, max: 99_999 }).map((cents) => cents / 100) },
  {
    weight: 2,
    arbitrary: fc.double({ min: -1e9, max: 1e9, noNaN: true }).filter((v) => v === 0 || Math.abs(v) > 1e-9),
  },
  { weight: 1, arbitrary: fc.constantFrom(null, Number.NaN, Infinity, -Infinity, -0, 1e15, 1e-9) },
)
/** `slot` counts thirds of windows from the start; `beside` moves off the boundary. */
const events = fc.record({
  k: fc.constantFrom('a', 'b', 'Ä "c"', null),
  k2: fc.integer({ min: 1, max: 2 }),
  slot: fc.integer({ min: -20 * slots, max: (windows + 3) * slots }),
  beside: fc.constantFrom(0, 0, -1, 1),
  v: values,
})
const lists = fc.oneof(fc.array(events, { maxLength: 8 }), fc.array(events, { minLength: 20, maxLength: 80 }))
const ranges = fc
  .tuple(fc.nat(windows), fc.nat(windows))
  .filter(([a, b]) => a !== b)
  .map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }))

let group = 0

class Rolled {
  readonly trial: Trial
  readonly name = `g${group++}`
  readonly rolling: Rolling
  readonly #first: number
  events: Event[] = []

  constructor(trial: Trial, { every, windows: names, composite, start }: Variant) {
    this.rolling = {
      every: milliseconds(every),
      windows: Object.fromEntries(names.map((name) => [name, milliseconds(name)])),
      composite,
    }
    // The first boundary at or after the start: windows are counted from a Monday.
    const monday = Date.parse('1970-01-05')
    this.#first = monday + Math.ceil((Date.parse(start) - monday) / this.rolling.every) * this.rolling.every
    this.trial = trial.declare(
      rolling(this.name, {
        entity: entity('thing', composite ? { k: 'string', k2: 'int64' } : { k: 'string' }),
        source: composite ? sql`SELECT k, k2 AS number, at, v FROM events -- all of them` : 'public.events',
        timestamp: 'at',
        keys: composite ? { k2: 'number' } : {},
        measures: { events: { functions: ['count'] }, v: { expr: 'v /* of an event */', functions } },
        windows: names,
        every,
        start: this.boundary(0),
        end: this.boundary(windows),
      }) as AnyGroup,
    )
  }

  boundary(window: number): string {
    return new Date(this.#first + window * this.rolling.every).toISOString()
  }

  async add(list: readonly (typeof events extends fc.Arbitrary<infer E> ? E : never)[]): Promise<void> {
    const added = list.map(({ k, k2, slot, beside, v }) => {
      const at = this.#first + Math.round((slot * this.rolling.every) / slots) + beside
      return { k, k2, at, v }
    })
    this.events.push(...added)
    const rows = added.map((event) => ({
      ...event,
      at: new Date(event.at).toISOString(),
      v: event.v === null ? null : String(event.v),
    }))
    await this.trial.db.query(
      { role: 'owner' },
      `INSERT INTO events SELECT k, k2, at, v FROM jsonb_to_recordset($1) AS e (k text, k2 bigint, at timestamptz, v float8)`,
      [JSON.stringify(rows)],
    )
  }

  async materialize({ from, to }: { from: number; to: number }) {
    const { groups } = await this.trial.materialize({
      groups: [this.name],
      start: this.boundary(from),
      end: this.boundary(to),
    })
    expect(groups[0]?.error).toBeUndefined()
    return groups[0]
  }

  expected(from = 0, to = windows) {
    const rows = rolled(this.events, this.rolling, Date.parse(this.boundary(from)), Date.parse(this.boundary(to)))
    return rows.toSorted((a, b) => (identity(a) < identity(b) ? -1 : 1))
  }

  async current(): Promise<Row[]> {
    const rows = await this.trial.current(this.name)
    return rows
      .map(({ wrote: _, tenant_id: __, created_at: ___, superseded_at: ____, job_id: _____, ...row }) => row)
      .toSorted((a, b) => (identity(a) < identity(b) ? -1 : 1))
  }
}

const instant = ({ event_timestamp }: Row) => Date.parse(event_timestamp)
const identity = (row: Row) => JSON.stringify([row.k, row.k2, instant(row)])
const milliseconds = (name: string) => (parseDuration(name) as number) * 1000

describeEachDatabase((given) => {
  let trial: Trial
  beforeAll(async () => {
    trial = new Trial({ db: given.db })
    await trial.script('CREATE TABLE events (k text, k2 bigint, at timestamptz, v float8)')
    await trial.migrate()
    await trial.script('GRANT SELECT ON events TO fstore_app')
  })

  test(
    'rows are the oracle’s, to the last bit, whatever is run at once and however often; late events are corrections',
    async () => {
      const property = async (variant: Variant, list: Added, spans: Ranges, late: Added, again: Ranges) => {
        await trial.script('TRUNCATE events')
        const run = new Rolled(new Trial({ db: given.db }), variant)
        await run.add(list)
        for (const span of spans) await run.materialize(span)
        const built = (await run.trial.built({ select: [run.name] })).of(run.name)
        expect(await run.current()).toEqual(run.expected())
        expect(built.windows).toBe(windows - covered(spans))
        for (const span of again) expect(await run.materialize(span)).toMatchObject({ written: 0, superseded: 0 })
        await run.add(late)
        await run.materialize({ from: 0, to: windows })
        expect(await run.current()).toEqual(run.expected())
        await checkLatest(run)
      }
      await fc.assert(
        fc.asyncProperty(variants, lists, someRanges, lists, someRanges, property),
        rounds(given.kind === 'pglite' ? 6 : 10),
      )
    },
    patience(10, 6_000),
  )

  async function checkLatest(run: Rolled): Promise<void> {
    const byTime = (await run.current()).toSorted((a, b) => instant(a) - instant(b))
    const newest = new Map(byTime.map((row) => [JSON.stringify([row.k, row.k2]), row]))
    const latest = (await run.trial.latest(run.name)).filter((row) => row.superseded_at === null)
    expect(latest.map(identity).sort()).toEqual([...newest.values()].map(identity).sort())
  }

  describe('the hand-worked example of docs/rolling.md', () => {
    const spend = rolling('spend', {
      entity: entity('user', { user_id: 'string' }),
      source: 'payments',
      timestamp: 'paid_at',
      measures: { amount: { expr: 'amount', functions: ['count', 'sum', 'avg'] } },
      windows: ['7d'],
      every: '1d',
      start: '2026-03-01',
      end: '2026-03-20',
    })

    test('a label at 09:30 sees nothing of its own day, and an idle user falls to zero', async () => {
      const own = new Trial({ db: given.db, schema: 'hand', project: 'hand' }).declare(spend)
      await own.script(`CREATE TABLE payments (user_id text, paid_at timestamptz, amount numeric);
        INSERT INTO payments VALUES ('ann', '2026-03-02T08:00Z', 20), ('ann', '2026-03-04T23:59:59.999999Z', 10),
          ('ann', '2026-03-05T00:00Z', 5), ('ann', '2026-03-05T21:00Z', 100)`)
      await own.migrate()
      await own.script('GRANT SELECT ON payments TO fstore_app')
      await own.built()
      // The newest row at or before 09:30 of 5 March.
      const at = async (instant: string) => {
        const [row] = await own.rows(
          `SELECT event_timestamp, amount__count__7d AS n, amount__sum__7d AS sum, amount__avg__7d AS avg
           FROM hand_offline.spend WHERE event_timestamp <= $1 ORDER BY event_timestamp DESC LIMIT 1`,
          [instant],
        )
        return row
      }
      expect(await at('2026-03-05T09:30Z')).toEqual({ event_timestamp: '2026-03-05T00:00:00Z', n: 2, sum: 30, avg: 15 })
      expect(await at('2026-03-06T09:30Z')).toMatchObject({ n: 4, sum: 135 })
      expect(await at('2026-03-10T09:30Z')).toMatchObject({ n: 3, sum: 115 })
      expect(await at('2026-03-18T09:30Z')).toEqual({
        event_timestamp: '2026-03-13T00:00:00Z',
        n: 0,
        sum: 0,
        avg: null,
      })
      await own.drop()
      await own.script('DROP TABLE payments')
    })
  })
})

type Added = typeof lists extends fc.Arbitrary<infer L> ? L : never
type Ranges = readonly { from: number; to: number }[]
const someRanges = fc.array(ranges, { maxLength: 3 })

function covered(spans: Ranges): number {
  const all = spans.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i))
  return new Set(all).size
}
