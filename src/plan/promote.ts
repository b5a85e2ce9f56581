/** Moves the pointer of a group to a new version, once that version holds for every tenant what the old one held. */
import { fromMicroseconds, toMicroseconds } from '../config/instant.js'
import { type Database, DatabaseError } from '../db/database.js'
import { FstoreError } from '../errors.js'
import type { CompiledGroup } from '../offline/compile.js'
import { replaceViews, type Schemas } from '../offline/feature-table.js'
import { intersect, type Span, subtract, wholeWindows } from '../pipeline/window.js'
import { readCoverage } from '../registry/coverage.js'
import { activeTenants, promote } from '../registry/repository.js'

interface Lack {
  readonly tenant: string
  readonly spans: readonly Span[]
}

/**
 * @returns undefined when promoted, else why not yet
 * @throws FstoreError PROMOTION_BLOCKED where a view of the user's depends on the group's
 */
export async function promoteGroup(options: {
  db: Database
  schemas: Schemas
  compiled: CompiledGroup
  from: string | null
}): Promise<string | undefined> {
  const { db, schemas, compiled, from } = options
  const lacks = from === null ? [] : await findLacks(db, schemas, compiled, from)
  if (lacks.length > 0) return describeLacks(lacks)
  try {
    // A reader of the view must not make every later reader wait behind us.
    await db.transaction({ role: 'owner', lockTimeout: 10_000 }, async (tx) => {
      await promote(tx, schemas.registry, compiled.group.name, compiled.definition.fingerprint)
      await replaceViews(tx, compiled.table, schemas, compiled.group.description)
    })
    return undefined
  } catch (error) {
    throw viewError(error, compiled.group.name)
  }
}

/** The windows that the old version covers inside the group's range, and the new one does not. Tenant by tenant. */
async function findLacks(db: Database, schemas: Schemas, { group, definition }: CompiledGroup, from: string) {
  const tenants = await db.transaction({ role: 'owner' }, (tx) => activeTenants(tx, schemas.registry))
  const range = {
    start: group.start === undefined ? -(2n ** 62n) : toMicroseconds(group.start),
    end: group.end === undefined ? 2n ** 62n : toMicroseconds(group.end),
  }
  const lacks: Lack[] = []
  for (const tenant of tenants) {
    const coverage = await db.transaction({ role: 'app', tenant }, (tx) => readCoverage(tx, schemas.registry, tenant))
    const old = coverage.get(`${group.name}@${from}`)?.covered ?? []
    const now = coverage.get(`${group.name}@${definition.fingerprint}`)?.covered ?? []
    const windows = intersect(old, [range]).map((span) => wholeWindows(span, group.every))
    const spans = subtract(
      windows.filter((span) => span !== undefined),
      now,
    )
    if (spans.length > 0) lacks.push({ tenant, spans })
  }
  return lacks
}

function describeLacks(lacks: readonly Lack[]): string {
  return lacks
    .map(({ tenant, spans }) => {
      const list = spans.map(({ start, end }) => `${fromMicroseconds(start)} to ${fromMicroseconds(end)}`)
      return `tenant ${tenant} lacks ${list.join(', ')}`
    })
    .join('; ')
}

function viewError(error: unknown, group: string): unknown {
  if (!(error instanceof DatabaseError)) return error
  if (error.code === '2BP01')
    return new FstoreError('PROMOTION_BLOCKED', `The view of ${group} cannot be replaced: something depends on it.`, {
      why: error.detail,
      fix: 'Drop what depends on it, run fstore build again, and create it anew.',
    })
  if (error.code === '55P03')
    return new FstoreError('PROMOTION_BLOCKED', `The view of ${group} could not be locked within 10 seconds.`, {
      why: 'A long query is reading it.',
      fix: 'Run fstore build again when that query has ended.',
    })
  return error
}
