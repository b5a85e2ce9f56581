/** A build that found nothing to read: whom it was for is the likeliest reason. */
import type { LoadedProject } from '../config/load.js'
import type { BuildResult } from '../plan/execute.js'

export function yieldedNothing({ groups }: Pick<BuildResult, 'groups'>): boolean {
  return groups.some(({ windows }) => windows > 0) && groups.every(({ processed }) => processed === 0)
}

/** @returns nothing where the tenant was named, or no SQL of the groups that ran asks which it is */
export async function tenantHint(
  scope: Pick<LoadedProject, 'project' | 'root' | 'files'>,
  { groups }: Pick<BuildResult, 'groups'>,
  tenant: string | undefined,
): Promise<string | undefined> {
  if (tenant !== 'default') return undefined
  const ran = new Set(groups.filter(({ windows }) => windows > 0).map(({ group }) => group))
  const { compileProject } = await import('../offline/compile.js')
  const compiled = await compileProject(scope).catch(() => [])
  const names = compiled
    .filter(({ group, selects }) => ran.has(group.name) && selects.some(({ select }) => select.uses.has('tenant_id')))
    .map(({ group }) => group.name)
  if (names.length === 0) return undefined
  const [verb, whose] = names.length === 1 ? ['reads', 'its SQL'] : ['read', 'their SQL']
  return `${names.join(', ')} ${verb} the rows of one tenant (:tenant_id in ${whose}), and none was named, so it was "default". Name one with --tenant: \`fstore tenants list\` has those there are, --create-tenant adds one.`
}
