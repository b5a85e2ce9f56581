import { isKind } from '../marker.js'
import { nameProblem } from './names.js'
import { type Report, show } from './report.js'

const lists = {
  groups: { kind: 'group', builder: "batch('name', { … })", member: 'user_activity' },
  services: { kind: 'service', builder: "service('name', [group.pick('feature')])", member: 'late_v1' },
  datasets: { kind: 'dataset', builder: "dataset('name', { … })", member: 'late_flights' },
} as const

/** Reads a list of what one builder makes, or reports what in it is none. Each is handed on with its path. */
export function parseList<T>(options: {
  readonly raw: unknown
  readonly list: keyof typeof lists
  readonly report: Report
  /** Reads one. `path` names it where it has a name. */
  readonly parse: (raw: Record<string, unknown>, path: string) => T | undefined
}): T[] {
  const { raw, list, report, parse } = options
  const { kind, builder, member } = lists[list]
  if (!Array.isArray(raw)) {
    if (raw !== undefined) report(list, `${show(raw)} is not a list`, `Write ${list}: [${member}]`)
    return []
  }
  const seen = new Map<unknown, number>()
  return raw.flatMap((item: unknown, index) => {
    const at = `${list}[${index}]`
    if (!isKind(item, kind)) {
      const exported = 'Is it exported, and do two files import each other?'
      report(at, `${show(item)} is not a ${kind}`, item === undefined ? exported : `Use ${builder}`)
      return []
    }
    const other = seen.get(item.name)
    if (other !== undefined) report(at, `"${String(item.name)}" is already ${list}[${other}]`)
    else if (item.name !== undefined) seen.set(item.name, index)
    // One thing listed twice is one mistake, whatever else is wrong with it.
    if (raw.indexOf(item) < index) return []
    const path = typeof item.name === 'string' && item.name !== '' ? `${list}.${item.name}` : at
    const problem = nameProblem(item.name, kind)
    if (problem) report(path, problem.message, problem.fix)
    return parse(item, path) ?? []
  })
}
