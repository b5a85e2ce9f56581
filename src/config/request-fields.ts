/** What a caller has to say besides keys: the request data of on-demand groups, and of those that they read. */
import type { FeatureSpec, OnDemandSpec, PickSpec, Project } from './project.js'

/** Names of the request data that a group is computed with. */
export function requestOf(project: Project, group: OnDemandSpec): string[] {
  return [...new Set([...group.request.map(({ name }) => name), ...requestFields(project, group.inputs).keys()])]
}

/** By name, what the picks of a service need of it: each with a group that is computed with it. */
export function requestFields(
  project: Project,
  picks: readonly Pick<PickSpec, 'group'>[],
): Map<string, { readonly group: string; readonly field: FeatureSpec }> {
  const fields = new Map<string, { readonly group: string; readonly field: FeatureSpec }>()
  for (const { group: name } of picks) {
    const group = project.onDemand.find((one) => one.name === name)
    if (group === undefined) continue
    for (const field of group.request) fields.set(field.name, { group: name, field })
    for (const [field, owner] of requestFields(project, group.inputs)) if (!fields.has(field)) fields.set(field, owner)
  }
  return fields
}
