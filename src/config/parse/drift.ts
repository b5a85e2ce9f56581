import { didYouMean } from '../did-you-mean.js'
import type { DriftSpec, DriftThresholds, GroupDrift } from '../drift.js'
import { field } from './fields.js'
import { show } from './report.js'

const fix = 'Write drift: { psi: 0.25, nullShare: 0.05 }, or drift: false.'

const share = (value: unknown) => Number.isFinite(value) && (value as number) > 0 && (value as number) <= 1

/** By option, what it takes in words, and whether a value is that. */
const thresholds: Readonly<Record<string, readonly [string, (value: unknown) => boolean]>> = {
  psi: ['a number above 0, or false', (value) => value === false || (Number.isFinite(value) && (value as number) > 0)],
  nullShare: ['a share above 0 and up to 1, or false', (value) => value === false || share(value)],
}

const baselines = ['first', 'previous']

/** The thresholds of a feature. */
export const featureDrift = driftField<DriftThresholds>(thresholds)

/** Those of a group, and what its runs are held against. */
export const groupDrift = driftField<GroupDrift>({
  ...thresholds,
  baseline: [`one of ${baselines.join(', ')}`, (value) => baselines.includes(value as string)],
})

function driftField<T extends DriftThresholds>(known: typeof thresholds) {
  return field<DriftSpec<T>>((value) => {
    if (value === false) return { value }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return { message: `${show(value)} is not a set of thresholds`, fix }
    for (const [name, one] of Object.entries(value)) {
      const [takes, fits] = known[name] ?? []
      if (fits === undefined)
        return { message: `there is no threshold "${name}"`, fix: didYouMean(name, Object.keys(known)) || fix }
      if (one !== undefined && !fits(one)) return { message: `${name}: ${show(one)} is not ${takes}`, fix }
    }
    const given = Object.entries(value).filter(([, one]) => one !== undefined)
    return { value: Object.fromEntries(given) as unknown as T }
  })
}
