/** Exact lengths of time: `7d` is 168 hours. There are no months and no years, whose lengths vary. */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd' | 'w'}`

const seconds = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const

/** Seconds of a duration such as `30m` or `1.5h`; undefined where the text is none, or not a whole number of seconds. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)([smhdw])$/.exec(text.trim())
  if (!match) return undefined
  const total = Number(match[1]) * seconds[match[2] as keyof typeof seconds]
  const whole = Math.round(total)
  return Math.abs(total - whole) < 1e-6 && Number.isSafeInteger(whole) ? whole : undefined
}

/** The shortest exact way to write a number of seconds: `7d`, `90m`, `0s`. */
export function formatDuration(total: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    if (total !== 0 && total % seconds[unit] === 0) return `${total / seconds[unit]}${unit}`
  }
  return `${total}s`
}
