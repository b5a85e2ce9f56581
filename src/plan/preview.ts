/** Which window a preview shows, and the rights it needs. */
import { fromMicroseconds, parseInstant, toMicroseconds } from '../config/instant.js'
import { migrate } from '../db/migrate.js'
import type { CompiledGroup } from '../offline/compile.js'
import { compileProject } from '../offline/compile.js'
import { type Preview, preview } from '../offline/preview.js'
import { grantSources } from '../offline/sources.js'
import { ensureVector, expectVector, grantVector } from '../offline/vector-extension.js'
import { floorTo } from '../pipeline/window.js'
import { requireComputed } from './computed.js'
import type { BuildScope } from './execute.js'

export async function previewGroup(
  scope: BuildScope,
  options: { group: string; at: string | undefined; limit: number },
): Promise<Preview> {
  const { db, project, tenant } = scope
  const at = options.at === undefined ? undefined : toMicroseconds(parseInstant(options.at))
  const groups = await compileProject(scope)
  const compiled = groups.find(({ group }) => group.name === options.group) as CompiledGroup
  requireComputed(compiled.group)
  // The role that transforms run as comes with the first migration. A server's owner decides when that is.
  if (db.kind === 'pglite') {
    await ensureVector(db, [compiled.group])
    await migrate({ db, schema: project.schema })
    await grantVector(db, [compiled.group])
  } else await expectVector(db, [compiled.group])
  await grantSources(db)
  const { every, end: last } = compiled.group
  const clock = await db.query<{ now: string }>({ role: 'owner' }, 'SELECT clock_timestamp() AS now')
  const latest = toMicroseconds(last ?? (clock.rows[0] as { now: string }).now)
  const end = floorTo(at ?? latest, every)
  const start = end - BigInt(every) * 1_000_000n
  const window = { start: fromMicroseconds(start), end: fromMicroseconds(end) }
  return preview({ db, compiled, tenant, limit: options.limit, ...window })
}
