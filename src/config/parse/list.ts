import { isKind } from '../marker.js'
import { nameProblem } from './names.js'
import { type Report, show } from './report.js'

/** Reads a list of what one builder makes, or reports what in it is none. Each is handed on with its path. */
export function parseList<T>(options: {
  readonly raw: unknown
  readonly list: 'groups' | 'services' | 'datasets'
  readonly kind: 'group' | 'service' | 'dataset'
  /** A call of the builder, for a fix. */
  readonly builder: string
  readonly report: Report
  /** Reads one. `path` names it where it has a name. */
  readonly parse: (raw: Record<string, unknown>, path: string) => T | undefined
}): T[] {
  const { raw, list, kind, builder, report, parse } = options
  if (!Array.isArray(raw)) {
    if (raw !== undefined) report(list, `${show(raw)} is not a list`, `Write ${list}: [user_activity]`)
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
