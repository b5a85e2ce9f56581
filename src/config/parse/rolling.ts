import { z } from 'zod'
import { didYouMean } from '../did-you-mean.js'
import { formatDuration, parseDuration } from '../duration.js'
import { isKind } from '../marker.js'
import type { MeasureSpec, RollingFunction, RollingSpec, RollingWindow, SqlSource } from '../project.js'
import { rollingFunctions } from '../rolling.js'
import { readComputed } from './batch.js'
import { field, readFields, sqlSource } from './fields.js'
import type { GroupFields } from './group-fields.js'
import { nameProblem } from './names.js'
import { type Report, show } from './report.js'

const column = field((value) =>
  typeof value === 'string' && value !== '' && !value.includes('\0')
    ? { value }
    : { message: `${show(value)} is not the name of a column`, fix: "Write it as text, such as 'created_at'." },
)

const source = field<RollingSpec['source']>((value) => {
  if (typeof value === 'string') {
    if (/^[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*)?$/.test(value)) return { value: { table: value } }
    return { message: `${show(value)} is not a table`, fix: "Write 'table' or 'schema.table', or sql`SELECT …`." }
  }
  if (!isKind(value, 'sql')) return { message: `${show(value)} is not a table or SQL`, fix: "Write source: 'events'." }
  const read = sqlSource.safeParse(value)
  return read.success ? { value: read.data as SqlSource } : { message: 'is empty' }
})

const shape = { source, timestamp: column, keys: z.unknown(), measures: z.unknown(), windows: z.unknown() }

/** The options of a group that is rolled up from events. */
export function readRolling(raw: Record<string, unknown>, path: string, report: Report): GroupFields {
  const { rolling, ...rest } = raw
  const fields = readComputed({ raw: rest, own: {}, what: 'a rolling group', path, report })
  const own = Object(rolling) as Record<string, unknown>
  const { source, timestamp } = readFields({ raw: own, shape, path, what: 'a rolling group', report })
  if (own.source === undefined) report(`${path}.source`, 'is missing', "Write source: 'events'")
  if (own.timestamp === undefined) report(`${path}.timestamp`, 'is missing', "Write timestamp: 'created_at'")
  const spec = {
    source: source ?? { table: '' },
    timestamp: timestamp ?? '',
    keys: parseKeys(own.keys, raw.entity, `${path}.keys`, report),
    measures: parseMeasures(own.measures, `${path}.measures`, report),
    windows: parseWindows(own.windows, fields.every, `${path}.windows`, report),
  }
  return { ...fields, rolling: spec }
}

/** By key of the entity, in its order, the column of the source. */
function parseKeys(raw: unknown, entity: unknown, path: string, report: Report): RollingSpec['keys'] {
  const names = isKind(entity, 'entity') ? Object.keys(Object(entity.keys)) : []
  const given = Object(raw) as Record<string, unknown>
  for (const name of Object.keys(given))
    if (!names.includes(name)) report(`${path}.${name}`, `the entity has no key "${name}"`, didYouMean(name, names))
  const shape = Object.fromEntries(names.map((name) => [name, column]))
  const known = Object.fromEntries(Object.entries(given).filter(([name]) => names.includes(name)))
  const read = readFields({ raw: known, shape, path, what: 'keys', report })
  return Object.fromEntries(names.map((name) => [name, read[name] ?? name]))
}

function parseMeasures(raw: unknown, path: string, report: Report): MeasureSpec[] {
  const measures = Object.entries(Object(raw) as Record<string, unknown>)
  if (measures.length === 0)
    report(path, 'a rolling group needs a measure', "Write measures: { events: { functions: ['count'] } }")
  return measures.map(([name, measure]) => parseMeasure(name, measure, `${path}.${name}`, report))
}

function parseMeasure(name: string, raw: unknown, path: string, report: Report): MeasureSpec {
  const problem = nameProblem(name, 'measure')
  if (problem) report(path, problem.message, problem.fix)
  const given = Object(raw) as Record<string, unknown>
  const shape = { expr: z.string(), functions: z.unknown() }
  const { expr } = readFields({ raw: given, shape, path, what: 'a measure', report })
  const known = parseFunctions(given.functions, `${path}.functions`, report)
  if (expr !== undefined && expr.trim() === '') report(`${path}.expr`, 'is empty')
  const needing = known.find((how) => how !== 'count')
  if (expr === undefined && needing !== undefined)
    report(`${path}.expr`, `is missing: ${needing} is of something`, "Write expr: 'amount'")
  return { name, functions: known, ...(expr !== undefined && { expr }) }
}

function parseFunctions(raw: unknown, path: string, report: Report): RollingFunction[] {
  if (!Array.isArray(raw) || raw.length === 0) {
    report(path, raw === undefined ? 'is missing' : 'is not a list of functions', "Write functions: ['count', 'sum']")
    return []
  }
  return raw.flatMap((how: unknown, i) => {
    const at = `${path}[${i}]`
    if (raw.indexOf(how) < i) report(at, `${show(how)} is there already`)
    else if (rollingFunctions.includes(how as RollingFunction)) return [how as RollingFunction]
    else
      report(at, `${show(how)} is not one of ${rollingFunctions.join(', ')}`, didYouMean(String(how), rollingFunctions))
    return []
  })
}

function parseWindows(raw: unknown, every: number, path: string, report: Report): RollingWindow[] {
  if (!Array.isArray(raw) || raw.length === 0) {
    report(path, raw === undefined ? 'is missing' : 'is not a list of durations', "Write windows: ['7d', '28d']")
    return []
  }
  const windows: RollingWindow[] = []
  for (const [i, name] of raw.entries()) {
    const seconds = typeof name === 'string' && /^\d+[smhdw]$/.test(name) ? parseDuration(name) : undefined
    const same = windows.find((window) => window.seconds === seconds)
    if (seconds === undefined || seconds === 0)
      report(`${path}[${i}]`, `${show(name)} is not a length of time`, 'Write a whole number and a unit, such as 7d.')
    else if (same !== undefined) report(`${path}[${i}]`, `${name} is as long as ${same.name}`)
    else if (seconds % every !== 0)
      report(`${path}[${i}]`, `${name} is not a whole number of ${formatDuration(every)} (every)`)
    else windows.push({ name: String(name), seconds })
  }
  return windows
}
