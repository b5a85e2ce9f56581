const fields = [
  ['minute', 0, 59],
  ['hour', 0, 23],
  ['day of the month', 1, 31],
  ['month', 1, 12],
  ['day of the week', 0, 7],
] as const

const names = /^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)$/i

/** What is wrong with a cron expression of five fields; undefined where nothing is. */
export function cronProblem(expression: string): string | undefined {
  const parts = expression.trim().split(/\s+/)
  if (expression.trim() === '' || parts.length !== fields.length) return 'is not a cron expression'
  for (const [index, [name, low, high]] of fields.entries()) {
    const fits = parts[index]?.split(',').every((item) => isItem(item, low, high))
    if (!fits) return `has a wrong ${name} ("${parts[index]}")`
  }
  return undefined
}

/** A star, `5`, `1-5` or `mon-fri`, each also with a step after a slash. */
function isItem(item: string, low: number, high: number): boolean {
  const [range = '', step, more] = item.split('/')
  if (more !== undefined || (step !== undefined && !(/^\d+$/.test(step) && Number(step) > 0))) return false
  if (range === '*') return true
  const ends = range.split('-')
  return ends.length <= 2 && ends.every((end) => names.test(end) || isNumber(end, low, high))
}

function isNumber(text: string, low: number, high: number): boolean {
  return /^\d{1,2}$/.test(text) && Number(text) >= low && Number(text) <= high
}
