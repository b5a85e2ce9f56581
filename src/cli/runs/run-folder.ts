/** `.fstore/runs/`: a file a run, named by when it began. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mayRun } from '../../db/process-identity.js'
import type { RunRecord } from './run-record.js'

/** Records that are kept, unless `FSTORE_RUNS` says otherwise. */
const usual = 100
const longestMs = 30 * 24 * 3_600_000
/** `20260131T060000Z-build-1a2b3c.json` */
const recordName = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[a-z-]+-([0-9a-f]{6})\.json$/

/** How many to keep; none are written where it is 0. */
export function recordsKept(text = process.env.FSTORE_RUNS): number {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : usual
}

export function runFolder(root: string): string {
  return join(root, '.fstore', 'runs')
}

/** Whole or not at all; a later one of the same run takes its place. @throws where the folder cannot be written to */
export function writeRecord(folder: string, record: RunRecord): void {
  mkdirSync(folder, { recursive: true })
  const stamp = record.startedAt.replace(/\.\d+Z$/, 'Z').replace(/[-:]/g, '')
  const path = join(folder, `${stamp}-${record.command}-${record.id}.json`)
  const draft = `${path}.${randomUUID()}`
  try {
    // Whose keys an error names is nobody else's business.
    writeFileSync(draft, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 })
    renameSync(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Newest first; none where there is no folder. What is not a record of ours is passed over. */
export function readRecords(folder: string): RunRecord[] {
  return recordNames(folder)
    .map((name) => read(join(folder, name)))
    .filter((record) => record !== undefined)
    .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
}

/** Removes the oldest beyond so many, those that are too old, and what a process that died left half written. */
export function pruneRecords(folder: string, keep: number, now = Date.now()): void {
  const names = recordNames(folder)
  const old = names.filter((name, i) => i >= keep || now - startOf(name) > longestMs)
  const drafts = readdirSync(folder).filter((name) => /\.json\.[0-9a-f-]{36}$/.test(name))
  const left = drafts.filter((name) => {
    const written = statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? now
    return now - written > 3_600_000
  })
  for (const name of [...old, ...left]) rmSync(join(folder, name), { force: true })
}

function recordNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => recordName.test(name))
      .sort()
      .reverse()
  } catch {
    return []
  }
}

function startOf(name: string): number {
  const [, year, month, day, hour, minute, second] = (recordName.exec(name) ?? []).map(Number)
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second)
}

function read(path: string): RunRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as RunRecord
    if (record.schemaVersion !== 1 || typeof record.id !== 'string') return undefined
    return record.state === 'running' && !mayRun(record.process) ? { ...record, state: 'died' } : record
  } catch {
    return undefined
  }
}
