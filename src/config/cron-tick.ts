/** When a schedule last came round. */

const minute = 60_000
const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const months = ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** A day that a schedule means comes within five years, or never: the 29th of February, at the longest eight. */
const farthest = 9 * 366

/**
 * @param expression a cron expression of five fields that the config has checked
 * @returns the last minute at or before an instant that the schedule means, UTC; undefined where there is none
 */
export function lastTick(expression: string, at: Date): Date | undefined {
  const [minutes, hours, days, monthsOfYear, weekdays] = fieldsOf(expression)
  const starred = expression.trim().split(/\s+/)
  // As cron has it: where both days are restricted, either will do.
  const either = !starred[2]?.startsWith('*') && !starred[4]?.startsWith('*')
  const day = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()))
  for (let i = 0; i < farthest; i++, day.setUTCDate(day.getUTCDate() - 1)) {
    const [date, weekday] = [days.has(day.getUTCDate()), weekdays.has(day.getUTCDay())]
    if (!monthsOfYear.has(day.getUTCMonth() + 1) || !(either ? date || weekday : date && weekday)) continue
    const last = Math.min(day.getTime() + 1439 * minute, at.getTime())
    for (let time = Math.floor(last / minute) * minute; time >= day.getTime(); time -= minute) {
      const moment = new Date(time)
      if (hours.has(moment.getUTCHours()) && minutes.has(moment.getUTCMinutes())) return moment
    }
  }
  return undefined
}

type Numbers = ReadonlySet<number>

function fieldsOf(expression: string): readonly [Numbers, Numbers, Numbers, Numbers, Numbers] {
  const [minutes = '*', hours = '*', days = '*', monthsOfYear = '*', weekdays = '*'] = expression.trim().split(/\s+/)
  const week = [...numbersOf(weekdays, 0, 7, names)].map((day) => day % 7)
  return [
    numbersOf(minutes, 0, 59),
    numbersOf(hours, 0, 23),
    numbersOf(days, 1, 31),
    numbersOf(monthsOfYear, 1, 12, months),
    new Set(week),
  ]
}

function numbersOf(field: string, low: number, high: number, words: readonly string[] = []): Numbers {
  const numbers = new Set<number>()
  const numberOf = (text: string) => (/^\d+$/.test(text) ? Number(text) : words.indexOf(text.toLowerCase()))
  for (const item of field.split(',')) {
    const [range = '*', step] = item.split('/')
    const [first, last] = range === '*' ? [low, high] : range.split('-').map(numberOf)
    const end = last ?? (step === undefined ? first : high)
    for (let n = first as number; n <= (end as number); n += Number(step ?? 1)) numbers.add(n)
  }
  return numbers
}
