/** Pushes from lines of JSON: keys, features and `event_timestamp` side by side. What cannot be used is set aside. */

import type { GroupSpec, Project } from '../config/project.js'
import { findGroup } from '../config/reference.js'
import type { PushRow } from '../offline/pushed-row.js'
import type { OnlineState, PushResult } from './push-call.js'

export interface PushLines {
  readonly group: string
  readonly content: AsyncIterable<Uint8Array>
  /** Ends it after the batch in flight. */
  readonly signal?: AbortSignal | undefined
}

export type PushEvent =
  /** A line that was set aside; the first is 1. */
  | { readonly type: 'rejected'; readonly line: number; readonly reasons: readonly string[] }
  /** All up to this line is committed. */
  | ({ readonly type: 'batch'; readonly line: number; readonly online: OnlineState } & PushTotals)

export interface PushTotals {
  readonly lines: number
  readonly written: number
  readonly unchanged: number
  readonly rejected: number
}

const batchSize = 1_000

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
  for await (const texts of batches(textLines(content))) {
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
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return ['is not JSON']
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return ['is not a JSON object']
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

interface TextLine {
  readonly number: number
  readonly text: string
}

/** Only a line feed ends a line: JSON may hold other separators unescaped. Empty lines are passed over. */
async function* textLines(content: AsyncIterable<Uint8Array>): AsyncGenerator<TextLine> {
  let number = 0
  let begun: Uint8Array[] = []
  const line = (bytes: readonly Uint8Array[]): TextLine[] => {
    number++
    const text = Buffer.concat(bytes)
      .toString()
      .replace(number === 1 ? /^\uFEFF/ : '', '')
      .trim()
    return text === '' ? [] : [{ number, text }]
  }
  for await (const piece of content) {
    let start = 0
    for (let end = piece.indexOf(0x0a); end !== -1; end = piece.indexOf(0x0a, start)) {
      yield* line([...begun, piece.subarray(start, end)])
      begun = []
      start = end + 1
    }
    if (start < piece.length) begun.push(piece.subarray(start))
  }
  yield* line(begun)
}

async function* batches(lines: AsyncGenerator<TextLine>): AsyncGenerator<TextLine[]> {
  let batch: TextLine[] = []
  for await (const line of lines) {
    batch.push(line)
    if (batch.length < batchSize) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
