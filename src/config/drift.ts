/** How far values may move from their baseline before `fstore drift` says so; `false` is never. */
export interface DriftThresholds {
  /** The population stability index. 0.2 where it is not given. */
  readonly psi?: number | false
  /** Of the share of nulls, NaN and infinities, such as 0.05. 0.1 where it is not given. */
  readonly nullShare?: number | false
}

export interface GroupDrift extends DriftThresholds {
  /** What a run is held against: the first one, or the one chosen since, unless it is the run before. */
  readonly baseline?: 'first' | 'previous'
}

/** Of a group, or of a feature, which goes before its group's. */
export type DriftSpec<T extends DriftThresholds = DriftThresholds> = T | false

const usual = { psi: 0.2, nullShare: 0.1 } as const
const never = { psi: false, nullShare: false } as const

/** The thresholds of one feature. */
export function thresholdsOf(group: DriftSpec = {}, feature: DriftSpec = group): Required<DriftThresholds> {
  if (feature === false) return never
  return { ...usual, ...(group === false ? {} : group), ...feature }
}
