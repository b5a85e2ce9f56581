import { didYouMean } from '../did-you-mean.js'
import { isKind } from '../marker.js'
import type { EntityKey, EntitySpec, GroupSpec, PickSpec } from '../project.js'
import { nameProblem } from './names.js'
import { type Report, show } from './report.js'

/** What picks may refer to, by group: also of groups that are wrong in other ways. */
export type DeclaredGroups = ReadonlyMap<
  unknown,
  { readonly features: readonly string[]; readonly entity: EntitySpec | undefined }
>

export function declaredGroups(raw: unknown, specs: readonly Pick<GroupSpec, 'name' | 'entity'>[]): DeclaredGroups {
  const groups = Array.isArray(raw) ? raw.filter((group) => isKind(group, 'group')) : []
  return new Map(
    groups.map(({ name, features }) => [
      name,
      { features: Object.keys(Object(features)), entity: specs.find((spec) => spec.name === name)?.entity },
    ]),
  )
}

export interface ParsedPick {
  readonly spec: PickSpec
  readonly path: string
  readonly joinKeys: readonly EntityKey[]
}

/** Reads one pick, or reports what is wrong with it. */
export function parsePick(raw: unknown, path: string, groups: DeclaredGroups, report: Report): ParsedPick | undefined {
  if (!isKind(raw, 'pick')) {
    const whole = isKind(raw, 'group')
    const example = whole ? `${raw.name}.pick('${Object.keys(Object(raw.features))[0]}')` : "group.pick('feature')"
    report(path, `${whole ? 'a whole group' : show(raw)} is not a pick`, `Write ${example}`)
    return undefined
  }
  const group = groups.get(raw.group)
  if (group === undefined) {
    report(path, `the group "${raw.group}" is not in the config`, 'Add it to groups.')
    return undefined
  }
  const name = String(raw.group)
  const features = parseFeatureNames({ raw: raw.features, group: name, known: group.features, path, report })
  const problem = raw.alias === undefined ? undefined : nameProblem(raw.alias, 'alias')
  if (problem) report(path, problem.message, problem.fix)
  if (group.entity === undefined) return undefined
  const joinKeys = parseOn({ raw, entity: group.entity, path: `${path}.on`, report })
  const on = Object.fromEntries(group.entity.keys.map((key, i) => [key.name, (joinKeys[i] as EntityKey).name]))
  return { spec: { group: name, alias: String(raw.alias ?? name), features, on }, path, joinKeys }
}

function parseFeatureNames(options: {
  raw: unknown
  group: string
  known: readonly string[]
  path: string
  report: Report
}): string[] {
  const { group, known, path, report } = options
  const names = options.raw as readonly unknown[]
  if (names.length === 0) report(path, 'a pick needs a feature', `Write ${group}.pick('${known[0]}')`)
  for (const name of new Set(names)) {
    const count = names.filter((other) => other === name).length
    if (count > 1) report(path, `${show(name)} is picked ${count} times`)
    if (typeof name === 'string' && known.includes(name)) continue
    report(path, `the group "${group}" has no feature ${show(name)}`, didYouMean(String(name), known))
  }
  return names.map(String)
}

/** The join keys in the order of the entity's own. */
function parseOn(options: {
  raw: Record<string, unknown>
  entity: EntitySpec
  path: string
  report: Report
}): EntityKey[] {
  const { raw, entity, path, report } = options
  if (raw.alias === undefined) return [...entity.keys]
  const on = Object(raw.on) as Record<string, unknown>
  const names = entity.keys.map((key) => key.name)
  for (const name of Object.keys(on)) {
    if (!names.includes(name))
      report(`${path}.${name}`, `the entity "${entity.name}" has no key "${name}"`, didYouMean(name, names))
  }
  return entity.keys.map(({ name, type }) => {
    const problem = on[name] === undefined ? missing(raw.alias, name) : nameProblem(on[name], 'join key')
    if (problem) report(`${path}.${name}`, problem.message, problem.fix)
    return { name: String(on[name]), type }
  })
}

function missing(alias: unknown, key: string): { message: string; fix: string } {
  return { message: 'is missing', fix: `Say which column holds it: .as('${alias}', { ${key}: 'column' })` }
}
