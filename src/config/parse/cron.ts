/** Checks a schedule when the config is read; what works out its ticks is loaded by what runs them. */

const fields = [
  { name: 'minute', low: 0, high: 59, words: [] },
  { name: 'hour', low: 0, high: 23, words: [] },
  { name: 'day of the month', low: 1, high: 31, words: [] },
  {
    name: 'month',
    low: 1,
    high: 12,
    words: ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'day of the week', low: 0, high: 7, words: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
] as const

type Field = (typeof fields)[number]

/** What is wrong with a cron expression of five fields; undefined where nothing is. */
export function cronProblem(expression: string): string | undefined {
  const parts = expression.trim().split(/\s+/)
  if (expression.trim() === '' || parts.length !== fields.length) return 'is not a cron expression'
  for (const [index, field] of fields.entries()) {
    const fits = parts[index]?.split(',').every((item) => isItem(item, field))
    if (!fits) return `has a wrong ${field.name} ("${parts[index]}")`
  }
  return undefined
}

/** A star, `5`, `1-5` or `mon-fri`; a star and a range may have a step after a slash. */
function isItem(item: string, field: Field): boolean {
  const [range = '', step, more] = item.split('/')
  // Sunday is 0 and 7.
  const longest = field.high === 7 ? 7 : field.high - field.low + 1
  if (more !== undefined || (step !== undefined && !isWithin(numberOf(step), 1, longest))) return false
  if (range === '*') return true
  const ends = range.split('-').map((end) => numberOf(end, field.words))
  const [first = Number.NaN, last = step === undefined ? first : Number.NaN] = ends
  return ends.length <= 2 && isWithin(first, field.low, last) && isWithin(last, first, field.high)
}

function numberOf(text: string, words: readonly string[] = []): number {
  if (/^\d{1,2}$/.test(text)) return Number(text)
  const word = words.indexOf(text.toLowerCase())
  return text === '' || word === -1 ? Number.NaN : word
}

function isWithin(number: number, low: number, high: number): boolean {
  return number >= low && number <= high
}
