/** What the parts of a rolling statement are written with. */
import type { GroupSpec, MeasureSpec, RollingFunction, RollingSpec, RollingWindow } from '../config/project.js'
import { rollingFeature } from '../config/rolling.js'

/** A group that is rolled up. */
export type RollingGroup = GroupSpec & { readonly rolling: RollingSpec }

export function isRolling(group: GroupSpec): group is RollingGroup {
  return group.rolling !== undefined
}

/** What every part of the text is written with. */
export interface RollingScope {
  /** Quoted keys, and `a, b` of them. */
  readonly keys: string
  /** Seconds of every window, in the order declared; window `i` below is `windows[i - 1]`. */
  readonly windows: readonly number[]
  /** SQL: the start of the piece of time of so many seconds that an instant lies in. */
  bin(seconds: number, at: string): string
}

export interface Named {
  readonly name: string
  readonly sql: string
}

/** A column of `rolling_changes`. */
export interface Change {
  readonly name: string
  readonly type: string
  /** Its value in the rows of a bucket; absent in those of other branches. */
  readonly bucket?: string
}

/** Rows of `rolling_changes` that are no bucket's coming in or leaving, and have these columns only. */
export interface Branch {
  readonly from: string
  /** SQL: when the change is. */
  readonly at: string
  readonly values: ReadonlyMap<string, string>
  /** SQL of `_step, _bucket`, and what to group by, where a row is of a block of buckets. */
  readonly turn?: string
  readonly by?: string
}

/** The parts of a statement that a measure needs. */
export interface Measured {
  /** `… AS name`: of every event. */
  readonly values: readonly string[]
  /** Aggregates of a bucket's events. */
  readonly buckets: readonly Named[]
  /** `… AS name`: window functions over the buckets of an entity. */
  readonly neighbours: readonly string[]
  /** Queries of its own that `branches` read, `name AS (…)`. */
  readonly sources: readonly string[]
  readonly changes: readonly Change[]
  /** Aggregates of a block of buckets as long as a window, in a row at the block's end. */
  readonly turns: readonly Named[]
  readonly branches: readonly Branch[]
  /** Running totals over the changes, `OVER run`. */
  readonly totals: readonly Named[]
  readonly features: readonly Named[]
}

export interface MeasureOptions {
  readonly measure: MeasureSpec
  readonly windows: readonly RollingWindow[]
  readonly expression: string | undefined
  readonly scope: RollingScope
}

/** What features are called, with the number of their window. */
export function named({ measure, windows }: MeasureOptions, how: RollingFunction, sql: (i: number) => string): Named[] {
  if (!measure.functions.includes(how)) return []
  return windows.map(({ name }, i) => ({ name: rollingFeature(measure.name, how, name), sql: sql(i + 1) }))
}

/** In hours, minutes or seconds, which are exact; a day is not, where clocks change. */
export function interval(seconds: number): string {
  if (seconds % 3600 === 0) return `interval '${seconds / 3600} hours'`
  return seconds % 60 === 0 ? `interval '${seconds / 60} minutes'` : `interval '${seconds} seconds'`
}

/** SQL: seconds since 1970, to stand in an array beside a value. */
export function epoch(at: string): string {
  return `date_part('epoch', ${at})`
}

/** SQL: what has come in of a column, less what has left window `i`. */
export function inside(column: string, i: number): string {
  const total = (step: number) => `coalesce(sum(${column}) FILTER (WHERE _step = ${step}) OVER run, 0)`
  return `${total(0)} - ${total(i)}`
}
