/** Which version a push is written to: the one that is live, as the registry says. */
import type { PartitionBy, Project } from '../config/project.js'
import { findGroup } from '../config/reference.js'
import { FstoreError } from '../errors.js'
import { schemasOf, storedTable } from '../offline/feature-table.js'
import type { PushTarget } from '../offline/push-sql.js'
import type { Catalog } from '../registry/catalog.js'

export interface PushScope {
  readonly project: Project
  readonly tenant: string
  readonly catalog: Catalog
}

export interface LiveTarget {
  readonly target: PushTarget
  readonly partition: PartitionBy
}

/** @throws FstoreError NAME_UNKNOWN, PUSH_REFUSED */
export function requirePushed(project: Project, group: string): void {
  const { sourceType, events } = findGroup(project, group)
  if (events !== undefined)
    throw new FstoreError('PUSH_REFUSED', `${group} is fed by events; nothing can be pushed to it.`, {
      why: 'A pushed value would be lost with the next event, and no ingest of the same events could reproduce it.',
      fix: `Ingest an event (${Object.keys(events).join(', ')}): store.ingest([…]) or \`fstore ingest\`.`,
    })
  if (sourceType === 'stream') return
  throw new FstoreError('PUSH_REFUSED', `${group} is computed by SQL; nothing can be pushed to it.`, {
    why: 'The next window would overwrite what was pushed, and no run of the SQL could reproduce it.',
    fix: `Push to a group of its own: stream('…', { entity, features }); or write to the tables that the SQL reads.`,
  })
}

/**
 * @param features the names that are pushed
 * @throws FstoreError NOT_BUILT where the version that is live lacks one that the config declares
 */
export async function liveTarget(
  { project, tenant, catalog }: PushScope,
  group: string,
  features: ReadonlySet<string>,
): Promise<LiveTarget> {
  const found = await find()
  if (found !== undefined) return found
  // A build may just have made it live.
  catalog.forget()
  const built = await find()
  if (built !== undefined) return built
  throw new FstoreError('NOT_BUILT', `${group} is not built as the config declares it.`, {
    why: 'No version with these features, whose rows are pushed, is live.',
    fix: `Run \`fstore build --select ${group}\`.`,
  })

  async function find(): Promise<LiveTarget | undefined> {
    const { active: version, snapshot } = (await catalog.entries()).get(group) ?? {}
    if (version === undefined || snapshot?.sourceType !== 'stream') return undefined
    const declared = findGroup(project, group).features.filter(({ name }) => features.has(name))
    if (!declared.every(({ name }) => version.positions.has(name))) return undefined
    const table = storedTable({ ...version, snapshot }, schemasOf(project.schema))
    return { target: { schema: project.schema, version, table, tenant }, partition: snapshot.partition }
  }
}
