/** Random histories and spines, joined by fstore and by the oracle. */
import { beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { fromMicroseconds, toMicroseconds } from '../../src/config/instant.js'
import { batch, entity, float64, int64, sql, string } from '../../src/index.js'
import { schemasOf } from '../../src/offline/feature-table.js'
import type { JoinedPick } from '../../src/offline/point-in-time.js'
import { Catalog } from '../../src/registry/catalog.js'
import { picksOf } from '../../src/training/picks.js'
import { type PointInTimeRow, pointInTimeRows } from '../../src/training/rows.js'
import type { SpineSource } from '../../src/training/spine.js'
import { Trial } from '../plan/trial.js'
import { rounds } from '../rounds.js'
import { describeEachDatabase } from '../servers/databases.js'
import { writeHistory } from './feature-history.js'
import { judge, type Version } from './oracle.js'

const user = entity('user', { user_id: 'string' })
const seat = entity('seat', { user_id: 'string', room: 'string', place: 'int64' })
const airport = entity('airport', { airport: 'string' })
const once = { start: '2026-01-01', end: '2026-01-01T12:00:00Z', sql: sql`SELECT 1` } as const

/** One of each way to be partitioned; no window fills them. */
const groups = {
  stats: batch('stats', { entity: user, ...once, features: { v: float64(), n: int64({ as: 'bigint' }) } }),
  seats: batch('seats', { entity: seat, ...once, partition: 'year', features: { note: string() } }),
  delays: batch('delays', { entity: airport, ...once, partition: 'none', features: { delay: float64() } }),
}
type GroupName = keyof typeof groups

const second = 1_000_000n
const day = 86_400n * second

// Most rows are of a few entities, so that they meet.
const users = ['ann', 'ann', 'ann', 'bob', 'Ann', 'a,"b"', 'é\u2028x', '']
const rooms = ['r1', 'r1', 'r2']
const places = [1n, 1n, 9_007_199_254_740_993n]
const airports = ['SFO', 'LAX']

/** Ends of months and years, and where clocks change in Berlin and New York. */
const anchors = [
  '2025-12-31T23:59:59.999999Z',
  '2026-01-31T23:00:00Z',
  '2026-02-28T23:59:59.999999Z',
  '2026-03-08T07:00:00Z',
  '2026-03-29T01:00:00Z',
  '2026-04-01T00:00:00Z',
].map(toMicroseconds)

const steps = [second, 3600n * second, day, 31n * day]

/** What a run's instants are counted from, and in; every ttl is one step, so that rows stand at its very edge. */
interface Clock {
  readonly anchor: bigint
  readonly step: bigint
}

/** Steps and microseconds. */
const span = fc.tuple(fc.integer({ min: -1, max: 2 }), fc.integer({ min: -1, max: 1 }))
const delay = fc.constantFrom([0, 0], [0, 0], [0, 1], [1, 0], [1, -1], [2, 0], [-1, 0])
type Span = readonly number[]

function lengthOf({ step }: Clock, [steps = 0, micros = 0]: Span): bigint {
  return BigInt(steps) * step + BigInt(micros)
}

/** A value, and maybe what became of it: superseded, with or without another in its place. */
function lives(keys: fc.Arbitrary<Record<string, unknown>>, features: fc.Arbitrary<Record<string, unknown>>) {
  const life = fc.record({
    keys,
    event: span,
    late: delay,
    value: features,
    corrected: fc.option(fc.record({ after: delay, value: fc.option(features, { freq: 2 }) }), { freq: 2 }),
  })
  return fc.array(life, { maxLength: 16 })
}
type Lives = ReturnType<typeof lives> extends fc.Arbitrary<infer T> ? T : never

function versionsOf(lives: Lives, clock: Clock): Version[] {
  const rows = lives.flatMap(({ keys, event: at, late, value, corrected }): Version[] => {
    const event = clock.anchor + lengthOf(clock, at)
    const created = event + lengthOf(clock, late)
    const first = { keys, event, created, superseded: undefined, features: value }
    if (corrected === null) return [first]
    const after = lengthOf(clock, corrected.after)
    const stamp = created + (after > 0n ? after : 1n)
    const old = { ...first, superseded: stamp }
    if (corrected.value === null) return [old]
    return [old, { ...first, created: stamp, features: corrected.value }]
  })
  const id = ({ keys, event, created }: Version) => [...Object.values(keys), event, created].join('|')
  return [...new Map(rows.map((row) => [id(row), row])).values()]
}

const number = fc.option(fc.constantFrom(0, 0.1, -1.5, 1e300, 5e-324))
const histories = fc.record({
  stats: lives(
    fc.record({ user_id: fc.constantFrom(...users) }),
    fc.record({ v: number, n: fc.option(fc.constantFrom(...places)) }),
  ),
  seats: lives(
    fc.record({
      user_id: fc.constantFrom('ann', 'bob'),
      room: fc.constantFrom(...rooms),
      place: fc.constantFrom(...places),
    }),
    fc.record({ note: fc.option(fc.constantFrom('', 'x', 'a\nb')) }),
  ),
  delays: lives(fc.record({ airport: fc.constantFrom(...airports) }), fc.record({ delay: number })),
})

const keyOf = <T>(known: readonly T[], unknown: T) => fc.constantFrom(...known, ...known, unknown, null)
const spineRow = fc.record({
  user_id: keyOf(users, 'nobody'),
  room: keyOf(rooms, 'none'),
  place: keyOf(places, 7n),
  origin: keyOf(airports, 'XXX'),
  destination: keyOf(airports, 'XXX'),
  at: span,
  label: fc.option(fc.constantFrom('', 'yes', 'no,"maybe"\r\nnot')),
})
type Drawn = typeof spineRow extends fc.Arbitrary<infer T> ? T : never
type SpineRow = Omit<Drawn, 'at'> & { readonly at: bigint }

/** Some rows twice, and not side by side. */
const spine = fc
  .tuple(fc.array(spineRow, { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 5 }))
  .map(([rows, again]) => [...rows, ...again.flatMap((i) => rows[i % (rows.length || 1)] ?? [])])

const requests = [
  { group: 'stats', alias: 'stats', on: { user_id: 'user_id' }, features: ['v', 'n'] },
  {
    group: 'seats',
    alias: 'seats',
    on: { user_id: 'user_id', room: 'room', place: 'place' },
    features: ['note'],
  },
  { group: 'delays', alias: 'from', on: { airport: 'origin' }, features: ['delay'] },
  { group: 'delays', alias: 'to', on: { airport: 'destination' }, features: ['delay'] },
] as const satisfies readonly { group: GroupName; [key: string]: unknown }[]

const ask = fc.record({
  picked: fc.shuffledSubarray([...requests], { minLength: 1 }),
  clock: fc.record({ anchor: fc.constantFrom(...anchors), step: fc.constantFrom(...steps) }),
  /** Steps. */
  ttl: fc.array(fc.constantFrom(undefined, undefined, 0, 1, 1), { minLength: 4, maxLength: 4 }),
  knownAt: fc.boolean(),
  asOf: fc.option(span, { freq: 2, nil: undefined }),
  format: fc.constantFrom('rows', 'csv', 'jsonl'),
  rowsPerConnection: fc.constantFrom(1, 3, 50_000),
})

const columns = ['user_id', 'room', 'place', 'origin', 'destination'] as const

describeEachDatabase((given) => {
  let trial: Trial
  let all: readonly JoinedPick[]

  beforeAll(async () => {
    trial = new Trial({ db: given.db }).declare(...Object.values(groups))
    await trial.built()
    const catalog = await new Catalog(given.db, 'fstore').entries()
    const scope = { project: trial.project, catalog }
    const asked = requests.map(async ({ group, alias, on, features }) => {
      const own = features.map((feature) => ({ feature: `${group}.${feature}`, as: alias, keys: on }))
      return (await picksOf(scope, own))[0] as JoinedPick
    })
    all = await Promise.all(asked)
  })

  test('a join gives what the oracle gives', async () => {
    await fc.assert(
      fc.asyncProperty(histories, spine, ask, async (drawn, drawnRows, asked) => {
        const { clock } = asked
        const rows = drawnRows.map((row): SpineRow => ({ ...row, at: clock.anchor + lengthOf(clock, row.at) }))
        const asOf = asked.asOf && clock.anchor + lengthOf(clock, asked.asOf)
        const names = Object.keys(groups) as GroupName[]
        const history = Object.fromEntries(names.map((name) => [name, versionsOf(drawn[name], clock)]))
        for (const group of names) await writeHistory(trial, { group, rows: history[group]?.map(written) ?? [] })
        const chosen = asked.picked.map((pick) => {
          const i = requests.indexOf(pick)
          const steps = asked.ttl[i]
          return { pick, joined: all[i] as JoinedPick, ttl: steps === undefined ? undefined : lengthOf(clock, [steps]) }
        })
        const { found, report } = await drained(
          pointInTimeRows({
            db: given.db,
            schemas: schemasOf('fstore'),
            tenant: 'default',
            source: sourceOf(rows, asked.format),
            picks: chosen.map(({ joined, ttl }) => ({
              ...joined,
              ttl: ttl === undefined ? undefined : Number(ttl / second),
              asOf: asOf === undefined ? undefined : fromMicroseconds(asOf),
            })),
            knownAt: asked.knownAt,
            rowsPerConnection: asked.rowsPerConnection,
          }),
        )

        const verdicts = chosen.map(({ pick, ttl }) => {
          const { on, features, group } = pick
          const oracle = { history: history[group] ?? [], on, features, ttl, asOf }
          return rows.map((row) => judge(oracle, { at: row.at, keys: row }, asked.knownAt))
        })
        expect(found.map(({ features }) => features)).toEqual(
          rows.map((_, i) =>
            Object.fromEntries(
              chosen.flatMap(({ pick }, p) =>
                pick.features.map((name, f) => [`${pick.alias}.${name}`, verdicts[p]?.[i]?.values[f]]),
              ),
            ),
          ),
        )
        expect(found.map(({ spine }) => spine)).toEqual(rows.map((row) => through(row, chosen)))
        expect(report).toMatchObject({ rows: rows.length })
        expect(report.groups).toMatchObject(verdicts.map(counted))
        const parts = Math.max(
          1,
          Math.min(given.db.connections - 1, 4, Math.floor(rows.length / asked.rowsPerConnection)),
        )
        expect(report.connections).toBe(parts)
      }),
      rounds(40),
    )
    expect(await spines(trial)).toEqual([])
  })
})

async function spines(trial: Trial) {
  const { rows } = await trial.db.query(
    { role: 'owner' },
    `SELECT relname FROM pg_class WHERE relname LIKE 'fstore\\_spine\\_%'`,
  )
  return rows
}

function written({ keys, event, created, superseded, features }: Version) {
  return {
    ...texts(keys),
    event_timestamp: fromMicroseconds(event),
    created_at: fromMicroseconds(created),
    superseded_at: superseded === undefined ? null : fromMicroseconds(superseded),
    ...texts(features),
  }
}

function texts(values: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'bigint' ? value.toString() : value]),
  )
}

async function drained(rows: ReturnType<typeof pointInTimeRows>) {
  const found: PointInTimeRow[] = []
  for (let next = await rows.next(); ; next = await rows.next()) {
    if (next.done) return { found, report: next.value }
    found.push(next.value)
  }
}

function sourceOf(rows: readonly SpineRow[], format: string): SpineSource {
  const objects = rows.map(({ at, ...row }) => ({ ...row, event_timestamp: fromMicroseconds(at) }))
  if (format === 'rows') return { rows: objects }
  if (format === 'jsonl') return { jsonl: pieces(objects.map((row) => `${JSON.stringify(texts(row))}\n`).join('')) }
  const names = [...columns, 'label', 'event_timestamp'] as const
  const lines = [names, ...objects.map((row) => names.map((name) => row[name]))]
  return { csv: pieces(lines.map((line) => `${line.map(cell).join(',')}\n`).join('')) }
}

function cell(value: unknown): string {
  return value === null ? '' : `"${String(value).replaceAll('"', '""')}"`
}

/** Cut where nobody would: inside characters, too. */
async function* pieces(text: string): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let i = 0; i < bytes.length; i += 7) yield bytes.subarray(i, i + 7)
}

/** What of a spine's row comes out again: keys as what their entity declares, the rest as the format has it. */
function through({ at, ...rest }: SpineRow, chosen: readonly { joined: JoinedPick }[]) {
  const isKey = chosen.some(({ joined }) => Object.values(joined.on).includes('place'))
  const place = rest.place === null ? null : isKey ? plain(rest.place) : String(rest.place)
  return { ...rest, place, event_timestamp: fromMicroseconds(at) }
}

function plain(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

function counted(verdicts: readonly ReturnType<typeof judge>[]) {
  const lags = verdicts.flatMap(({ lag }) => (lag === undefined ? [] : [Number(lag) / 1e6]))
  return {
    matched: verdicts.filter(({ fate }) => fate === 'matched').length,
    tooOld: verdicts.filter(({ fate }) => fate === 'tooOld').length,
    noHistory: verdicts.filter(({ fate }) => fate === 'noHistory').length,
    hidden: verdicts.filter(({ hidden }) => hidden).length,
    nearest: lags.length === 0 ? null : Math.min(...lags),
  }
}
