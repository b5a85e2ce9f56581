/** What a look at the machine, the database or Redis found. */
import { FstoreError } from '../errors.js'

/** One thing that `doctor` has looked at; with its fix, where it is not as it should be. */
export interface Check {
  readonly area: 'machine' | 'config' | 'database' | 'redis'
  readonly name: string
  /** `warning`: it works, and may not as one expects; `failed`: something of fstore does not work so. */
  readonly state: 'ok' | 'warning' | 'failed'
  readonly message: string
  /** What to do about it, where it is not `ok`. */
  readonly fix?: string
}

export type Found = Omit<Check, 'area' | 'name'>

export function ok(message: string): Found {
  return { state: 'ok', message }
}

export function warning(message: string, fix: string): Found {
  return { state: 'warning', message, fix }
}

export function failed(message: string, fix: string): Found {
  return { state: 'failed', message, fix }
}

/** An error of ours as a check that failed; any other is a bug, and thrown. */
export function failure(error: unknown): Found {
  if (!(error instanceof FstoreError)) throw error
  return failed(
    [error.message, error.why].filter(Boolean).join(' '),
    error.fix ?? `See ${error.code} in the list of errors.`,
  )
}

/** `version` is at least `floor`, part by part. */
export function isAtLeast(version: string, floor: string): boolean {
  const [have, want] = [version, floor].map((text) => text.split('.').map((part) => Number.parseInt(part, 10)))
  for (const [i, part] of (want as number[]).entries()) {
    const own = have?.[i] ?? 0
    if (own !== part) return own > part
  }
  return true
}
