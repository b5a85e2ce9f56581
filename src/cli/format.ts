/** Values and amounts as people read them. */

export function count(amount: number, noun: string): string {
  return `${amount.toLocaleString('en-US')} ${noun}${amount === 1 ? '' : 's'}`
}

export function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)}ms` : `${(ms / 1000).toFixed(1)}s`
}

/** A date alone where the time is midnight. */
export function instant(text: string): string {
  return text.replace('T00:00:00Z', '')
}

/** Text of users' data: what would move the cursor, colour the screen or end the line is shown, not done. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character]
    return short ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
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
