/** Spines of every kind and shape: what comes through as it was, and what is refused, with its place. */
import { createReadStream } from 'node:fs'
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { batch, entity, float64, int64, sql } from '../../src/index.js'
import { schemasOf } from '../../src/offline/feature-table.js'
import { Catalog } from '../../src/registry/catalog.js'
import { type ExportRequest, exportPointInTime } from '../../src/training/export.js'
import { type FeatureRequest, picksOf } from '../../src/training/picks.js'
import { type PointInTimeRow, pointInTimeRows } from '../../src/training/rows.js'
import type { SpineSource } from '../../src/training/spine.js'
import { Trial } from '../plan/trial.js'
import { describeEachDatabase } from '../servers/databases.js'
import { writeHistory } from './feature-history.js'
import { pieces, spineTables } from './spines.js'

const once = { start: '2026-01-01', end: '2026-01-01T12:00:00Z', sql: sql`SELECT 1` } as const
const longName = 'average_transaction_amount_over_the_last_thirty_days'
const groups = [
  batch('visits', { entity: entity('user', { user_id: 'string' }), ...once, features: { visits: int64() } }),
  batch('plan', { entity: entity('account', { account_id: 'int64' }), ...once, features: { seats: int64() } }),
  batch('device', { entity: entity('device', { device: 'uuid' }), ...once, features: { age: int64() } }),
  batch('card_transaction_aggregates', {
    entity: entity('card', { card: 'string' }),
    ...once,
    features: { [longName]: float64(), visits: int64() },
  }),
  batch('members', { entity: entity('member', { user_id: 'int64' }), ...once, features: { level: int64() } }),
]

const at = '2026-03-01T00:00:00Z'
const big = '9007199254740993'
const device = '0b0e9c1a-8d1c-4a39-9c8e-3f5d2b6a7c10'
const stamps = { event_timestamp: at, created_at: at }

describeEachDatabase((given) => {
  let trial: Trial
  let request: (
    source: SpineSource,
    features?: readonly FeatureRequest[],
  ) => Promise<Omit<ExportRequest, 'names' | 'format'>>

  beforeAll(async () => {
    trial = new Trial({ db: given.db }).declare(...groups)
    await trial.built()
    await writeHistory(trial, { group: 'visits', rows: [{ user_id: 'ann', visits: 3, ...stamps }] })
    await writeHistory(trial, { group: 'plan', rows: [{ account_id: big, seats: 9, ...stamps }] })
    await writeHistory(trial, { group: 'device', rows: [{ device, age: 2, ...stamps }] })
    const card = { card: 'x', visits: 1, [longName]: 0.5, ...stamps }
    await writeHistory(trial, { group: 'card_transaction_aggregates', rows: [card] })
    const catalog = await new Catalog(given.db, 'fstore').entries()
    request = async (source, features = ['visits.visits']) => ({
      db: given.db,
      schemas: schemasOf('fstore'),
      tenant: 'default',
      source,
      picks: await picksOf({ project: trial.project, catalog }, features),
      knownAt: false,
    })
  })
  afterEach(async () => expect(await spineTables(given.db)).toEqual([]))

  async function text(
    source: SpineSource,
    format: 'csv' | 'jsonl' = 'csv',
    features?: readonly FeatureRequest[],
    names: 'short' | 'full' = 'short',
  ): Promise<string> {
    const all: Buffer[] = []
    await exportPointInTime(
      { ...(await request(source, features)), names, format },
      (bytes) => void all.push(Buffer.from(bytes)),
    )
    return Buffer.concat(all).toString()
  }

  async function rows(source: SpineSource, features?: readonly FeatureRequest[]): Promise<PointInTimeRow[]> {
    const all: PointInTimeRow[] = []
    for await (const row of pointInTimeRows(await request(source, features))) all.push(row)
    return all
  }

  const csv = (content: string | Buffer, file?: string): SpineSource => ({
    csv: pieces(content),
    ...(file && { file }),
  })
  const jsonl = (content: string, file?: string): SpineSource => ({ jsonl: pieces(content), ...(file && { file }) })
  /** How an export fails. */
  const failure = (source: SpineSource, features?: readonly FeatureRequest[]) =>
    text(source, 'csv', features).then(
      (given) => ({ given }),
      (error) => error.toJSON?.() ?? error,
    )

  describe('CSV', () => {
    const stamp = '2026-03-01 00:00:00+00'

    test.each([
      [
        'quotes, commas, line breaks',
        'user_id,event_timestamp,label\nann,2026-03-01T00:00:00Z,"a ""b"", c\nd\re"\n',
        '"a ""b"", c\nd\re"',
      ],
      ['unicode, cut anywhere', `user_id,event_timestamp,label\nann,${at},é\u2028🦆\n`, 'é\u2028🦆'],
      ['no line break at the end', `user_id,event_timestamp,label\nann,${at},x`, 'x'],
      ['CRLF', `user_id,event_timestamp,label\r\nann,${at},x\r\n`, 'x'],
      ['a byte order mark', `\uFEFFuser_id,event_timestamp,label\nann,${at},x\n`, 'x'],
      ['an empty cell is null', `user_id,event_timestamp,label\nann,${at},\n`, ''],
      ['an empty text is none', `user_id,event_timestamp,label\nann,${at},""\n`, '""'],
      ['names in quotes', `"user_id","event_timestamp","label"\nann,${at},x\n`, 'x'],
      ['spaces about names', `user_id, event_timestamp , label\nann,${at},x\n`, 'x'],
      ['a column that feature tables have', `user_id,event_timestamp,label\nann,${at},x\n`, 'x'],
    ])('%s', async (_, content, label) => {
      expect(await text(csv(content))).toBe(`user_id,event_timestamp,label,visits\nann,${stamp},${label},3\n`)
    })

    test('names with commas, quotes and line breaks, and those of our own tables', async () => {
      const names = '"a, ""b""\nc",tenant_id,job_id,event_timestamp,user_id,"Größe",select'
      expect(await text(csv(`${names}\n1,t,7,${at},ann,x,y\n`))).toBe(
        `"a, ""b""\nc",tenant_id,job_id,event_timestamp,user_id,Größe,select,visits\n1,t,7,${stamp},ann,x,y,3\n`,
      )
    })

    test('a header alone gives a header', async () => {
      expect(await text(csv('user_id,event_timestamp,label'))).toBe('user_id,event_timestamp,label,visits\n')
      expect(await text(csv('user_id,event_timestamp,label\n'), 'jsonl')).toBe('')
    })

    test('timestamps at any offset, to the microsecond, or dates', async () => {
      const given = [
        '2026-03-01',
        '2026-03-01 01:00+01',
        '2026-02-28T19:00:00.000001000-0500',
        '2026-03-01T05:30:00,5+05:30',
      ]
      const found = await rows(csv(`user_id,event_timestamp\n${given.map((one) => `ann,"${one}"`).join('\n')}\n`))
      expect(found.map(({ spine }) => spine.event_timestamp)).toEqual([
        at,
        at,
        '2026-03-01T00:00:00.000001Z',
        '2026-03-01T00:00:00.5Z',
      ])
    })

    test('keys of every type', async () => {
      const content = `account_id,device,event_timestamp\n${big},${device.toUpperCase()},${at}\n,,${at}\n`
      expect(await rows(csv(content), ['plan.seats', 'device.age'])).toEqual([
        {
          spine: { account_id: BigInt(big), device, event_timestamp: at },
          features: { 'plan.seats': 9, 'device.age': 2 },
        },
        {
          spine: { account_id: null, device: null, event_timestamp: at },
          features: { 'plan.seats': null, 'device.age': null },
        },
      ])
    })
  })

  test.each([7, 1000])('what ends the data for COPY is no row (in pieces of %d)', async (size) => {
    const row = `ann,${at},"a\n\\.\r\nb"\n`
    const line = JSON.stringify({ user_id: 'ann', event_timestamp: at })
    const refused = { code: 'SPINE_INVALID', message: 'A line of the spine is \\. and nothing else.' }
    expect(await failure({ csv: pieces(`user_id,event_timestamp,label\n${row}${row}`, size) })).toMatchObject(refused)
    for (const lines of [
      `${line}\n\\.\n${line}\n`,
      `\\.\n${line}\n`,
      `${line}\r\n\\.\r\n${line}`,
      `${line}\n\\.`,
      '\\.',
    ])
      expect(await failure({ jsonl: pieces(lines, size) })).toMatchObject(refused)
    const near = `user_id,event_timestamp,label\nann,${at},"\\.\n\\.a\n \\."\nann,${at},\\.\n`
    expect((await rows({ csv: pieces(near, size) })).map(({ spine }) => spine.label)).toEqual([
      '\\.\n\\.a\n \\.',
      '\\.',
    ])
  })

  describe('JSON lines', () => {
    test('keep types, nested values, missing keys', async () => {
      const content = [
        { user_id: 'ann', event_timestamp: at, n: 1.5, b: true, o: { a: [1, { b: null }] }, l: ['x'], s: '1', e: '' },
        { event_timestamp: at, late: 1, n: null },
      ]
      const found = await rows(jsonl(content.map((row) => JSON.stringify(row)).join('\n')))
      expect(found.map(({ spine }) => spine)).toEqual([
        { ...content[0], late: null },
        { user_id: null, event_timestamp: at, n: null, b: null, o: null, l: null, s: null, e: null, late: 1 },
      ])
      expect(Object.keys(found[0]?.spine ?? {})).toEqual([...Object.keys(content[0] as object), 'late'])
    })

    test('blank lines, CRLF, a byte order mark, and line separators inside', async () => {
      const line = `{"user_id":"ann","event_timestamp":"${at}","l":"\u2028\u2029\\n\u0085"}`
      const out = `{"user_id":"ann","event_timestamp":"2026-03-01T00:00:00+00:00","l":"\u2028\u2029\\n\u0085","visits":3}\n`
      expect(await text(jsonl(`\n${line}\n\n   \n${line}\n\n`), 'jsonl')).toBe(out + out)
      expect(await text(jsonl(`\uFEFF${line}\r\n\r\n${line}\r\n`), 'jsonl')).toBe(out + out)
      expect((await rows(jsonl(`${line}\n`)))[0]?.spine.l).toBe('\u2028\u2029\n\u0085')
    })

    test('keys beyond 2^53 as they were written', async () => {
      const line = `{"account_id":${big},"event_timestamp":"${at}"}`
      expect(await text(jsonl(line), 'csv', ['plan.seats'])).toMatch(`${big},2026-03-01 00:00:00+00,9\n`)
      expect((await rows(jsonl(line), ['plan.seats']))[0]).toMatchObject({ spine: { account_id: BigInt(big) } })
    })

    test('without rows give none', async () => {
      expect(await text(jsonl('\n'))).toBe('event_timestamp,user_id,visits\n')
      expect(await text(jsonl(''), 'jsonl')).toBe('')
    })
  })

  describe('rows', () => {
    test('as JavaScript has them', async () => {
      const source = {
        rows: [
          { account_id: BigInt(big), event_timestamp: new Date(at), label: undefined, n: Number.NaN },
          { account_id: 7, event_timestamp: at, label: 'x' },
        ],
      }
      expect((await rows(source, ['plan.seats'])).map(({ spine }) => spine)).toEqual([
        { account_id: BigInt(big), event_timestamp: at, n: null, label: null },
        { account_id: 7, event_timestamp: at, n: null, label: 'x' },
      ])
      expect(await rows({ rows: [] })).toEqual([])
    })
  })

  describe('SQL', () => {
    test('of any types', async () => {
      const spine = `SELECT 'ann' AS user_id, timestamptz '${at}' AS event_timestamp, 'ab'::char(3) AS c, 1.50::numeric AS n,
        E'{"a":\\n 1}'::json AS j, ARRAY['x', NULL] AS l, :tenant_id AS tenant_id, NULL AS u`
      expect((await rows({ sql: spine }))[0]).toEqual({
        spine: {
          user_id: 'ann',
          event_timestamp: at,
          c: 'ab ',
          n: 1.5,
          j: { a: 1 },
          l: ['x', null],
          tenant_id: 'default',
          u: null,
        },
        features: { 'visits.visits': 3 },
      })
    })

    test('in its own order, with comments, and without rows', async () => {
      const many = `SELECT 'ann' AS user_id, timestamptz '${at}' AS event_timestamp, i FROM generate_series(1, 500) AS i`
      const found = await rows({ sql: `${many} ORDER BY i % 7, i DESC -- in this order;\n;` })
      const order = Array.from({ length: 500 }, (_, i) => i + 1).sort((a, b) => (a % 7) - (b % 7) || b - a)
      expect(found.map(({ spine }) => spine.i)).toEqual(order)
      expect(await text({ sql: `${many} WHERE false` })).toBe('user_id,event_timestamp,i,visits\n')
    })
  })

  describe('refused', () => {
    const file = 'spine.csv'
    const header = 'user_id,event_timestamp,label\n'
    const good = `ann,${at},x\n`

    test.each([
      [
        'no key',
        'event_timestamp,userid\n',
        {
          message: 'The spine has no column "user_id".',
          fix: 'If its "userid" is meant, call that "user_id".',
          where: { file, line: 1 },
        },
      ],
      [
        'no timestamp',
        'user_id,ts\n',
        { message: 'The spine has no column "event_timestamp".', fix: 'Its columns are user_id, ts.' },
      ],
      ['one name twice', 'user_id,event_timestamp,a,a\n', { message: 'The spine has two columns "a".' }],
      [
        'a column without a name',
        ',user_id,event_timestamp\n',
        { message: 'Column 1 of the spine has no name.', fix: expect.stringContaining('index=False') },
      ],
      [
        'a name of ours',
        'user_id,event_timestamp,fstore_ordinal\n',
        { message: expect.stringContaining('"fstore_ordinal"') },
      ],
      ['a name of PostgreSQL', 'user_id,event_timestamp,xmin\n', { message: expect.stringContaining('"xmin"') }],
      [
        'too long a name',
        `user_id,event_timestamp,${'é'.repeat(32)}\n`,
        { message: expect.stringContaining('63 bytes') },
      ],
      ['nothing', '', { message: 'The spine is empty.' }],
      ['blank lines', '\n\n', { message: 'The spine is empty.' }],
      [
        'a cell too few',
        `${header}${good}ann,${at}\n`,
        { message: 'Line 3 of the spine cannot be read: missing data for column "label".', where: { file, line: 3 } },
      ],
      ['a cell too many', `${header}ann,${at},a\nb,c\n`, { where: { file, line: 3 } }],
      [
        'an open quote',
        `${header}${good}ann,${at},"x\n`,
        { message: expect.stringContaining('unterminated CSV quoted field') },
      ],
      [
        'no UTF-8',
        Buffer.concat([Buffer.from(`${header}${good}`), Buffer.from(`ann,${at},\xe9\n`, 'latin1')]),
        { message: expect.stringMatching(/^Line 3 .*UTF8/), where: { file, line: 3 } },
      ],
      ['a zero byte', `${header}ann,${at},\0\n`, { where: { file, line: 2 } }],
      [
        'no timestamp in a row',
        `${header}${good}ann,,x\n`,
        { message: 'Row 2 of the spine has no event_timestamp.', where: { file, line: 3 } },
      ],
    ])('%s', async (_, content, error) => {
      expect(await failure(csv(content, file))).toMatchObject({ code: 'SPINE_INVALID', ...error })
    })

    test.each([
      ['2026-03-01T00:00:00', 'has no time zone'],
      ['2026-03-01 00:00', 'has no time zone'],
      ['2026-02-30', 'is a date that does not exist'],
      ['2026-02-29T00:00:00Z', 'is a date that does not exist'],
      ['2026-03-01T24:00:00Z', 'is a time that does not exist'],
      ['2026-03-01T23:59:60Z', 'is a time that does not exist'],
      ['2026-03-01T00:00:00.1234567Z', 'is finer than microseconds'],
      ['2026-03-01T00:00:00+16:00', 'has an offset that does not exist'],
      ['0000-03-01T00:00:00Z', 'outside the years 1 to 9999'],
      ['0001-01-01T00:00:00+01:00', 'outside the years 1 to 9999'],
      ['9999-12-31T23:59:59-01:00', 'outside the years 1 to 9999'],
      ['1767225600', 'is not a timestamp'],
      ['infinity', 'is not a timestamp'],
      ['now', 'is not a timestamp'],
      ['yesterday', 'is not a timestamp'],
      ['03/01/2026', 'is not a timestamp'],
    ])('the timestamp %s', async (bad, problem) => {
      const told = await failure(csv(`${header}ann,2026-03-01T00:00:00.1234560000Z,"a\nb"\nann,${bad},x\n`, file))
      const message = expect.stringMatching(new RegExp(`(R|r)ow 2 .*${problem}`))
      expect(told).toMatchObject({ code: 'TIMESTAMP_INVALID', message })
      const line = bad.startsWith('0001') || bad.startsWith('9999') ? undefined : { file, line: 4 }
      expect(told.where).toEqual(line)
      const json = [at, bad].map((one) => JSON.stringify({ user_id: 'ann', event_timestamp: one })).join('\n\n')
      expect(await failure(jsonl(json, 'spine.jsonl'))).toMatchObject({ code: 'TIMESTAMP_INVALID' })
    })

    test.each([
      ['plan.seats', 'account_id', 'abc'],
      ['plan.seats', 'account_id', '7.0'],
      ['plan.seats', 'account_id', '9223372036854775808'],
      ['device.age', 'device', 'not-a-uuid'],
      ['device.age', 'device', '""'],
    ])('%s by the %s %s', async (feature, key, bad) => {
      const fill = key === 'device' ? device : '7'
      const good = Array.from({ length: 5 }, () => `${fill},${at}`).join('\n')
      const content = `${key},event_timestamp\n${good}\n${bad},${at}\n${good}\nworse,${at}\n`
      expect(await failure(csv(content, file), [feature])).toMatchObject({
        code: 'SPINE_INVALID',
        message: expect.stringMatching(/^Row 6 of the spine cannot be read: /),
        where: { file, line: 7 },
      })
    })

    test.each([
      ['no JSON', '{"user_id":"ann",}', 'cannot be read as JSON'],
      ['half of it', '{"user_id":"ann"', 'cannot be read as JSON'],
      ['text', 'ann', 'cannot be read as JSON'],
      ['two on a line', '{} {}', 'cannot be read as JSON'],
      ['a list', '["ann"]', 'is not a JSON object'],
      ['a number', '7', 'is not a JSON object'],
      ['null', 'null', 'is not a JSON object'],
      ['a list for a key', `{"user_id":["ann"],"event_timestamp":"${at}"}`, 'has a key "user_id" that is neither'],
      ['a truth for a key', `{"user_id":true,"event_timestamp":"${at}"}`, 'has a key "user_id" that is neither'],
    ])('JSON lines: %s', async (_, bad, problem) => {
      const good = JSON.stringify({ user_id: 'ann', event_timestamp: at })
      expect(await failure(jsonl(`${good}\n\n${good}\n${bad}\n${good}\n`, 'spine.jsonl'))).toMatchObject({
        code: 'SPINE_INVALID',
        message: expect.stringContaining(`Line 4 of the spine ${problem}`),
        where: { file: 'spine.jsonl', line: 4 },
      })
    })

    test('JSON lines: a zero character, a numeric timestamp, no key anywhere', async () => {
      const zero = `{"user_id":"\\u0000","event_timestamp":"${at}"}`
      expect(await failure(jsonl(`\n${zero}`, 'f'))).toMatchObject({
        code: 'SPINE_INVALID',
        where: { file: 'f', line: 2 },
      })
      const label = `{"user_id":"ann","event_timestamp":"${at}","l":"\\u0000"}`
      expect(await failure(jsonl(`\n${label}`, 'f'))).toMatchObject({
        code: 'SPINE_INVALID',
        where: { file: 'f', line: 2 },
      })
      expect(await failure(jsonl('{"user_id":"ann","event_timestamp":1767225600}', 'f'))).toMatchObject({
        code: 'TIMESTAMP_INVALID',
        where: { file: 'f', line: 1 },
      })
      expect(await failure(jsonl(`{"event_timestamp":"${at}"}`, 'f'))).toMatchObject({
        message: 'The spine has no column "user_id".',
        where: { file: 'f' },
      })
      expect(await failure({ rows: [{ user_id: 'ann' }] })).toMatchObject({ code: 'SPINE_INVALID' })
    })

    test('a file that is not there', async () => {
      const missing = createReadStream('/nowhere/spine.csv')
      expect(await failure({ csv: missing })).toMatchObject({
        code: 'SPINE_INVALID',
        message: expect.stringContaining('ENOENT'),
      })
      const lines = createReadStream('/nowhere/spine.jsonl')
      expect(await failure({ jsonl: lines })).toMatchObject({
        code: 'SPINE_INVALID',
        message: expect.stringContaining('ENOENT'),
      })
    })

    test('a source that fails midway', async () => {
      async function* broken(first: string) {
        yield Buffer.from(first)
        throw new Error('The source broke')
      }
      expect(await failure({ csv: broken(`${header}${good}`) })).toMatchObject({ message: 'The source broke' })
      expect(await failure({ jsonl: broken('{}\n') })).toMatchObject({ message: 'The source broke' })
    })

    test('names that collide', async () => {
      const collision = await failure(csv(`user_id,event_timestamp,visits\nann,${at},1\n`))
      expect(collision).toMatchObject({ code: 'NAME_COLLISION', fix: expect.stringContaining('--full-names') })
      const two = csv(`user_id,card,event_timestamp\nann,x,${at}\n`)
      const features = ['visits.visits', 'card_transaction_aggregates.visits']
      expect(await failure(two, features)).toMatchObject({ code: 'NAME_COLLISION' })
      const again = csv(`user_id,card,event_timestamp\nann,x,${at}\n`)
      expect(await text(again, 'csv', features, 'full')).toBe(
        'user_id,card,event_timestamp,visits__visits,card_transaction_aggregates__visits\n' +
          'ann,x,2026-03-01 00:00:00+00,3,1\n',
      )
    })

    test('one column for keys of two types, or for the timestamp', async () => {
      const spine = () => csv(`user_id,event_timestamp\n7,${at}\n`)
      expect(await failure(spine(), ['visits.visits', 'members.level'])).toMatchObject({ code: 'KEY_INVALID' })
      const keys = { user_id: 'event_timestamp' }
      expect(await failure(spine(), [{ feature: 'visits.visits', as: 'v', keys }])).toMatchObject({
        code: 'KEY_INVALID',
      })
      const unknown = [{ feature: 'visits.visits', as: 'v', keys: { user: 'user_id' } }]
      await expect(request(spine(), unknown)).rejects.toMatchObject({ code: 'KEY_INVALID' })
      await expect(request(spine(), ['visits.visit'])).rejects.toMatchObject({ code: 'NAME_UNKNOWN' })
    })

    const from = `'ann' AS user_id, now() AS event_timestamp`
    test.each([
      ['no SELECT', 'DELETE FROM t', 'SQL_INVALID', ''],
      ['two statements', `SELECT ${from}; SELECT 1`, 'SQL_INVALID', ''],
      ['a window', `SELECT ${from} WHERE now() > :start_time`, 'SQL_INVALID', ':start_time means nothing'],
      ['a table that is not there', `SELECT ${from} FROM nowhere`, 'SQL_FAILED', '"nowhere" does not exist'],
      ['a syntax error', `SELECT ${from} FROM`, 'SQL_FAILED', 'syntax error'],
      [
        'an error in a row',
        `SELECT ${from}, 1 / (i - 3) AS x FROM generate_series(1, 5) AS i`,
        'SPINE_INVALID',
        'division by zero',
      ],
      ['no right to read', `SELECT ${from} FROM secrets`, 'SOURCE_DENIED', 'permission denied for table secrets'],
      ['a function that writes', `SELECT ${from}, write_something() AS x`, 'TRANSFORM_WRITES', 'tries to write'],
      [
        'a CTE that writes',
        `WITH d AS (DELETE FROM notes RETURNING *) SELECT ${from} FROM d`,
        'TRANSFORM_WRITES',
        'This spine would DELETE rows.',
      ],
      ['no key', 'SELECT now() AS event_timestamp', 'SPINE_INVALID', 'no column "user_id"'],
      ['two columns of one name', `SELECT ${from}, 1 AS a, 2 AS a`, 'SPINE_INVALID', 'two columns "a"'],
      ['a record', `SELECT ${from}, ROW(1, 2) AS r`, 'SQL_FAILED', 'record'],
      [
        'no timestamp in a row',
        `SELECT 'ann' AS user_id, NULL::timestamptz AS event_timestamp`,
        'SPINE_INVALID',
        'Row 1 of the spine has no event_timestamp',
      ],
      [
        'an endless timestamp',
        `SELECT 'ann' AS user_id, timestamptz 'infinity' AS event_timestamp`,
        'TIMESTAMP_INVALID',
        'outside the years',
      ],
      [
        'a text for a timestamp',
        `SELECT 'ann' AS user_id, '2026-03-01'::text AS event_timestamp`,
        'SQL_FAILED',
        'timestamp',
      ],
    ])('SQL: %s', async (_, spine, code, message) => {
      await trial.script(`
        CREATE TABLE IF NOT EXISTS secrets (x int); CREATE TABLE IF NOT EXISTS notes (x int);
        REVOKE ALL ON secrets FROM PUBLIC, fstore_app; GRANT ALL ON notes TO fstore_app;
        CREATE OR REPLACE FUNCTION write_something() RETURNS int LANGUAGE plpgsql AS
          $$ BEGIN INSERT INTO notes VALUES (1); RETURN 1; END $$`)
      const told = await failure({ sql: spine, file: 'spine.sql' })
      expect(told).toMatchObject({ code, message: expect.stringContaining(message) })
      expect(await trial.rows('SELECT * FROM notes')).toEqual([])
    })

    test('a timestamp without a zone in SQL', async () => {
      const told = await failure({ sql: `SELECT 'ann' AS user_id, timestamp '2026-03-01' AS event_timestamp` })
      expect(told).toMatchObject({ code: 'TIMESTAMP_INVALID', fix: expect.stringContaining('AT TIME ZONE') })
    })
  })

  test('names longer than PostgreSQL knows come out whole', async () => {
    const features = [`card_transaction_aggregates.${longName}`, 'card_transaction_aggregates.visits']
    const spine = () => csv(`card,event_timestamp\nx,${at}\n`)
    const [full] = features.map((name) => name.replace('.', '__'))
    expect(full?.length).toBeGreaterThan(63)
    expect(await text(spine(), 'csv', features, 'full')).toMatch(new RegExp(`^card,event_timestamp,${full},`))
    expect(JSON.parse(await text(spine(), 'jsonl', features, 'full'))).toEqual({
      card: 'x',
      event_timestamp: '2026-03-01T00:00:00+00:00',
      [full as string]: 0.5,
      card_transaction_aggregates__visits: 1,
    })
    expect(await rows(spine(), features)).toEqual([
      {
        spine: { card: 'x', event_timestamp: at },
        features: { [features[0] as string]: 0.5, [features[1] as string]: 1 },
      },
    ])
  })
})
