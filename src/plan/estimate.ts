/** About how many rows a window of a group yields: what its windows have yielded so far, else what the planner thinks. */
import { fromMicroseconds } from '../config/instant.js'
import { type Database, DatabaseError } from '../db/database.js'
import { identifier } from '../db/sql.js'
import type { CompiledGroup } from '../offline/compile.js'
import { addAlone } from '../offline/rows.js'
import { isRolling } from '../transform/rolling-part.js'
import { Statement } from '../transform/statement.js'
import { type Step, windowsOfStep } from './build.js'

export type MaterializeStep = Extract<Step, { kind: 'materialize' }>

export interface EstimateScope {
  readonly db: Database
  /** The registry's schema; undefined where it is not there yet. */
  readonly schema: string | undefined
  readonly tenant: string
}

/** @returns rows for the whole of a step, or null where nothing tells */
export async function estimateRows(
  scope: EstimateScope,
  compiled: CompiledGroup,
  step: MaterializeStep,
  live: string | null,
): Promise<number | null> {
  const each = (await yieldedBefore(scope, compiled, live)) ?? (await planned(scope, compiled, step))
  return each === null ? null : Math.round(each * step.windows)
}

/** Rows a window, by the jobs of the version itself, or of the one that is live. */
async function yieldedBefore(
  { db, schema, tenant }: EstimateScope,
  { definition }: CompiledGroup,
  live: string | null,
): Promise<number | null> {
  if (schema === undefined) return null
  const { rows } = await db.query<{ each: number }>(
    { role: 'app', tenant, readOnly: true },
    `SELECT sum(rows_processed)::float8 / sum(windows_done)::float8 AS each FROM ${identifier(schema)}.jobs
     WHERE tenant_id = $1 AND group_name = $2 AND fingerprint IN ($3, $4) AND windows_done > 0
     GROUP BY fingerprint ORDER BY fingerprint = $3 DESC LIMIT 1`,
    [tenant, definition.group.name, definition.fingerprint, live ?? ''],
  )
  return rows[0]?.each ?? null
}

/** By the planner's statistics, as the user who connects: the role that transforms run as may not be there yet. */
async function planned({ db, tenant }: EstimateScope, compiled: CompiledGroup, step: MaterializeStep) {
  const [window] = windowsOfStep(step).windows
  if (window === undefined) return null
  const bindings = {
    start_time: fromMicroseconds(window.start),
    end_time: fromMicroseconds(window.end),
    tenant_id: tenant,
  }
  const amounts: number[] = []
  for (const owned of compiled.selects) {
    const statement = addAlone(new Statement().add('EXPLAIN (FORMAT JSON) '), compiled, owned, bindings)
    const plan = await explain(db, tenant, statement)
    if (plan === null) return null
    amounts.push(isRolling(compiled.group) ? rowsBeforeSeries(plan) : plan['Plan Rows'])
  }
  return amounts.length === 0 ? null : Math.max(...amounts)
}

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Plan Rows': number
  readonly Plans?: readonly PlanNode[]
}

/** The planner takes a series to have a thousand rows; that of a rolling group has one for each window. */
function rowsBeforeSeries(plan: PlanNode): number {
  const [below] = plan.Plans ?? []
  if (below === undefined) return plan['Plan Rows']
  return plan['Node Type'] === 'ProjectSet' ? below['Plan Rows'] : rowsBeforeSeries(below)
}

/** SQL that cannot be planned is for the build, or for `validate`, to complain of. */
async function explain(db: Database, tenant: string, { text, parameters }: Statement): Promise<PlanNode | null> {
  try {
    const { rows } = await db.query({ role: 'owner', tenant, readOnly: true }, text, parameters)
    const [root] = Object.values(rows[0] ?? {})[0] as { Plan: PlanNode }[]
    return root?.Plan ?? null
  } catch (error) {
    if (error instanceof DatabaseError) return null
    throw error
  }
}
