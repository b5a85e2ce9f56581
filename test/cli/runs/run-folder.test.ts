/** The files of `.fstore/runs`: what may stand in them, how many there are, and what is made of broken ones. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { keptWords, maskOf } from '../../../src/cli/runs/command-line.js'
import { pruneRecords, readRecords, recordsKept, writeRecord } from '../../../src/cli/runs/run-folder.js'
import type { RunRecord } from '../../../src/cli/runs/run-record.js'
import { emptyTally } from '../../../src/cli/runs/tally.js'
import { ownIdentity } from '../../../src/db/process-identity.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fstore-runs-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const day = 24 * 3_600_000

function record(id: string, startedAt: string, more: Partial<RunRecord> = {}): RunRecord {
  return {
    schemaVersion: 1,
    id,
    command: 'build',
    arguments: ['build'],
    state: 'done',
    exitCode: 0,
    startedAt,
    endedAt: startedAt,
    durationMs: 0,
    version: '0.1.0',
    node: '22.0.0',
    project: 'shop',
    profile: 'default',
    tenant: 'default',
    database: 'embedded',
    redis: null,
    process: ownIdentity(),
    ...emptyTally,
    ...more,
  }
}

const ids = () => readRecords(folder).map(({ id }) => id)

test('newest first; a later record of a run takes its place; what is no record is passed over', () => {
  const running = { state: 'running', exitCode: null, endedAt: null, durationMs: null } as const
  writeRecord(folder, record('000001', '2026-01-01T00:00:00.500Z'))
  writeRecord(folder, record('000003', '2026-01-01T00:00:00.400Z'))
  writeRecord(folder, record('000002', '2026-01-02T00:00:00.000Z', running))
  writeRecord(folder, record('000002', '2026-01-02T00:00:00.000Z'))
  writeRecord(folder, record('000004', '2026-01-03T00:00:00.000Z', running))
  const dead = { ...ownIdentity(), started: '1' }
  writeRecord(folder, record('000005', '2026-01-04T00:00:00.000Z', { ...running, process: dead }))
  writeFileSync(join(folder, '20260105T000000Z-build-00000f.json'), '{"schemaVersion":')
  writeFileSync(join(folder, 'notes.json'), '{}')
  expect(ids()).toEqual(['000005', '000004', '000002', '000001', '000003'])
  expect(readRecords(folder).map(({ state }) => state)).toEqual(['died', 'running', 'done', 'done', 'done'])
  expect(readRecords(join(folder, 'nowhere'))).toEqual([])
})

test('the newest stay, unless they are a month old; foreign files stay, drafts of the dead go', () => {
  const now = Date.UTC(2026, 2, 1)
  for (const [i, age] of [40, 29, 3, 2, 1].entries())
    writeRecord(folder, record(`00000${i}`, new Date(now - age * day).toISOString()))
  writeFileSync(join(folder, 'notes.txt'), '')
  const drafts = ['a', 'b'].map((name) => `20260228T000000Z-build-00000${name}.json.${randomUUID()}`)
  for (const draft of drafts) writeFileSync(join(folder, draft), '')
  for (const [i, hours] of [2, 0].entries()) {
    const at = new Date(now - hours * 3_600_000)
    utimesSync(join(folder, drafts[i] as string), at, at)
  }
  pruneRecords(folder, 100, now)
  expect(ids()).toEqual(['000004', '000003', '000002', '000001'])
  pruneRecords(folder, 2, now)
  expect(ids()).toEqual(['000004', '000003'])
  expect(
    readdirSync(folder)
      .filter((name) => !name.endsWith('.json'))
      .sort(),
  ).toEqual([drafts[1], 'notes.txt'])
})

test.each([
  [undefined, 100],
  ['', 100],
  ['0', 0],
  ['7', 7],
  ['many', 100],
])('FSTORE_RUNS=%s keeps %i', (text, kept) => {
  expect(recordsKept(text)).toBe(kept)
})

const mask = maskOf({ API_TOKEN: 'tok-123456', HOME: '/somewhere' }, ['postgres://me:p%40ssword@db:5432/shop'])

test.each([
  ['--config=postgres://me:other@db/shop', '--config=postgres://me:***@db/shop'],
  ['redis://:hunter22@cache:6379', 'redis://:***@cache:6379'],
  ['postgres://me:p@ss:w/rd@db/shop and user@host', 'postgres://me:***@db/shop and user@host'],
  ['PGPASSWORD=hunter22 --password=hunter22', 'PGPASSWORD=*** --password=***'],
  ['host=db password=hunter22 user=me', 'host=db password=*** user=me'],
  ['p@ssword and p%40ssword, tok-123456', '*** and ***, ***'],
  ['/somewhere/features.csv', '/somewhere/features.csv'],
])('%s is kept as %s', (text, kept) => {
  expect(mask(text)).toBe(kept)
})

test('a password is known whole, though its @ is not encoded', () => {
  expect(maskOf({}, ['postgres://me:hunter@22!@db/shop'])('hunter@22! hunter@')).toBe('*** ***@')
})

test('whom erase removed is not kept', () => {
  expect(keptWords('erase', ['erase', 'user', '42', '--yes'], mask)).toEqual(['erase', '***'])
})
