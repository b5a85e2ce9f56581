import { z } from 'zod'
import { FstoreError, type Problem } from '../errors.js'
import { freeze } from './freeze.js'
import { isKind } from './marker.js'
import { parseDataset } from './parse/dataset.js'
import { checkEntities } from './parse/entity.js'
import { field, readFields } from './parse/fields.js'
import { parseGroup } from './parse/group.js'
import { parseList } from './parse/list.js'
import { nameProblem } from './parse/names.js'
import { type OnDemandDraft, parseOnDemand, resolveInputs } from './parse/on-demand.js'
import { type DeclaredGroups, declaredGroups } from './parse/pick.js'
import { parseProfiles } from './parse/profile.js'
import { type Report, reportInto, show } from './parse/report.js'
import { parseService } from './parse/service.js'
import { unlikeConfig } from './parse/unlike-config.js'
import type { DatasetSpec, GroupSpec, Project, ServiceSpec } from './project.js'

const projectName = field((value) =>
  typeof value === 'string' && /^[a-z][a-z0-9_-]{0,62}$/.test(value)
    ? { value }
    : { message: `${show(value)} is not a project's name`, fix: 'Use lower-case letters, digits, - and _.' },
)

const schemaName = field((value) => nameProblem(value, 'schema') ?? { value: value as string })

const shape = {
  project: projectName,
  schema: schemaName,
  groups: z.unknown(),
  services: z.unknown(),
  datasets: z.unknown(),
  profiles: z.unknown(),
}

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
  if (config.project === undefined) report('project', 'is missing', "Write project: 'my_project'")
  const { groups, drafts } = parseGroups(config.groups, report)
  const declared = declaredGroups(config.groups, [...groups, ...drafts.map(({ spec }) => spec)])
  const onDemand = resolveInputs(drafts, declared, report)
  const services = parseServices(config.services, declared, report)
  const datasets = parseDatasets(config.datasets, services, report)
  const profiles = parseProfiles(config.profiles, report)
  if (problems.length > 0) throw invalid(problems)
  return freeze({ name: String(project), schema, groups, onDemand, services, datasets, profiles })
}

function parseGroups(raw: unknown, report: Report): { groups: GroupSpec[]; drafts: OnDemandDraft[] } {
  if (raw === undefined) report('groups', 'is missing', 'Write groups: [user_activity]')
  if (Array.isArray(raw) && raw.length === 0) report('groups', 'is empty', "Add a group: batch('user_activity', { … })")
  const parse = (group: Record<string, unknown>, path: string) =>
    group.sourceType === 'on_demand' ? parseOnDemand(group, path, report) : parseGroup(group, path, report)
  const parsed = parseList<GroupSpec | OnDemandDraft>({ raw, list: 'groups', report, parse })
  checkEntities(
    parsed.map((one) => ('spec' in one ? one.spec : one)),
    report,
  )
  return {
    groups: parsed.filter((one): one is GroupSpec => !('spec' in one)),
    drafts: parsed.filter((one): one is OnDemandDraft => 'spec' in one),
  }
}

function parseServices(raw: unknown, groups: DeclaredGroups, report: Report): ServiceSpec[] {
  const parse = (service: Record<string, unknown>, path: string) => parseService({ raw: service, path, groups, report })
  return parseList({ raw, list: 'services', report, parse })
}

function parseDatasets(raw: unknown, services: readonly ServiceSpec[], report: Report): DatasetSpec[] {
  const parse = (dataset: Record<string, unknown>, path: string) =>
    parseDataset({ raw: dataset, path, services, report })
  return parseList({ raw, list: 'datasets', report, parse })
}

function invalid(problems: readonly Problem[]): FstoreError {
  const count = problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`
  return new FstoreError('CONFIG_INVALID', `The config has ${count}.`, { problems })
}
