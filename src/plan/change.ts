/** What is different between two meanings of a group, as far as a person wants to see it. */
import { isDeepStrictEqual } from 'node:util'
import type { FeatureSnapshot, Snapshot } from '../registry/definition.js'
import { type Impact, type ImpactKind, impactOf, typeText } from './impact.js'
import { lineDiff } from './line-diff.js'

/** What becomes of one feature in a new version. */
export interface FeatureChange {
  readonly feature: string
  /** Type and rules; null where the feature is not there. */
  readonly before: string | null
  readonly after: string | null
}

/** Lines of SQL that differ. */
export interface SqlChange {
  /** Whose SELECT; null for the group's own. */
  readonly feature: string | null
  /** `- gone`, `+ new`, `  kept`. */
  readonly lines: readonly string[]
}

/** What a build would change about one group. */
export interface GroupChange extends Impact {
  readonly features: readonly FeatureChange[]
  readonly sql: readonly SqlChange[]
}

/** @param before undefined where there was none: every line is new then */
export function changeBetween(
  before: Snapshot | undefined,
  after: Snapshot,
  upstream?: ReadonlyMap<string, ImpactKind>,
): GroupChange {
  const names = new Set([...(before?.features ?? []), ...after.features].map(({ name }) => name))
  const pairs = [...names].map((name) => ({
    feature: name,
    old: before?.features.find((one) => one.name === name),
    now: after.features.find((one) => one.name === name),
  }))
  const features = pairs
    .map(({ feature, old, now }) => ({ feature, before: describe(old), after: describe(now) }))
    .filter(({ before, after }) => !isDeepStrictEqual(before, after))
  const sql = [
    { feature: null, lines: sqlDiff(before?.sql, after.sql) },
    ...pairs.map(({ feature, old, now }) => ({ feature, lines: sqlDiff(old?.sql, now?.sql) })),
  ].filter(({ lines }) => lines.length > 0)
  return { ...impactOf(before, after, upstream), features, sql }
}

function sqlDiff(before: string | undefined, after: string | undefined): string[] {
  return lineDiff(before ?? '', after ?? '')
}

/** `int64, not null, min 0`. */
function describe(feature: FeatureSnapshot | undefined): string | null {
  if (feature === undefined) return null
  const { notNull, min, max, pattern, allowedValues } = feature.rules
  // By name, because the order that the database keeps them in is its own.
  const rules = { min, max, pattern, 'one of': allowedValues?.join(' | ') }
  const words = Object.entries(rules).flatMap(([rule, value]) => (value === undefined ? [] : [`${rule} ${value}`]))
  return [typeText(feature), ...(notNull === true ? ['not null'] : []), ...words].join(', ')
}
