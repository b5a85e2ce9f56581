/** The groups of a config whose SQL can be read, found without stopping at the first that cannot. */
import type { GroupSpec } from '../config/project.js'
import { FstoreError } from '../errors.js'
import { type CompiledGroup, compileProject, type OwnedSelect, parseGroup, unknownGroup } from '../offline/compile.js'
import { schemasOf } from '../offline/feature-table.js'
import type { BuildScope } from './execute.js'
import { type Finding, finding, findingOf } from './finding.js'

/** Each after those it reads. */
export async function compileSound(scope: BuildScope): Promise<{ groups: CompiledGroup[]; findings: Finding[] }> {
  const findings: Finding[] = []
  const parsed = new Map<string, readonly OwnedSelect[]>()
  for (const group of scope.project.groups) {
    const selects = await parseParts(scope, group, findings)
    if (selects !== undefined) parsed.set(group.name, selects)
  }
  const { groups } = scope.project
  for (const { name } of groups) {
    const blocker = brokenSource(name, parsed, scope)
    if (blocker === undefined) continue
    const message = `The SQL of ${name} was not checked: it reads ${blocker}, which is broken.`
    findings.push(finding('note', 'NOT_CHECKED', { group: name }, { message }))
  }
  const sound = groups.filter(({ name }) => parsed.has(name) && brokenSource(name, parsed, scope) === undefined)
  try {
    return { groups: await compileProject({ ...scope, project: { ...scope.project, groups: sound } }), findings }
  } catch (error) {
    if (!(error instanceof FstoreError)) throw error
    return { groups: [], findings: [...findings, findingOf({}, error)] }
  }
}

/** @returns undefined where one of its SELECTs is broken, which is then among the findings */
async function parseParts(scope: BuildScope, group: GroupSpec, findings: Finding[]) {
  const { sql, ...alone } = group
  const features = group.features.filter((feature) => feature.sql !== undefined)
  const parts =
    sql === undefined && features.length > 0 ? features.map((one) => ({ ...alone, features: [one] })) : [group]
  const selects: OwnedSelect[] = []
  let faults = 0
  for (const part of parts) {
    try {
      const parsed = await parseGroup(part, scope, schemasOf(scope.project.schema))
      for (const { select } of parsed)
        for (const { group: read, from } of select.references)
          if (!scope.project.groups.some(({ name }) => name === read))
            throw unknownGroup(select, from, read, scope.project)
      selects.push(...parsed)
    } catch (error) {
      if (!(error instanceof FstoreError)) throw error
      faults++
      findings.push(findingOf({ group: group.name }, error))
    }
  }
  return faults === 0 ? selects : undefined
}

/** The first group that this one reads, itself or through others, and that is broken; undefined for a broken one, too. */
function brokenSource(
  name: string,
  parsed: ReadonlyMap<string, readonly OwnedSelect[]>,
  scope: BuildScope,
  seen: readonly string[] = [],
): string | undefined {
  const sources = (parsed.get(name) ?? []).flatMap(({ select }) => select.references.map(({ group }) => group))
  for (const source of new Set(sources)) {
    if (seen.includes(source)) continue
    const found = parsed.has(source) ? brokenSource(source, parsed, scope, [...seen, name]) : source
    if (found !== undefined) return found
  }
  return undefined
}
