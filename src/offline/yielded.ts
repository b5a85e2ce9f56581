/** The rows of one window as SQL: typed, each with the rules it breaks, and the good ones among them. */
import { identifier, literal } from '../db/sql.js'
import { isRolling } from '../transform/rolling-part.js'
import { checksOf, keySqlType, sqlType } from '../transform/rules.js'
import type { Bindings, Statement } from '../transform/statement.js'
import type { CompiledGroup } from './compile.js'
import { addRows, addSources, type Shape } from './rows.js'

export interface WindowRows {
  readonly compiled: CompiledGroup
  readonly shape: Shape
  readonly bindings: Bindings
}

/** The rows of the window, checked: `yielded` has every row with its faults, `valid` those that may be written. */
export function addYielded(statement: Statement, window: WindowRows): void {
  const { compiled, shape, bindings } = window
  const { entity, features } = compiled.group
  // A parameter that the statement does not use has no type, and is refused.
  const stamp = shape.ownTimestamp ? 'event_timestamp' : statement.bind(bindings.end_time)
  const columns = [
    ...entity.keys.map((key) => `${identifier(key.name)}::${keySqlType(key.type)} AS ${identifier(key.name)}`),
    `${stamp}::timestamptz AS event_timestamp`,
    ...features.map((feature) => `${identifier(feature.name)}::${sqlType(feature)} AS ${identifier(feature.name)}`),
  ]
  addSources(statement, compiled, bindings)
  statement.add(`fstore_typed AS (SELECT ${columns.join(', ')} FROM (`)
  addRows(statement, compiled, shape, bindings)
  statement.add(`) AS fstore_transform),\n`)
  statement.add(`yielded AS MATERIALIZED (SELECT *, ${faults(window)} AS fstore_reasons FROM fstore_typed),\n`)
  const inside = shape.ownTimestamp ? ` AND ${insideWindow(statement, window)}` : ''
  statement.add(`valid AS (SELECT * FROM yielded WHERE fstore_reasons IS NULL${inside}),\n`)
}

/** NULL for a good row, which costs one test of all rules; the reasons only for a bad one. */
function faults({ compiled, shape }: WindowRows): string {
  const { entity, features } = compiled.group
  const checks = [
    ...entity.keys.map((key) => ({ violated: `${identifier(key.name)} IS NULL`, reason: `${key.name}: key is null` })),
    ...(shape.ownTimestamp ? [{ violated: 'event_timestamp IS NULL', reason: 'event_timestamp: is null' }] : []),
    ...features.flatMap(checksOf),
  ]
  const any = checks.map(({ violated }) => violated).join(' OR ')
  const each = checks.map(({ violated, reason }) => `CASE WHEN ${violated} THEN ${literal(reason)} END`)
  return `CASE WHEN ${any} THEN array_remove(ARRAY[${each.join(', ')}]::text[], NULL) END`
}

/**
 * A row belongs to the window its timestamp lies in: `[start, end)` for its own stamp, the end for ours. What is rolled up
 * is stamped with the ends of several windows: `(start, end]`.
 */
export function insideWindow(statement: Statement, { compiled, shape, bindings }: WindowRows, alias = ''): string {
  const end = `${statement.bind(bindings.end_time)}::timestamptz`
  const at = `${alias}event_timestamp`
  if (!shape.ownTimestamp) return `${at} = ${end}`
  const [after, before] = isRolling(compiled.group) ? ['>', '<='] : ['>=', '<']
  return `${at} ${after} ${statement.bind(bindings.start_time)}::timestamptz AND ${at} ${before} ${end}`
}
