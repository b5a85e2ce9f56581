import { z } from 'zod'
import { FstoreError, type Problem } from '../errors.js'
import { freeze } from './freeze.js'
import { isKind } from './marker.js'
import { checkEntities } from './parse/entity.js'
import { field, readFields } from './parse/fields.js'
import { parseGroup } from './parse/group.js'
import { nameProblem } from './parse/names.js'
import { parseProfiles } from './parse/profile.js'
import { type Report, reportInto, show } from './parse/report.js'
import { unlikeConfig } from './parse/unlike-config.js'
import type { GroupSpec, Project } from './project.js'

const projectName = field((value) =>
  typeof value === 'string' && /^[a-z][a-z0-9_-]{0,62}$/.test(value)
    ? { value }
    : { message: `${show(value)} is not a project's name`, fix: 'use lower-case letters, digits, - and _' },
)

const schemaName = field((value) => nameProblem(value, 'schema') ?? { value: value as string })

const shape = { project: projectName, schema: schemaName, groups: z.unknown(), profiles: z.unknown() }

/**
 * Turns what `defineConfig` made into a frozen project.
 *
 * @throws FstoreError CONFIG_INVALID with every mistake in `problems`.
 */
export function parseConfig(config: unknown): Project {
  if (!isKind(config, 'config')) throw unlikeConfig(config)
  const problems: Problem[] = []
  const report = reportInto(problems)
  const { project, schema = 'fstore' } = readFields({ raw: config, shape, path: '', what: 'a config', report })
  if (config.project === undefined) report('project', 'is missing', "write project: 'my_project'")
  const groups = parseGroups(config.groups, report)
  const profiles = parseProfiles(config.profiles, report)
  if (problems.length > 0) throw invalid(problems)
  return freeze({ name: String(project), schema, groups, profiles })
}

function parseGroups(raw: unknown, report: Report): GroupSpec[] {
  if (!Array.isArray(raw)) {
    report('groups', raw === undefined ? 'is missing' : `${show(raw)} is not a list`, 'write groups: [user_activity]')
    return []
  }
  if (raw.length === 0) report('groups', 'is empty', "add a group: batch('user_activity', { … })")
  checkNames(raw, report)
  const parsed = raw.flatMap((group, index) => parseGroup(group, index, report) ?? [])
  const entities = parsed.map(({ spec, path }) => ({ entity: spec.entity, path: `${path}.entity` }))
  checkEntities(entities, report)
  return parsed.map(({ spec }) => spec)
}

function checkNames(groups: readonly unknown[], report: Report): void {
  const seen = new Map<unknown, number>()
  for (const [index, group] of groups.entries()) {
    const name = isKind(group, 'group') ? group.name : undefined
    const other = seen.get(name)
    if (name !== undefined && other !== undefined) report(`groups[${index}]`, `"${name}" is already groups[${other}]`)
    else seen.set(name, index)
  }
}

function invalid(problems: readonly Problem[]): FstoreError {
  const count = problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`
  return new FstoreError('CONFIG_INVALID', `The config has ${count}.`, { problems })
}
