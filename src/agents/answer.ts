/** Reads as a model is given them: JSON text, small, with the age of every value. */
import { FstoreError } from '../errors.js'
import type { AnyRead } from '../online/reader.js'

export interface ToolAnswer {
  readonly text: string
  readonly isError: boolean
}

/** @param shows whether a feature of that name is wanted */
export function readAnswer(key: object, { features }: AnyRead, now: number, shows: (name: string) => boolean) {
  const values = Object.entries(features)
    .filter(([name]) => shows(name))
    .map(([name, { value, status, eventTimestamp, eventTimestampText }]) => {
      if (eventTimestamp === null) return [name, { value, status }]
      return [name, { value, status, eventTimestamp: eventTimestampText, age: age(now - eventTimestamp.getTime()) }]
    })
  return { key, features: Object.fromEntries(values) }
}

/** Models reckon badly with dates. */
function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds}s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)}m`
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)}h`
  return `${Math.round(seconds / 86_400)}d`
}

/** JSON for what JSON lacks: integers beyond 2^53, NaN and the infinities, vectors. */
export function jsonText(document: unknown): string {
  return JSON.stringify(document, (_key, value) => {
    if (typeof value === 'bigint') return value.toString()
    if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
    if (value instanceof Float32Array) return Array.from(value)
    return value
  })
}

/**
 * What a model can act on. What is no error of ours may hold anything: it goes to `onError`, and the model is told of it.
 *
 * @throws the error, where the call was aborted: nobody waits for an answer any more
 */
export function errorAnswer(
  error: unknown,
  {
    signal,
    onError,
  }: { readonly signal?: AbortSignal | undefined; readonly onError?: ((error: unknown) => void) | undefined } = {},
): Record<string, unknown> {
  if (signal?.aborted) throw error
  if (!(error instanceof FstoreError)) {
    onError?.(error)
    return { code: 'INTERNAL', message: 'The feature store failed; try again later.' }
  }
  const { code, message, why, fix } = error
  return { code, message, ...(why !== undefined && { why }), ...(fix !== undefined && { fix }) }
}
