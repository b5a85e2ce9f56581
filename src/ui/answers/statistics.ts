/** `groups/:name/statistics`: what the values look like now, and have looked like run by run. */
import type { GroupDriftReport } from '../../plan/drift.js'
import type { FeatureStatistics as Kept, RunStatistics } from '../../registry/statistics.js'
import type { Asked } from '../asked.js'
import type { FeatureStatistics, GroupDrift, GroupStatistics, SeriesPoint, ValueSummary } from '../model.js'

export async function statistics({ store, query, name }: Asked): Promise<GroupStatistics> {
  const masked = !query.flag('reveal')
  const { version, source, runs: found } = await store.inspect({ of: name, limit: query.number('runs', 50, 200) })
  const { groups } = await store.drift({ groups: [name] })
  const runs = [...found].reverse()
  const types = new Map(runs.flatMap(({ features }) => features.map(({ feature, dataType }) => [feature, dataType])))
  return {
    group: name,
    tenant: store.tenant,
    version,
    source,
    masked,
    runs: runs.map(({ features: _, during: __, ...run }) => run),
    features: [...types].map(([feature, dataType]): FeatureStatistics => {
      const own = runs.map((run) => ({ run, kept: run.features.find((one) => one.feature === feature) }))
      const newest = own.findLast(({ run, kept }) => kept !== undefined && run.rows > 0)
      return {
        feature,
        dataType,
        newest: newest?.kept === undefined ? null : summaryOf(newest.run, newest.kept, masked),
        series: own.map(({ kept }) => (kept === undefined ? null : pointOf(kept, masked))),
      }
    }),
    drift: groups[0] === undefined ? null : driftOf(groups[0]),
  }
}

/** A text that occurs may be a name or an address: somebody's own value. */
function isTold({ dataType }: Kept, masked: boolean): boolean {
  return !(masked && (dataType === 'string' || dataType === 'array'))
}

function pointOf(kept: Kept, masked: boolean): SeriesPoint {
  const { rows, nulls, nan, infinite, mean, min, max, quantiles } = kept
  const told = isTold(kept, masked)
  return {
    rows,
    nullShare: rows === 0 ? 0 : (nulls + nan + infinite) / rows,
    mean,
    min: told ? min : null,
    max: told ? max : null,
    quantiles: quantiles.map(([share, value]) => [share, told ? value : null] as const),
  }
}

function summaryOf({ computedAt }: RunStatistics, kept: Kept, masked: boolean): ValueSummary {
  const { nulls, nan, infinite, distinct, top, histogram } = kept
  const told = isTold(kept, masked)
  return {
    ...pointOf(kept, masked),
    computedAt,
    nulls,
    nan,
    infinite,
    distinct,
    top: top.map(({ value, count }) => ({ value: told ? value : null, count })),
    histogram,
  }
}

function driftOf({ status, baselineVersion, baseline, current, features }: GroupDriftReport): GroupDrift {
  return {
    status,
    baselineVersion,
    baseline: baseline?.computedAt ?? null,
    current: current?.computedAt ?? null,
    features: features.map(({ feature, psi, psiChance, nullShareBefore, nullShareNow, thresholds, findings }) => ({
      feature,
      psi,
      psiChance,
      nullShareBefore,
      nullShareNow,
      findings,
      psiThreshold: thresholds.psi === false ? null : thresholds.psi,
    })),
  }
}
