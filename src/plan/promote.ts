/** Moves the pointer of a group to a new version, once that version holds for every tenant what the old one held. */
import { fromMicroseconds, toMicroseconds } from '../config/instant.js'
import { type Database, DatabaseError } from '../db/database.js'
import { FstoreError } from '../errors.js'
import { carryOver } from '../offline/carry-over.js'
import type { CompiledGroup } from '../offline/compile.js'
import { replaceViews, type Schemas } from '../offline/feature-table.js'
import { intersect, retained, type Span, subtract, wholeWindows } from '../pipeline/window.js'
import { readClock } from '../registry/clock.js'
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
  /** Is told of what a reader may miss. */
  warn?: (message: string) => void
}): Promise<string | undefined> {
  const { db, schemas, compiled, from, warn } = options
  const { definition, group } = compiled
  const isPushed = group.sourceType === 'stream'
  const lacks = from === null || isPushed ? [] : await findLacks(db, schemas, compiled, from)
  if (lacks.length > 0) return describeLacks(lacks)
  try {
    // A reader of the view must not make every later reader wait behind us.
    await db.transaction({ role: 'owner', lockTimeout: 10_000 }, async (tx) => {
      const left = isPushed ? await carryOver(tx, { schemas, group: group.name, to: definition }) : undefined
      await promote(tx, schemas.registry, group.name, definition.fingerprint)
      await replaceViews(tx, compiled.table, schemas, group.description)
      if (left !== undefined) warn?.(left)
    })
    return undefined
  } catch (error) {
    throw viewError(error, group.name)
  }
}

/** The tenants that a version waits for before it becomes live. */
export async function tenantsBehind(db: Database, schemas: Schemas, compiled: CompiledGroup, from: string | null) {
  if (from === null || compiled.group.sourceType !== 'batch') return []
  return (await findLacks(db, schemas, compiled, from)).map(({ tenant }) => tenant)
}

/** The windows that the old version covers inside the group's range, and the new one does not. Tenant by tenant. */
async function findLacks(db: Database, schemas: Schemas, { group, definition }: CompiledGroup, from: string) {
  const { tenants, now } = await db.transaction({ role: 'owner' }, async (tx) => ({
    tenants: await activeTenants(tx, schemas.registry),
    now: await readClock(tx),
  }))
  const declared = {
    start: group.start === undefined ? -(2n ** 62n) : toMicroseconds(group.start),
    end: group.end === undefined ? 2n ** 62n : toMicroseconds(group.end),
  }
  const range = retained(declared, group, now)
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
  const tenants = lacks.map(({ tenant, spans }) => {
    const list = spans.map(({ start, end }) => `${fromMicroseconds(start)} to ${fromMicroseconds(end)}`)
    return `tenant ${tenant} lacks ${list.join(', ')}`
  })
  return `${tenants.join('; ')}; \`fstore build --all-tenants\` fills that`
}

/** @param command what to run again when the way is free */
export function viewError(error: unknown, group: string, command = 'fstore build'): unknown {
  if (!(error instanceof DatabaseError)) return error
  if (error.code === '2BP01')
    return new FstoreError('PROMOTION_BLOCKED', `The view of ${group} cannot be replaced: something depends on it.`, {
      why: error.detail,
      fix: `Drop what depends on it, run ${command} again, and create it anew.`,
    })
  if (error.code === '55P03')
    return new FstoreError('PROMOTION_BLOCKED', `The view of ${group} could not be locked within 10 seconds.`, {
      why: 'A long query is reading it.',
      fix: `Run ${command} again when that query has ended.`,
    })
  return error
}
