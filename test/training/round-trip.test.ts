/** What an export holds is what the store holds: every value of every row, in every format. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { parse as parseArray } from 'postgres-array'
import { identifier } from '../../src/db/sql.js'
import { array, batch, bool, entity, float64, int64, sql, string, timestamp } from '../../src/index.js'
import { schemasOf } from '../../src/offline/feature-table.js'
import { Catalog } from '../../src/registry/catalog.js'
import { exportPointInTime } from '../../src/training/export.js'
import { writeWhole } from '../../src/training/output-file.js'
import { picksOf } from '../../src/training/picks.js'
import type { Format } from '../../src/training/printer.js'
import { Trial } from '../plan/trial.js'
import { describeEachDatabase } from '../servers/databases.js'
import { featureNames, historyAt, instantText, microsOf, type Nasty, nasty, type Value } from './nasty.js'
import { readCsv, readJsonl, readParquet } from './readers.js'

const thorough = Number(process.env.FSTORE_ROUNDS) >= 100
const patience = thorough ? 20 * 60_000 : 2 * 60_000

const group = batch('nasty', {
  entity: entity('thing', { key: 'string' }),
  start: '2026-01-01',
  end: '2026-01-01T12:00:00Z',
  features: {
    whole: int64({ as: 'bigint' }),
    real: float64(),
    words: string(),
    flag: bool(),
    moment: timestamp({ as: 'string' }),
    reals: array(),
    wholes: array('int64'),
    flags: array('bool'),
    phrases: array('string'),
  },
  sql: sql`SELECT 1`,
})

/** A value as `row.feature`s are compared: text apart from numbers, -0 apart from 0, NaN equal to itself. */
type Seen = string | null | readonly Seen[]

function seen(value: Value): Seen {
  if (value === null) return null
  if (Array.isArray(value)) return value.map(seen)
  return Object.is(value, -0) ? '-0' : String(value)
}

function expected({ key, at, note, features }: Nasty): Record<string, Seen> {
  const values = featureNames.map((name) => [name, seen(features?.[name] ?? null)] as const)
  return { key, event_timestamp: at.toString(), note, ...Object.fromEntries(values) }
}

/** For each format, what its reader yields as `expected` has it. */
const readers: Record<Format, (path: string) => AsyncGenerator<Record<string, Seen>>> = {
  async *csv(path) {
    const bools = (text: string) => (text === 't' ? 'true' : 'false')
    const parsers: Record<string, (text: string) => Seen> = {
      event_timestamp: (text) => microsOf(text).toString(),
      moment: (text) => microsOf(text).toString(),
      real: (text) => seen(Number(text)),
      flag: bools,
      reals: (text) => parseArray(text, (one) => seen(Number(one))) as Seen[],
      wholes: (text) => parseArray(text, String),
      flags: (text) => parseArray(text, bools),
      phrases: (text) => parseArray(text, String),
    }
    for await (const row of readCsv(path))
      yield mapped(row, (name, value) => (parsers[name] ?? String)(value as string))
  },
  async *jsonl(path) {
    const numbers = (value: unknown) => (value as unknown[]).map((one) => (one === null ? null : seen(Number(one))))
    const parsers: Record<string, (value: unknown) => Seen> = {
      event_timestamp: (value) => microsOf(value as string).toString(),
      moment: (value) => microsOf(value as string).toString(),
      real: (value) => seen(Number(value)),
      reals: numbers,
      wholes: numbers,
    }
    for await (const row of readJsonl(path)) yield mapped(row, (name, value) => (parsers[name] ?? seen)(value as never))
  },
  async *parquet(path) {
    for await (const row of readParquet(path)) yield mapped(row, (_, value) => seen(value as Value))
  },
}

function mapped(row: Record<string, unknown>, parse: (name: string, value: unknown) => Seen): Record<string, Seen> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value === null ? null : parse(name, value)]),
  )
}

describeEachDatabase((given) => {
  const rows = given.kind === 'pglite' ? 3_000 : thorough ? 1_000_000 : 20_000
  let folder: string
  let trial: Trial
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fstore-round-trip-'))
    trial = new Trial({ db: given.db }).declare(group)
    await trial.build()
    await writeHistory(trial, rows)
  }, patience)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test.each(['csv', 'jsonl', 'parquet'] as const)(
    '%s',
    async (format) => {
      const { db, project } = trial
      const path = join(folder, `rows.${format}`)
      const catalog = await new Catalog(db, 'fstore').entries()
      const picks = await picksOf({ project, catalog }, featureNames)
      const request = { db, schemas: schemasOf('fstore'), tenant: 'default', picks, knownAt: false, format } as const
      const source = { csv: spineCsv(rows) }
      const report = await writeWhole(path, (file) =>
        exportPointInTime({ ...request, source, names: 'short' }, (bytes) => file.write(bytes)),
      )
      expect(report.rows).toBe(rows)
      let i = 0
      for await (const row of readers[format](path)) {
        const truth = expected(nasty(i))
        // JavaScript reads integers of a JSON list as doubles.
        if (format === 'jsonl' && Array.isArray(truth.wholes))
          truth.wholes = truth.wholes.map((one) => (one === null ? null : String(Number(one))))
        // An assertion a row would take longer than all else.
        if (JSON.stringify(row) !== JSON.stringify(truth)) expect({ i, ...row }).toEqual({ i, ...truth })
        i++
      }
      expect(i).toBe(rows)
    },
    patience,
  )
})

async function* spineCsv(rows: number): AsyncGenerator<Buffer> {
  const quote = (text: string | null) => (text === null ? '' : `"${text.replaceAll('"', '""')}"`)
  yield Buffer.from('key,event_timestamp,note\n')
  yield* lines(rows, (i) => {
    const { key, at, note } = nasty(i)
    return `${quote(key)},${instantText(at)},${quote(note)}\n`
  })
}

/** Some hundred at a time: a write each would take longer than all else. */
function* lines(rows: number, line: (i: number) => string): Generator<Buffer> {
  for (let start = 0; start < rows; start += 500) {
    const count = Math.min(500, rows - start)
    yield Buffer.from(Array.from({ length: count }, (_, i) => line(start + i)).join(''))
  }
}

/** COPY's text format, straight into a partition: its table has row-level security, which refuses COPY. */
async function writeHistory(trial: Trial, rows: number): Promise<void> {
  const { table } = await trial.compiled('nasty')
  const part = identifier('fstore_offline', `${table.name}_2026_01`)
  const columns = ['tenant_id', 'key', 'event_timestamp', 'created_at', ...featureNames]
  await trial.db.transaction({ role: 'owner' }, async (tx) => {
    await tx.script(
      `CREATE TABLE ${part} PARTITION OF ${table.history} FOR VALUES FROM ('2026-01-01Z') TO ('2026-02-01Z')`,
    )
    await tx.copyFrom(`COPY ${part} (${columns.join(', ')}) FROM STDIN`, historyText(rows))
  })
}

async function* historyText(rows: number): AsyncGenerator<Buffer> {
  yield* lines(rows, (i) => {
    const { key, features } = nasty(i)
    if (features === undefined) return ''
    const values = featureNames.map((name) =>
      name === 'moment' ? momentText(features[name]) : valueText(features[name]),
    )
    const fields = ['default', key, historyAt, historyAt, ...values]
    return `${fields.map((field) => field?.replace(/[\\\n\r\t]/g, escaped) ?? '\\N').join('\t')}\n`
  })
}

const escapes: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }
const escaped = (character: string) => escapes[character] as string

function momentText(value: Value): string | null {
  return value === null ? null : instantText(value as bigint)
}

function valueText(value: Value): string | null {
  if (!Array.isArray(value)) return value === null ? null : (seen(value) as string)
  const elements = value.map((one) => (one === null ? 'NULL' : `"${(seen(one) as string).replace(/["\\]/g, '\\$&')}"`))
  return `{${elements.join(',')}}`
}
