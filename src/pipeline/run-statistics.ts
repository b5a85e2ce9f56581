/** At the end of a run: what the rows of its windows look like, kept for inspecting them and for telling drift. */
import type { Database } from '../db/database.js'
import type { CompiledGroup } from '../offline/compile.js'
import type { Schemas } from '../offline/feature-table.js'
import { duringOf, profile } from '../offline/profile.js'
import { keepStatistics, readBins } from '../registry/statistics.js'
import { normalize, type Span } from './window.js'

export interface FinishedRun {
  readonly db: Database
  readonly schemas: Schemas
  readonly compiled: CompiledGroup
  readonly tenant: string
  readonly jobId: number
  /** The windows that ran. */
  readonly ran: readonly Span[]
  readonly ownTimestamp: boolean
  /** Current rows of these windows. */
  readonly rows: number
}

/** Ranges that one statement is asked to look at; where there are more, it looks at what lies between them, too. */
const mostRanges = 1_000

/** @returns a warning where it failed: a build whose rows are written has not */
export async function describeRun(run: FinishedRun): Promise<string | undefined> {
  const { db, schemas, tenant, jobId, ran, ownTimestamp, rows } = run
  const { group, definition } = run.compiled
  const scope = { db, schema: schemas.registry, tenant, group: group.name, fingerprint: definition.fingerprint }
  try {
    const spans = normalize(ran)
    const during = duringOf(spans.length > mostRanges ? [hull(spans)] : spans, ownTimestamp)
    const { entity, features } = definition.snapshot
    const version = { group: group.name, fingerprint: definition.fingerprint, keys: entity.keys, features }
    const bins = await readBins(scope)
    const found = await profile({ ...scope, version, during, rows, bins })
    await keepStatistics(scope, { jobId, during: during.ranges, ...found })
    return undefined
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return `${group.name}: its rows are written, but their statistics could not be computed: ${why}`
  }
}

function hull(spans: readonly Span[]): Span {
  return { start: (spans[0] as Span).start, end: (spans.at(-1) as Span).end }
}
