/** What a person should know of the table that was chosen. */
import { count, visible } from '../format.js'
import { changesLater, type Proposal } from './proposal.js'
import type { Span } from './span.js'

export interface Warning {
  readonly message: string
  readonly fix: string
}

/** From here on a scan of a table for each window is felt. */
const large = 100_000

export function warningsOf({ table, time, key, tenant }: Proposal, { first, now, isUnknown }: Span): Warning[] {
  const [at, of] = [visible(time.name), visible(table.sql)]
  const index = `CREATE INDEX ON ${of} (${[...(tenant ? [tenant.sql] : []), time.sql].map(visible).join(', ')});`
  const unindexed = !time.indexed && (table.rows ?? 0) >= large
  const nullable = [time, ...key].filter(({ notNull }) => !notNull).map(({ name }) => visible(name))
  const clock = `${at} has no time zone, and is read as UTC.`
  return [
    ...when(time.base === 'timestamp', clock, "If its clock is another, change 'UTC' in the SQL."),
    ...when(
      time.base === 'date',
      `${at} is a date: a row counts from the next midnight, UTC.`,
      'Use an instant if there is one.',
    ),
    ...when(
      changesLater(time.name),
      `${at} sounds like a time that is set after the row was written, or set anew.`,
      'A row should be stamped once, when it became known; see --time.',
    ),
    ...when(
      unindexed,
      `No index begins with ${at}: every window reads all ${count(Math.round(table.rows ?? 0), 'row')} of ${of}.`,
      `Add one: ${index}`,
    ),
    ...when(
      table.rowSecurity,
      `${of} has row-level security, so fstore_app sees only rows that a policy lets through.`,
      `If it is to see all: CREATE POLICY fstore_reads ON ${of} FOR SELECT TO fstore_app USING (true);`,
    ),
    ...when(
      nullable.length > 0 && first !== undefined,
      `${nullable.join(', ')} may be null.`,
      'Rows without belong to nobody or to no time, and are left out.',
    ),
    ...when(
      first !== undefined && first >= now,
      `All rows of ${of} are of today: the first window ends at midnight, UTC.`,
      'Build again tomorrow, or give the group a shorter every.',
    ),
    ...when(
      first === undefined && isUnknown !== true,
      `${of} has no rows: the history begins with the first build.`,
      'Set start in the config when there are rows from before it.',
    ),
  ]
}

function when(isSo: boolean, message: string, fix: string): Warning[] {
  return isSo ? [{ message, fix }] : []
}
