import { didYouMean } from '../did-you-mean.js'
import { isKind } from '../marker.js'
import type { EntityKey, EntitySpec, GroupSpec, KeyType } from '../project.js'
import { nameProblem } from './names.js'
import { type Report, show } from './report.js'

const keyTypes: readonly string[] = ['string', 'int64', 'uuid'] satisfies KeyType[]

/** Reads a group's entity, or reports why it is none. */
export function parseEntity(raw: unknown, path: string, report: Report): EntitySpec | undefined {
  if (!isKind(raw, 'entity')) {
    const what = raw === undefined ? 'is missing' : `${show(raw)} is not an entity`
    report(path, what, "Use entity('user', { user_id: 'string' })")
    return undefined
  }
  const problem = nameProblem(raw.name, 'entity')
  if (problem) report(path, problem.message, problem.fix)
  const keys = parseKeys(raw.keys, path, report)
  if (problem || keys === undefined) return undefined
  const { description } = raw
  return { name: String(raw.name), keys, ...(typeof description === 'string' && { description }) }
}

function parseKeys(raw: unknown, path: string, report: Report): EntityKey[] | undefined {
  const entries = typeof raw === 'object' && raw !== null ? Object.entries(raw) : []
  if (entries.length === 0) report(`${path}.keys`, 'an entity needs a key', "Write { user_id: 'string' }")
  let sound = entries.length > 0
  for (const [name, type] of entries) {
    const problem = nameProblem(name, 'key') ?? typeProblem(type)
    if (problem) report(`${path}.keys.${name}`, problem.message, problem.fix)
    sound &&= problem === undefined
  }
  return sound ? entries.map(([name, type]) => ({ name, type: type as KeyType })) : undefined
}

function typeProblem(type: unknown): { message: string; fix: string } | undefined {
  if (typeof type === 'string' && keyTypes.includes(type)) return undefined
  const message = `${show(type)} is not a type of key (${keyTypes.join(', ')})`
  return { message, fix: typeof type === 'string' ? didYouMean(type, keyTypes) : '' }
}

/** Reports entities that share a name and not their keys: groups of one entity are read by one key. */
export function checkEntities(groups: readonly Pick<GroupSpec, 'name' | 'entity'>[], report: Report): void {
  const seen = new Map<string, { keys: string; path: string }>()
  for (const { name, entity } of groups) {
    const path = `groups.${name}.entity`
    const keys = entity.keys.map((key) => `${key.name}: ${key.type}`).join(', ')
    const other = seen.get(entity.name)
    if (!other) seen.set(entity.name, { keys, path })
    else if (other.keys !== keys) {
      const message = `the entity "${entity.name}" has the keys (${keys}) here and (${other.keys}) in ${other.path}`
      report(path, message, 'Declare the entity once and use it in both groups, or give it another name.')
    }
  }
}
