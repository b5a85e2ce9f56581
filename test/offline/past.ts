/** Histories written by hand, as no build would order them, and the reads of them as one would do them without SQL. */
import fc from 'fast-check'
import { fromMicroseconds, toMicroseconds } from '../../src/config/instant.js'
import { identifier, literal } from '../../src/db/sql.js'
import { array, batch, bool, entity, float64, int64, sql, string, timestamp } from '../../src/index.js'
import type { OfflineScope } from '../../src/offline/asked.js'
import { Catalog } from '../../src/registry/catalog.js'
import { Trial } from '../plan/trial.js'
import type { Given } from '../servers/databases.js'

const user = entity('user', { user_id: 'string' })
const leg = entity('leg', { origin: 'string', number: 'int64' })
const days = { every: '1d', start: '2026-02-26', end: '2026-03-03' } as const
const nothing = sql`SELECT 'none' AS user_id, NULL::bigint AS n WHERE false`

/** Read as `activity.n@1`. */
const firstActivity = batch('activity', { ...days, ttl: '1h', entity: user, features: { n: int64() }, sql: nothing })
const activity = batch('activity', {
  ...days,
  ttl: '1h',
  entity: user,
  features: {
    n: int64(),
    big: int64({ as: 'bigint' }),
    ratio: float64(),
    label: string(),
    ok: bool(),
    seen: timestamp(),
    exact: timestamp({ as: 'string' }),
    tags: array('string'),
  },
  sql: sql`SELECT ''::text AS user_id, 0::bigint AS n, 0::bigint AS big, 0::float8 AS ratio, ''::text AS label,
    true AS ok, now() AS seen, now() AS exact, ARRAY['']::text[] AS tags WHERE false`,
})
const money = batch('money', {
  ...days,
  entity: user,
  partition: 'none',
  features: { n: int64(), spent: float64() },
  sql: sql`SELECT ''::text AS user_id, 0::bigint AS n, 0::float8 AS spent WHERE false`,
})
const legs = batch('legs', {
  ...days,
  entity: leg,
  features: { minutes: int64() },
  sql: sql`SELECT ''::text AS origin, 0::bigint AS number, 0::bigint AS minutes WHERE false`,
})
const unbuilt = batch('unbuilt', { ...days, entity: user, features: { x: int64() }, sql: nothing })

/** A row as it is stored: instants in microseconds, values as JSON that PostgreSQL reads. */
export interface Stored {
  readonly table: Table
  readonly tenant: string
  readonly keys: readonly string[]
  readonly at: bigint
  readonly created: bigint
  readonly superseded: bigint | null
  readonly values: Readonly<Record<string, unknown>>
}

export type Table = keyof typeof tables

/** By group and version, the columns of the keys and of the features. */
export const tables = {
  'activity@1': { keys: ['user_id text'], features: ['n int8'] },
  'activity@2': {
    keys: ['user_id text'],
    features: [
      'n int8',
      'big int8',
      'ratio float8',
      'label text',
      'ok bool',
      'seen timestamptz',
      'exact timestamptz',
      'tags text[]',
    ],
  },
  'money@1': { keys: ['user_id text'], features: ['n int8', 'spent float8'] },
  'legs@1': { keys: ['origin text', 'number int8'], features: ['minutes int8'] },
} as const

export const tenants = ['default', `o'ther, "tenant"`] as const

export class Past {
  readonly #given: Given
  readonly #names = new Map<Table, string>()
  readonly #trial: Trial

  constructor(given: Given) {
    this.#given = given
    this.#trial = new Trial({ db: given.db })
  }

  async build(): Promise<void> {
    const trial = this.#trial
    await trial.migrate()
    for (const group of [firstActivity, activity]) await trial.declare(group, money, legs).built()
    trial.declare(activity, money, legs, unbuilt)
    const catalog = await this.scope(tenants[0]).catalog.entries()
    for (const table of Object.keys(tables) as Table[]) {
      const [group, version] = table.split('@') as [string, string]
      const found = catalog.get(group)?.versions.find((one) => one.version === Number(version))
      this.#names.set(table, identifier('fstore_offline', `${group}__${found?.fingerprint}`))
    }
  }

  scope(tenant: string): OfflineScope {
    const { db } = this.#given
    return { db, project: this.#trial.project, tenant, catalog: new Catalog(db, 'fstore') }
  }

  /** These rows, and no others. */
  async write(rows: readonly Stored[]): Promise<void> {
    for (const tenant of tenants)
      await this.#given.db.transaction({ role: 'app', tenant }, async (tx) => {
        for (const [table, name] of this.#names) {
          await tx.query(`DELETE FROM ${name}`)
          const own = rows.filter((row) => row.table === table && row.tenant === tenant)
          const columns = [...tables[table].keys, ...stamps, ...tables[table].features]
          const list = columns.map((column) => identifier(column.split(' ')[0] as string)).join(', ')
          await tx.query(`INSERT INTO ${name} (tenant_id, ${list}) SELECT ${literal(tenant)}, ${list}
            FROM json_to_recordset(${literal(JSON.stringify(own.map(record)))}) AS r (${columns.join(', ')})`)
        }
      })
  }
}

const stamps = ['event_timestamp timestamptz', 'created_at timestamptz', 'superseded_at timestamptz']

function record({ table, keys, at, created, superseded, values }: Stored): Record<string, unknown> {
  const named = tables[table].keys.map((column, k) => [column.split(' ')[0], keys[k]])
  return {
    ...Object.fromEntries(named),
    event_timestamp: fromMicroseconds(at),
    created_at: fromMicroseconds(created),
    superseded_at: superseded === null ? null : fromMicroseconds(superseded),
    ...values,
  }
}

const hour = 3_600_000_000n
const monthBreak = toMicroseconds('2026-03-01T00:00:00Z')

/** Few instants, so that they meet: bounds of hours, days, a week (Monday, 2 March) and a month, and beside them. */
export const instants = [-49n, -25n, -24n, -1n, 0n, 1n, 24n, 26n]
  .flatMap((hours) => [hours * hour - 1n, hours * hour])
  .concat(123_456n)
  .map((offset) => monthBreak + offset)

const users = [['a'], ['b'], ['o\'c,"{\\'], ['é\u2028']]
const legKeys = ['SFO', 'LAX'].flatMap((origin) => ['7', '9223372036854775807'].map((number) => [origin, number]))
export const keysOf = (table: Table): readonly (readonly string[])[] => (table === 'legs@1' ? legKeys : users)

const micros = fc.constantFrom(...instants).map(fromMicroseconds)
const valuesBy: Record<string, fc.Arbitrary<unknown>> = {
  n: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(2 ** 53 - 1, -(2 ** 53 - 1))),
  big: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  // Their sums are exact in any order.
  ratio: fc.integer({ min: -40, max: 40 }).map((quarters) => quarters / 4),
  spent: fc.integer({ min: -40, max: 40 }).map((quarters) => quarters / 4),
  label: fc.constantFrom('', 'a', 'B', 'é', '\u2028', 'Ω', '"'),
  ok: fc.boolean(),
  seen: micros,
  exact: micros,
  tags: fc.array(fc.option(fc.constantFrom('', 'x', '"', '\n', 'NULL')), { maxLength: 3 }),
  minutes: fc.integer({ min: -5, max: 5 }),
}

/** What an instant of an entity has been: written, corrected any number of times, perhaps retracted. */
export const pasts: fc.Arbitrary<Stored[]> = fc
  .uniqueArray(
    fc.constantFrom(...(Object.keys(tables) as Table[])).chain((table) =>
      fc.record({
        table: fc.constant(table),
        tenant: fc.constantFrom(...tenants),
        keys: fc.constantFrom(...keysOf(table)),
        at: fc.constantFrom(...instants),
        isRetracted: fc.boolean(),
        writes: fc.array(valuesOf(table), { minLength: 1, maxLength: 3 }),
      }),
    ),
    { maxLength: 60, selector: ({ table, tenant, keys, at }) => JSON.stringify([table, tenant, keys, `${at}`]) },
  )
  .map((all) =>
    all.flatMap(({ isRetracted, writes, ...row }) =>
      writes.map((values, i): Stored => {
        const created = row.at + BigInt(i) * 1_001n
        const isLast = i === writes.length - 1
        return { ...row, created, superseded: isLast && !isRetracted ? null : created + 1_001n, values }
      }),
    ),
  )

function valuesOf(table: Table): fc.Arbitrary<Record<string, unknown>> {
  const names = tables[table].features.map((column) => column.split(' ')[0] as string)
  return fc.record(
    Object.fromEntries(names.map((name) => [name, fc.option(valuesBy[name] as fc.Arbitrary<unknown>, { freq: 3 })])),
  )
}

/** A stored value as JavaScript is to have it. */
export function read(name: string, value: unknown): unknown {
  if (value === null) return null
  if (name === 'big') return BigInt(value as string)
  return name === 'seen' ? dateOf(toMicroseconds(value as string)) : value
}

/** To the millisecond, towards the past. */
export function dateOf(at: bigint): Date {
  return new Date(Number((at - (((at % 1000n) + 1000n) % 1000n)) / 1000n))
}

export function keyOf(table: Table, keys: readonly string[]): Record<string, unknown> {
  const [first, second] = keys as [string, string]
  if (table !== 'legs@1') return { user_id: first }
  return { origin: first, number: second === '7' ? 7 : BigInt(second) }
}

/** Current rows of a tenant, in `[start, end)`, of some entities. */
export function currentRows(
  rows: readonly Stored[],
  {
    table,
    tenant,
    keys,
    start,
    end,
  }: Partial<Span> & { table: Table; tenant: string; keys?: readonly (readonly string[])[] | undefined },
): Stored[] {
  return rows.filter(
    (row) =>
      row.table === table &&
      row.tenant === tenant &&
      row.superseded === null &&
      (keys === undefined || keys.some((key) => same(key, row.keys))) &&
      isWithin(row, { start, end }),
  )
}

export interface Span {
  readonly start: bigint | undefined
  readonly end: bigint | undefined
}

export function isWithin({ at }: Stored, { start, end }: Partial<Span>): boolean {
  return (start === undefined || at >= start) && (end === undefined || at < end)
}

export const spans: fc.Arbitrary<Span> = fc
  .tuple(
    fc.option(fc.constantFrom(...instants), { nil: undefined }),
    fc.option(fc.constantFrom(...instants), { nil: undefined }),
  )
  .filter(([start, end]) => start === undefined || end === undefined || start < end)
  .map(([start, end]) => ({ start, end }))

/** As a caller gives them. */
export function asked({ start, end }: Span): { start?: string; end?: string } {
  return {
    ...(start !== undefined && { start: fromMicroseconds(start) }),
    ...(end !== undefined && { end: fromMicroseconds(end) }),
  }
}

export function same(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** By bytes, and integers by size. */
export function compareKeys(a: readonly string[], b: readonly string[]): number {
  const order = Buffer.compare(Buffer.from(a[0] as string), Buffer.from(b[0] as string))
  return order !== 0 || a[1] === undefined ? order : Math.sign(Number(BigInt(a[1]) - BigInt(b[1] as string)))
}
