/** Pushes from lines of JSON: keys, features and `event_timestamp` side by side. What cannot be used is set aside. */

import type { GroupSpec, Project } from '../config/project.js'
import { findGroup } from '../config/reference.js'
import type { PushRow } from '../offline/pushed-row.js'
import type { OnlineState, PushResult } from './push-call.js'
import { lineBatches, objectOf } from './text-lines.js'

/** Lines of JSON, one row each. */
export interface PushLines {
  readonly group: string
  readonly content: AsyncIterable<Uint8Array>
  /** Ends it after the batch in flight. */
  readonly signal?: AbortSignal | undefined
}

/** What a push of lines tells while it runs; told apart by `type`. */
export type PushEvent =
  /** A line that was set aside; the first is 1. */
  | { readonly type: 'rejected'; readonly line: number; readonly reasons: readonly string[] }
  /** All up to this line is committed. */
  | ({ readonly type: 'batch'; readonly line: number; readonly online: OnlineState } & PushTotals)

/** How many lines were written, unchanged, or set aside. */
export interface PushTotals {
  readonly lines: number
  readonly written: number
  readonly unchanged: number
  readonly rejected: number
}

interface Line {
  readonly number: number
  readonly row: PushRow | readonly string[]
}

export async function* pushLines({
  group: name,
  content,
  signal,
  project,
  push,
}: PushLines & {
  readonly project: Project
  readonly push: (rows: readonly PushRow[]) => Promise<PushResult>
}): AsyncGenerator<PushEvent, PushTotals> {
  const group = findGroup(project, name)
  const totals = { lines: 0, written: 0, unchanged: 0, rejected: 0 }
  for await (const texts of lineBatches(content)) {
    if (signal?.aborted === true) break
    const lines = texts.map(({ number, text }): Line => ({ number, row: rowOf(group, text) }))
    const sound = lines.filter((line): line is Line & { row: PushRow } => !Array.isArray(line.row))
    const result = await push(sound.map(({ row }) => row))
    const rejected = [
      ...lines.flatMap(({ number, row }) =>
        Array.isArray(row) ? [{ line: number, reasons: row as readonly string[] }] : [],
      ),
      ...result.rejected.map(({ row, reasons }) => ({ line: (sound[row] as Line).number, reasons })),
    ].sort((a, b) => a.line - b.line)
    for (const one of rejected) yield { type: 'rejected', ...one }
    totals.lines += lines.length
    totals.written += result.written
    totals.unchanged += result.unchanged
    totals.rejected += rejected.length
    yield { type: 'batch', line: (lines.at(-1) as Line).number, online: result.online, ...totals }
  }
  return totals
}

/** @returns the row, or what is wrong with the line */
function rowOf({ entity }: GroupSpec, text: string): PushRow | readonly string[] {
  const parsed = objectOf(text)
  if (Array.isArray(parsed)) return parsed
  const { event_timestamp: at, ...fields } = parsed as Record<string, unknown>
  const names = new Set(entity.keys.map(({ name }) => name))
  const part = (isKey: boolean) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => names.has(name) === isKey))
  return {
    key: part(true),
    features: part(false),
    ...(at !== undefined && at !== null && { eventTimestamp: at as string }),
  }
}
