/** The point-in-time cases that are data: every one of them, on every database, by the library and by the command. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { parse as parseArray } from 'postgres-array'
import { run } from '../../src/cli/commands/pit-export.js'
import { parseInstant } from '../../src/config/instant.js'
import { parseConfig } from '../../src/config/parse.js'
import { openPGlite } from '../../src/db/pglite.js'
import { AnyStore } from '../../src/store.js'
import type { FeatureRequest } from '../../src/training/picks.js'
import type { PointInTimeRow } from '../../src/training/rows.js'
import { Trial } from '../plan/trial.js'
import { cacheDirectory, describeEachDatabase } from '../servers/databases.js'
import config, { type Case, cases, groupName } from './conformance-config.js'
import { writeHistory } from './feature-history.js'
import { readCsv, readJsonl } from './readers.js'

type Json = Readonly<Record<string, unknown>>

describeEachDatabase((given) => {
  let root: string
  const environment = process.env.DATABASE_URL

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'fstore-conformance-'))
    await copyFile(new URL('conformance-config.ts', import.meta.url), join(root, 'featurestore.config.ts'))
    const embedded = given.kind === 'pglite'
    if (!embedded) process.env.DATABASE_URL = given.url
    const db = embedded ? openPGlite({ directory: join(root, '.fstore', 'pglite'), cacheDirectory }) : given.db
    const trial = new Trial({ db, project: 'conformance' }).declare(...config.groups)
    await trial.built()
    for (const one of cases)
      for (const { name, rows } of one.groups) await writeHistory(trial, { group: groupName(one, name), rows })
    if (embedded) await db.close()
  })
  afterAll(async () => {
    if (environment === undefined) delete process.env.DATABASE_URL
    else process.env.DATABASE_URL = environment
    await rm(root, { recursive: true, force: true })
  })

  describe('by the library', () => {
    let store: AnyStore
    beforeAll(() => {
      const project = parseConfig(config)
      const database = given.kind === 'pglite' ? {} : { database: given.url }
      store = new AnyStore({ project, profile: { name: 'default', tenant: 'default', ...database }, root })
    })
    afterAll(() => store.close())

    test.each(cases.map((one) => [one.id, one] as const))('%s', async (_, one) => {
      const { knownAt = false } = one.options
      const rows: PointInTimeRow[] = []
      const features = one.select.map(
        (asked): FeatureRequest =>
          typeof asked === 'string' ? named(one, asked) : { ...asked, feature: named(one, asked.feature) },
      )
      for await (const row of store.pointInTime({ spine: { rows: one.spine }, features, knownAt })) rows.push(row)
      expect(rows.map(({ spine, features }) => asExpected(one, { ...spine, ...features }, '.'))).toEqual(one.expect)
    })
  })

  describe('by the command', () => {
    const formats = given.kind === 'pglite' ? (['jsonl'] as const) : (['csv', 'jsonl'] as const)
    const all = cases.flatMap((one) => formats.map((format) => [one.id, format, one] as const))

    // What the command tells people would fill the tests' output.
    let notes: ReturnType<typeof jest.spyOn>
    beforeEach(() => {
      notes = jest.spyOn(process.stderr, 'write').mockReturnValue(true)
    })
    afterEach(() => notes.mockRestore())

    test.each(all)('%s (%s)', async (id, format, one) => {
      const [spine, output] = [join(root, `${id}.${format}`), join(root, `${id}.out.${format}`)]
      await writeFile(
        spine,
        format === 'csv' ? csvOf(one.spine) : one.spine.map((row) => JSON.stringify(row)).join('\n'),
      )
      const plain = one.select.every((asked) => typeof asked === 'string')
      const asked = plain
        ? { features: one.select.map((feature) => named(one, feature as string)), fullNames: true }
        : { service: groupName(one, 'service') }
      expect(await run(spine, { config: root, ...asked, ...one.options, output })).toBe(0)
      const rows: Record<string, unknown>[] = []
      for await (const row of format === 'csv' ? readCsv(output) : readJsonl(output)) rows.push(row)
      const read = format === 'csv' ? rows.map((row) => valuesOf(one, row as Record<string, string | null>)) : rows
      expect(read.map((row) => asExpected(one, row, '__'))).toEqual(one.expect)
      expect(await readFile(output, 'utf8')).toMatch(/\n$/)
    })
  })
})

/** `group.feature`, with the name that the group has here. */
function named(one: Case, reference: string): string {
  return groupName(one, reference)
}

/** The columns that the case expects, under its names; integers as text, instants in one way of writing. */
function asExpected(one: Case, row: Json, separator: string): Json {
  const own = one.groups.map(({ name }) => name)
  return Object.fromEntries(
    Object.entries(one.expect[0] ?? {}).map(([column, example]) => {
      const [group = '', feature] = column.split('.')
      const name = own.includes(group) ? groupName(one, group) : group
      const value = row[feature === undefined ? column : `${name}${separator}${feature}`]
      if (typeof value === 'bigint') return [column, value.toString()]
      return [column, isInstant(example) && typeof value === 'string' ? parseInstant(value) : value]
    }),
  )
}

function isInstant(value: unknown): boolean {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)
}

function csvOf(rows: readonly Json[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const cell = (value: unknown) => (value == null ? '' : `"${String(value).replaceAll('"', '""')}"`)
  return [names, ...rows.map((row) => names.map((name) => row[name]))].map((row) => row.map(cell).join(',')).join('\n')
}

/** What PostgreSQL's text means, by the type of the feature; a label as the type it has in the case. */
function valuesOf(one: Case, row: Readonly<Record<string, string | null>>): Json {
  const types = new Map(
    one.groups.flatMap(({ features }) => Object.entries(features).map(([name, type]) => [name, type] as const)),
  )
  return Object.fromEntries(
    Object.entries(row).map(([column, text]) => {
      const type = types.get(column.split('__')[1] ?? '') ?? typeof one.spine[0]?.[column]
      return [column, text === null ? null : meaningOf(text, type)]
    }),
  )
}

function meaningOf(text: string, type: string): unknown {
  if (type === 'float64' || type === 'number') return Number(text)
  if (type === 'bool' || type === 'boolean') return text === 't' || text === 'true'
  return type === 'array' ? parseArray(text, Number) : text
}
