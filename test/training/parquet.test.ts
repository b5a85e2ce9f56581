/** What Parquet files hold that an export of features alone would not show. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet'
import { BinaryRows } from '../../src/training/binary-rows.js'
import { openParquet } from '../../src/training/parquet.js'
import { parquetType } from '../../src/training/parquet-type.js'
import { print } from '../../src/training/print.js'
import { describeEachDatabase } from '../servers/databases.js'
import { readParquet } from './readers.js'

describeEachDatabase((given) => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fstore-parquet-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** The file that the SELECTs give together. */
  async function written(names: readonly string[], ...selects: readonly string[]): Promise<Buffer> {
    const pieces: Uint8Array[] = []
    const printer = openParquet((bytes) => void pieces.push(bytes))
    await given.db.transaction({ role: 'owner' }, async (tx) => {
      for (const select of selects) await print(printer, tx, { select, names, turn: Promise.resolve() })
    })
    await printer.end()
    return Buffer.concat(pieces)
  }

  async function read(file: Buffer) {
    const path = join(folder, 'file.parquet')
    await writeFile(path, file)
    const rows: unknown[] = []
    for await (const row of readParquet(path)) rows.push(row)
    const { schema, row_groups } = await parquetMetadataAsync(await asyncBufferFromFile(path))
    return { rows, schema, groups: row_groups.map(({ num_rows }) => Number(num_rows)) }
  }

  test.each([
    ['12::int2', 12n],
    ['12::int4', 12n],
    ['(-9223372036854775808)::int8', -(2n ** 63n)],
    ['12.5::numeric', 12.5],
    ['0.1::real', Math.fround(0.1)],
    [`'-0'::float8`, -0],
    [`'{1.5,NULL}'::real[]`, [1.5, null]],
    [`'{12.5}'::numeric[]`, [12.5]],
    [`'{}'::int8[]`, []],
    ['NULL::int8[]', null],
    [`'ab'::char(3)`, 'ab'],
    [`'a0000000-0000-4000-8000-00000000000a'::uuid`, 'a0000000-0000-4000-8000-00000000000a'],
    [`'{"a": [1, null]}'::jsonb`, '{"a": [1, null]}'],
    [`interval '1 day'`, '1 day'],
    [`'{a,b}'::name[]`, '{a,b}'],
    [`'2026-03-01'::date`, new Date('2026-03-01')],
    [`'1969-12-31'::date`, new Date('1969-12-31')],
    [`'2026-03-01 10:00:00.000001'::timestamp`, BigInt(Date.parse('2026-03-01T10:00:00Z')) * 1000n + 1n],
    [`'2026-03-01 10:00:00.000001+02'::timestamptz`, BigInt(Date.parse('2026-03-01T08:00:00Z')) * 1000n + 1n],
    [`'infinity'::timestamptz`, 2n ** 63n - 1n],
    [`'-infinity'::timestamptz`, -(2n ** 63n) + 1n],
    [`'294276-12-31 23:59:59.999999+00'::timestamptz`, 2n ** 63n - 1n],
  ])('%s', async (expression, value) => {
    const { rows } = await read(await written(['value'], `SELECT ${expression} AS value`))
    expect(rows).toEqual([{ value }])
  })

  test('instants with a zone are marked as such, others as of none', async () => {
    const select = `SELECT now() AS instant, now()::timestamp AS local`
    const { schema } = await read(await written(['instant', 'local'], select))
    const stamps = schema.slice(1).map(({ logical_type }) => logical_type)
    expect(stamps).toEqual([
      { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
      { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' },
    ])
  })

  test('columns have the names they are given, longer ones than PostgreSQL allows too', async () => {
    const names = ['a', 'b'].map((end) => `${'x'.repeat(70)}${end}`)
    const { rows } = await read(await written(names, `SELECT 1 AS ${names[0]}, 2 AS ${names[1]}`))
    expect(rows).toEqual([{ [names[0] as string]: 1n, [names[1] as string]: 2n }])
  })

  test('no rows give a file with the columns', async () => {
    const { rows, schema } = await read(await written(['n'], 'SELECT 1 AS n WHERE false'))
    expect(rows).toEqual([])
    expect(schema.map(({ name }) => name)).toEqual(['root', 'n'])
  })

  const numbers = (from: number, to: number) =>
    `SELECT n, repeat('text', n % 50) AS words FROM generate_series(${from}, ${to}) AS n ORDER BY n`

  test('the same rows give the same file, however many connections they came over', async () => {
    const names = ['n', 'words']
    const whole = await written(names, numbers(1, 25_000))
    const parts = await written(names, numbers(1, 3), numbers(4, 13_000), numbers(1, 0), numbers(13_001, 25_000))
    expect(parts.equals(whole)).toBe(true)
    const { rows, groups } = await read(whole)
    expect(rows).toEqual(
      Array.from({ length: 25_000 }, (_, i) => ({ n: BigInt(i + 1), words: 'text'.repeat((i + 1) % 50) })),
    )
    expect(groups.length).toBeGreaterThan(1)
  })

  test('-0 stays apart from 0, alone and in lists', async () => {
    const one = `CASE WHEN n % 2 = 0 THEN '-0'::float8 ELSE 0 END`
    const select = `SELECT ${one} AS one, ARRAY[${one}] AS many FROM generate_series(0, 999) AS n ORDER BY n`
    const { rows } = await read(await written(['one', 'many'], select))
    const signed = (i: number) => (i % 2 === 0 ? -0 : 0)
    expect(rows).toEqual(Array.from({ length: 1000 }, (_, i) => ({ one: signed(i), many: [signed(i)] })))
  })

  test('wide rows make small groups', async () => {
    const select = `SELECT repeat('x', 1000000) AS words FROM generate_series(1, 10)`
    const { groups } = await read(await written(['words'], select))
    expect(Math.max(...groups)).toBeLessThan(10)
    expect(groups.reduce((sum, rows) => sum + rows)).toBe(10)
  })

  test('a list within a list is refused', async () => {
    await expect(written(['n'], `SELECT '{{1,2},{3,4}}'::int8[] AS n`)).rejects.toMatchObject({ code: 'OUTPUT_FAILED' })
  })

  test('rows are found wherever the bytes are cut', async () => {
    const bytes = await given.db.transaction({ role: 'owner' }, async (tx) => {
      const pieces: Uint8Array[] = []
      const select = `SELECT n::int8, CASE WHEN n <> 2 THEN repeat('é', n) END FROM generate_series(0, 3) AS n`
      for await (const piece of tx.copyTo(`COPY (${select}) TO STDOUT WITH (FORMAT binary)`)) pieces.push(piece)
      return Buffer.concat(pieces)
    })
    for (let size = 1; size <= bytes.length; size++) {
      const rows = new BinaryRows([parquetType(20), parquetType(25)])
      for (let at = 0; at < bytes.length; at += size) {
        rows.push(bytes.subarray(at, at + size))
        while (rows.next());
      }
      expect([rows.column(0), rows.column(1)]).toEqual([
        [0n, 1n, 2n, 3n],
        ['', 'é', null, 'ééé'],
      ])
    }
  })
})
