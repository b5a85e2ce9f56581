/** What a fixture expects against what was computed, both as JSON has it. */
import { parseInstant } from '../config/instant.js'
import type { FeatureSpec } from '../config/project.js'

/** What differs of one value; undefined where nothing does. */
export function differs(feature: FeatureSpec, expected: unknown, actual: unknown): boolean {
  const found = plain(actual)
  if (expected === null || found === null) return expected !== found
  if (Array.isArray(expected) && Array.isArray(found))
    return expected.length !== found.length || expected.some((value, i) => !isSame(feature, value, found[i]))
  return !isSame(feature, expected, found)
}

/** As a fixture holds it. */
export function plain(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Float32Array) return Array.from(value)
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  return value
}

function isSame({ dataType }: FeatureSpec, expected: unknown, found: unknown): boolean {
  if (dataType === 'timestamp' && typeof expected === 'string') return instant(expected) === instant(String(found))
  if (typeof found === 'number' && typeof expected === 'number') return isClose(expected, found)
  return String(expected) === String(found) && typeof expected === typeof found
}

/** Sums of floats depend on the order of their rows, in the last digits. */
function isClose(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b))
}

function instant(text: string): string {
  try {
    return parseInstant(text)
  } catch {
    return text
  }
}
