import { z } from 'zod'
import type { EntitySpec, FeatureSpec, OnDemandSpec } from '../project.js'
import { parseEntity } from './entity.js'
import { parseFeature } from './feature.js'
import { metadata, readFields, sqlSource } from './fields.js'
import { type DeclaredGroups, type ParsedPick, parsePick } from './pick.js'
import { type Report, show } from './report.js'
import { checkAliases } from './service.js'

const shape = {
  ...metadata,
  name: z.unknown(),
  sourceType: z.unknown(),
  entity: z.unknown(),
  features: z.unknown(),
  inputs: z.unknown(),
  request: z.unknown(),
  compute: z.unknown(),
  version: z.int().min(1),
  sql: sqlSource,
}

/** An on-demand group whose inputs have not been looked up yet: they may be of a group further down. */
export interface OnDemandDraft {
  readonly spec: Omit<OnDemandSpec, 'inputs'>
  readonly raw: Record<string, unknown>
  readonly path: string
}

/** Reads one on-demand group but for its inputs, or reports what is wrong with it. */
export function parseOnDemand(raw: Record<string, unknown>, path: string, report: Report): OnDemandDraft | undefined {
  const fields = readFields({ raw, shape, path, what: 'an on-demand group', report })
  const { sourceType: _, inputs: __, compute: ___, tags = [], status = 'active', version = 1, ...rest } = fields
  const entity = parseEntity(raw.entity, `${path}.entity`, report)
  const features = parseFields({ raw: raw.features, kind: 'feature', path: `${path}.features`, entity, report })
  if (features.length === 0)
    report(`${path}.features`, 'a group needs a feature', 'Write features: { score: float64() }')
  const request = parseFields({ raw: raw.request, kind: 'request field', path: `${path}.request`, entity, report })
  checkWay(raw, path, report)
  if (entity === undefined) return undefined
  const spec = { ...rest, name: String(raw.name), sourceType: 'on_demand', entity, features, request } as const
  return { spec: { ...spec, version, tags, status }, raw, path }
}

function parseFields(options: {
  raw: unknown
  kind: 'feature' | 'request field'
  path: string
  entity?: EntitySpec | undefined
  report: Report
}): FeatureSpec[] {
  const { raw, kind, path, entity, report } = options
  if (raw !== undefined && (typeof raw !== 'object' || raw === null || Array.isArray(raw)))
    report(path, `${show(raw)} is not an object`, 'Write { scheduled_at: timestamp() }')
  return Object.entries(Object(raw)).flatMap(([name, field]) => {
    const at = `${path}.${name}`
    if (entity?.keys.some((key) => key.name === name))
      report(at, `"${name}" is already a key of the entity "${entity.name}"`, `Give the ${kind} another name.`)
    const spec = parseFeature({ name, raw: field, path: at, report, kind })
    const words = spec === undefined ? [] : [...Object.keys(spec.rules), ...(spec.sql === undefined ? [] : ['sql'])]
    for (const word of words)
      report(`${at}.${word}`, `a ${kind} of an on-demand group keeps no rows that could be checked`, 'Take it out.')
    return spec ?? []
  })
}

/** A function and what it is given, or SQL. */
function checkWay(raw: Record<string, unknown>, path: string, report: Report): void {
  const { compute, sql, inputs, request, version } = raw
  if (sql !== undefined) {
    for (const [name, value] of Object.entries({ compute, inputs, request }))
      if (value !== undefined) report(`${path}.${name}`, 'the group has its sql already', 'Keep one of the two.')
    return
  }
  const fix = 'Write compute: (inputs, request) => ({ score: … }), or sql: sql`SELECT …`'
  if (typeof compute !== 'function')
    report(`${path}.compute`, compute === undefined ? 'is missing' : `${show(compute)} is not a function`, fix)
  if (!Array.isArray(inputs)) {
    const what = inputs === undefined ? 'is missing' : `${show(inputs)} is not a list`
    report(`${path}.inputs`, what, "Write inputs: [group.pick('feature')]")
  }
  if (version === undefined)
    report(`${path}.version`, 'is missing', 'Write version: 1, and raise it with the function.')
}

/** Looks up the inputs of all, and orders them, each after those it reads. */
export function resolveInputs(
  drafts: readonly OnDemandDraft[],
  groups: DeclaredGroups,
  report: Report,
): OnDemandSpec[] {
  const specs = drafts.map((draft) => ({ ...draft.spec, inputs: inputsOf(draft, groups, report) }))
  const ordered = new Map<string, OnDemandSpec>()
  const visit = (spec: OnDemandSpec, trail: readonly string[]): void => {
    const at = trail.indexOf(spec.name)
    if (at >= 0) reportCycle([...trail.slice(at), spec.name], report)
    if (at >= 0 || ordered.has(spec.name)) return
    for (const { group } of spec.inputs) {
      const input = specs.find(({ name }) => name === group)
      if (input !== undefined) visit(input, [...trail, spec.name])
    }
    ordered.set(spec.name, spec)
  }
  for (const spec of specs) visit(spec, [])
  return [...ordered.values()]
}

function reportCycle(names: readonly string[], report: Report): void {
  const message = `on-demand groups read each other in a circle: ${names.join(' → ')}`
  report(`groups.${names[0]}.inputs`, message, 'Take one of these inputs out.')
}

function inputsOf({ raw, spec, path }: OnDemandDraft, groups: DeclaredGroups, report: Report): OnDemandSpec['inputs'] {
  if (!Array.isArray(raw.inputs) || raw.sql !== undefined) return []
  const picks = raw.inputs.flatMap((pick: unknown, i) => parsePick(pick, `${path}.inputs[${i}]`, groups, report) ?? [])
  checkAliases(picks, report)
  for (const pick of picks) checkKeys(pick, spec.entity, report)
  return picks.map((pick) => pick.spec)
}

/** The keys of what it reads are among its own: there is nothing else that they could come from. */
function checkKeys({ joinKeys, path, spec }: ParsedPick, { name, keys }: EntitySpec, report: Report): void {
  for (const key of joinKeys) {
    const own = keys.find((one) => one.name === key.name)
    const example = `.as('${spec.alias}', { ${Object.keys(spec.on)[0]}: '${keys[0]?.name}' })`
    const fix = `Say which of ${keys.map((one) => one.name).join(', ')} it is: ${example}`
    if (own === undefined) report(path, `the entity "${name}" has no key "${key.name}"`, fix)
    else if (own.type !== key.type) report(path, `the key "${key.name}" is ${own.type} here and ${key.type} there`, fix)
  }
}
