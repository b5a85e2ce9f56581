/** Events from lines of JSON, a thousand to a transaction. What cannot be used is set aside. */
import type { IngestOptions, IngestResult } from './ingester.js'
import type { OnlineState } from './push-call.js'
import { lineBatches, objectOf, type TextLine } from './text-lines.js'

/** Lines of JSON, one event each. */
export interface IngestLines {
  readonly content: AsyncIterable<Uint8Array>
  /** Ends it after the batch in flight. */
  readonly signal?: AbortSignal | undefined
}

/** What an ingest of lines tells while it runs; told apart by `type`. */
export type IngestEvent =
  /** A line that was set aside; the first is 1. */
  | { readonly type: 'rejected'; readonly line: number; readonly reasons: readonly string[]; readonly text: string }
  /** All up to this line is committed. */
  | ({ readonly type: 'batch'; readonly line: number; readonly online: OnlineState } & IngestTotals)

/** How many lines were applied, duplicates, or set aside. */
export interface IngestTotals {
  readonly lines: number
  readonly applied: number
  readonly duplicates: number
  readonly rejected: number
}

type Rejection = Pick<Extract<IngestEvent, { type: 'rejected' }>, 'line' | 'reasons' | 'text'>

export async function* ingestLines({
  content,
  signal,
  ingest,
}: IngestLines & {
  readonly ingest: (events: readonly unknown[], options: IngestOptions) => Promise<IngestResult>
}): AsyncGenerator<IngestEvent, IngestTotals> {
  const totals = { lines: 0, applied: 0, duplicates: 0, rejected: 0 }
  for await (const lines of lineBatches(content)) {
    if (signal?.aborted === true) break
    const read = lines.map((line) => ({ line, event: objectOf(line.text) }))
    const sound = read.filter(({ event }) => !Array.isArray(event))
    const result = await ingest(
      sound.map(({ event }) => event),
      { lenient: true },
    )
    const rejected = rejections(
      read,
      sound.map(({ line }) => line),
      result,
    )
    for (const one of rejected) yield { type: 'rejected', ...one }
    totals.lines += lines.length
    totals.applied += result.applied
    totals.duplicates += result.duplicates
    totals.rejected += rejected.length
    yield { type: 'batch', line: (lines.at(-1) as TextLine).number, online: result.online, ...totals }
  }
  return totals
}

/** One of each line, whatever the number of groups that reject it. */
function rejections(
  read: readonly { readonly line: TextLine; readonly event: unknown }[],
  sound: readonly TextLine[],
  result: IngestResult,
): Rejection[] {
  const reasons = new Map<TextLine, string[]>()
  for (const { line, event } of read) if (Array.isArray(event)) reasons.set(line, event as string[])
  for (const { event, group, reasons: own } of result.rejected) {
    const line = sound[event] as TextLine
    const named = own.map((reason) => (group === null ? reason : `${group}.${reason}`))
    reasons.set(line, [...(reasons.get(line) ?? []), ...named])
  }
  return [...reasons]
    .map(([{ number, text }, own]) => ({ line: number, reasons: own, text }))
    .sort((a, b) => a.line - b.line)
}
