/** The point-in-time join as one would write it down: every row of the history looked at for every row of the spine. */

export interface Version {
  readonly keys: Readonly<Record<string, unknown>>
  /** Microseconds since 1970, as all instants here. */
  readonly event: bigint
  readonly created: bigint
  readonly superseded: bigint | undefined
  readonly features: Readonly<Record<string, unknown>>
}

export interface OraclePick {
  readonly history: readonly Version[]
  readonly on: Readonly<Record<string, string>>
  readonly features: readonly string[]
  /** Microseconds. */
  readonly ttl: bigint | undefined
  readonly asOf: bigint | undefined
}

export interface OracleRow {
  readonly at: bigint
  readonly keys: Readonly<Record<string, unknown>>
}

export interface Verdict {
  readonly values: readonly unknown[]
  readonly fate: 'matched' | 'tooOld' | 'noHistory'
  readonly hidden: boolean
  /** Microseconds between the row found and the spine's. */
  readonly lag: bigint | undefined
}

export function judge(pick: OraclePick, row: OracleRow, knownAt: boolean): Verdict {
  const { history, on, features, ttl, asOf } = pick
  const before = history.filter(({ keys, event }) => isOf(keys, on, row) && event <= row.at)
  const fresh = ({ event }: Version) => ttl === undefined || event >= row.at - ttl
  const now = before.filter((one) => stood(one, [asOf]))
  const seen = knownAt ? before.filter((one) => stood(one, [asOf, row.at])) : now
  const found = newest(seen.filter(fresh))
  const current = newest(now.filter(fresh))
  return {
    values: features.map((name) => found?.features[name] ?? null),
    fate: found !== undefined ? 'matched' : seen.length > 0 ? 'tooOld' : 'noHistory',
    hidden: knownAt && current !== undefined && current.created > row.at,
    lag: found === undefined ? undefined : row.at - found.event,
  }
}

function isOf(keys: Version['keys'], on: OraclePick['on'], row: OracleRow): boolean {
  return Object.entries(on).every(([key, column]) => row.keys[column] !== null && row.keys[column] === keys[key])
}

/** Whether it was the word on its instant at all of the stamps; now, where none is given. */
function stood({ created, superseded }: Version, stamps: readonly (bigint | undefined)[]): boolean {
  const given = stamps.filter((stamp) => stamp !== undefined)
  if (given.length === 0) return superseded === undefined
  const [first] = given.sort((a, b) => Number(a - b)) as [bigint]
  return created <= first && (superseded === undefined || superseded > first)
}

function newest(rows: readonly Version[]): Version | undefined {
  const [first] = [...rows].sort((a, b) => Number(b.event - a.event) || Number(b.created - a.created))
  return first
}
