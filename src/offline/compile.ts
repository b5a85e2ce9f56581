/** From a project to groups that can be built: SQL read and parsed, dependencies ordered, fingerprints taken. */
import type { FeatureSpec, GroupSpec, Project } from '../config/project.js'
import { readSql } from '../config/sql-source.js'
import { FstoreError } from '../errors.js'
import { type Definition, define } from '../registry/definition.js'
import { rollingSelect } from '../transform/rolling.js'
import { isRolling } from '../transform/rolling-part.js'
import { parseSelect, placeOf, type Select } from '../transform/select.js'
import { type FeatureTable, featureTable, type Schemas, schemasOf } from './feature-table.js'

/** One SELECT of a group: for all its features, or for the one named. */
export interface OwnedSelect {
  readonly feature?: FeatureSpec
  readonly select: Select
}

export interface CompiledGroup {
  readonly group: GroupSpec
  readonly definition: Definition
  readonly table: FeatureTable
  readonly selects: readonly OwnedSelect[]
  /** The groups whose rows its SQL reads. */
  readonly reads: readonly CompiledGroup[]
}

/**
 * @param root the folder that `sqlFile()` paths start from
 * @returns every group, each after those it reads
 * @throws FstoreError SQL_FILE_MISSING, SQL_INVALID, and CONFIG_INVALID for a cycle
 */
export async function compileProject(options: {
  project: Project
  root: string
  /** Where inline SQL may have been written. */
  files?: readonly string[] | undefined
}): Promise<CompiledGroup[]> {
  const { project } = options
  const schemas = schemasOf(project.schema)
  const parsed = new Map<string, OwnedSelect[]>()
  for (const group of project.groups) parsed.set(group.name, await parseGroup(group, options, schemas))

  const compiled = new Map<string, CompiledGroup>()
  const visit = (group: GroupSpec, path: readonly string[]): CompiledGroup => {
    const done = compiled.get(group.name)
    if (done !== undefined) return done
    const selects = parsed.get(group.name) as OwnedSelect[]
    const trail = [...path, group.name]
    const reads = referencedGroups(selects, project).map((name) => {
      if (trail.includes(name)) throw cycle([...trail.slice(trail.indexOf(name)), name])
      return visit(project.groups.find((other) => other.name === name) as GroupSpec, trail)
    })
    const result = compileGroup(group, selects, reads, schemas)
    compiled.set(group.name, result)
    return result
  }
  for (const group of project.groups) visit(group, [])
  return [...compiled.values()]
}

function compileGroup(
  group: GroupSpec,
  selects: readonly OwnedSelect[],
  reads: readonly CompiledGroup[],
  schemas: Schemas,
): CompiledGroup {
  const sql = new Map(
    selects.map(({ feature, select }) => [
      feature?.name ?? '',
      { text: select.source.text, canonical: select.canonical },
    ]),
  )
  const dependsOn = reads.map(({ definition }) => ({
    group: definition.group.name,
    fingerprint: definition.fingerprint,
  }))
  const definition = define(group, sql, dependsOn)
  return Object.freeze({ group, definition, table: featureTable(definition, schemas), selects, reads })
}

/** The SELECTs of one group, read and parsed. @throws FstoreError SQL_FILE_MISSING, SQL_INVALID, TRANSFORM_WRITES */
export async function parseGroup(
  group: GroupSpec,
  { root, files }: { root: string; files?: readonly string[] | undefined },
  schemas: Schemas,
): Promise<OwnedSelect[]> {
  if (isRolling(group)) {
    const { source } = group.rolling
    const text = 'table' in source ? undefined : await readSql({ source, root, files })
    return [{ select: rollingSelect(group, text, schemas.offline) }]
  }
  const owners = [{ sql: group.sql }, ...group.features.map((feature) => ({ feature, sql: feature.sql }))]
  const selects: OwnedSelect[] = []
  for (const owner of owners) {
    if (owner.sql === undefined) continue
    const source = await readSql({ source: owner.sql, root, files })
    const select = parseSelect(source, schemas.offline)
    selects.push('feature' in owner ? { feature: owner.feature, select } : { select })
  }
  return selects
}

function referencedGroups(selects: readonly OwnedSelect[], project: Project): string[] {
  const names = new Set<string>()
  for (const { select } of selects)
    for (const reference of select.references) {
      const known = project.groups.some((group) => group.name === reference.group)
      if (known) names.add(reference.group)
      else throw unknownGroup(select, reference.from, reference.group, project)
    }
  return [...names]
}

export function unknownGroup(select: Select, token: number, name: string, project: Project): FstoreError {
  const start = select.tokens[token]?.start ?? 0
  return new FstoreError('NAME_UNKNOWN', `This SQL reads the group "${name}", which the config does not have.`, {
    where: placeOf(select.source, start),
    fix: `Groups: ${project.groups.map((group) => group.name).join(', ')}.`,
  })
}

function cycle(path: readonly string[]): FstoreError {
  return new FstoreError('CONFIG_INVALID', `Groups read each other in a circle: ${path.join(' → ')}.`, {
    why: 'A group can only be computed after the groups it reads.',
    fix: 'Break the circle: move the shared part into a group of its own.',
  })
}
