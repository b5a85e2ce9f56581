/** Values and amounts as people read them. */

import { digits } from '../config/digits.js'
import { inert } from './ci/inert.js'

export function count(amount: number, noun: string): string {
  return `${digits(amount)} ${noun}${amount === 1 ? '' : 's'}`
}

export function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)}ms` : `${(ms / 1000).toFixed(1)}s`
}

/** A date alone where the time is midnight. */
export function instant(text: string): string {
  return text.replace('T00:00:00Z', '')
}

/**
 * Text of users' data: what would move the cursor, colour the screen or end the line is shown, not done; nor is what a
 * job of GitHub Actions would obey.
 */
export function visible(text: string): string {
  const shown = text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character]
    return short ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  return inert(shown)
}

export function value(raw: unknown): string {
  if (raw === null || raw === undefined) return '-'
  if (raw instanceof Date) return raw.toISOString().replace('.000Z', 'Z')
  if (raw instanceof Float32Array || Array.isArray(raw)) {
    const shown = Array.from(raw).slice(0, 8).map(value).join(', ')
    return `[${shown}${raw.length > 8 ? `, … ${raw.length}` : ''}]`
  }
  if (typeof raw === 'number' && !Number.isInteger(raw)) return String(Number(raw.toPrecision(6)))
  if (typeof raw === 'object') return JSON.stringify(raw)
  return visible(String(raw))
}
