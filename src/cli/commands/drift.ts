import { exit, FstoreError } from '../../errors.js'
import type { FeatureDriftReport, GroupDriftReport } from '../../plan/drift.js'
import type { AnyStore } from '../../store.js'
import { count } from '../format.js'
import type { Globals } from '../globals.js'
import { withStore } from '../open.js'
import { colors, printJson, printResult } from '../output.js'
import { percent, runLine } from '../statistics.js'
import { table } from '../table.js'
import { parseVersion } from './diff.js'

interface Options extends Globals {
  readonly against?: string
  readonly setBaseline?: boolean
}

export async function run(groups: readonly string[], options: Options): Promise<number> {
  const against = parseVersion(options.against)
  return withStore(options, async ({ store }) => {
    if (options.setBaseline) return setBaselines(store, groups, options)
    const report = await store.drift({ groups, against })
    if (options.json) printJson({ ...report })
    else {
      for (const group of report.groups) print(group)
      const compared = report.groups.some(({ status }) => status === 'compared')
      const none = compared ? 'No drift found.' : 'Nothing could be compared.'
      printResult(report.findings === 0 ? none : `${count(report.findings, 'finding')}.`)
    }
    return report.findings > 0 ? exit.findings : exit.done
  })
}

async function setBaselines(store: AnyStore, groups: readonly string[], { json }: Globals): Promise<number> {
  if (groups.length === 0)
    throw new FstoreError('USAGE', '--set-baseline needs a group.', {
      fix: 'Write `fstore drift GROUP --set-baseline`.',
    })
  const baselines = []
  for (const group of groups) {
    const baseline = await store.setBaseline(group)
    baselines.push({ group, ...baseline })
    if (!json) printResult(`${group}: the baseline is ${runLine(baseline)}.`)
  }
  if (json) printJson({ tenant: store.tenant, baselines })
  return exit.done
}

const states = {
  compared: '',
  'single run': 'its only run is the baseline: there is nothing to compare yet',
  'no baseline': 'there is nothing to compare it with yet',
  'no rows': 'there are no rows to compare',
  'not built': 'it is not built yet',
} as const

function print({ group, version, baselineVersion, status, baseline, current, features }: GroupDriftReport): void {
  const c = colors(process.stdout)
  const name = c.bold(`${group}${version === null ? '' : ` v${version}`}`)
  if (status !== 'compared' || baseline === null || current === null) {
    const how = status === 'no baseline' && current !== null ? ` (\`fstore drift ${group} --set-baseline\`)` : ''
    printResult(`${name}  ${states[status]}${how}`)
    return
  }
  const of = baselineVersion === version ? '' : ` of v${baselineVersion}`
  printResult(`${name}  ${runLine(current)}; baseline${of} ${runLine(baseline)}`)
  const rows = features.map((feature) => [feature.feature, ...cells(feature), verdict(feature, c)])
  printResult(table(['feature', 'psi', 'null before', 'null now', ''], rows, [1, 2, 3]))
}

function cells({ psi, nullShareBefore, nullShareNow }: FeatureDriftReport): string[] {
  return [psi === null ? '-' : psi.toFixed(3), percent(nullShareBefore), percent(nullShareNow)]
}

function verdict({ psi, psiChance, thresholds, findings }: FeatureDriftReport, c: ReturnType<typeof colors>): string {
  const found = [
    ...(findings.includes('psi') ? [`psi above ${thresholds.psi}`] : []),
    ...(findings.includes('nullShare') ? [`null share moved by more than ${percent(thresholds.nullShare || 0)}`] : []),
  ]
  if (found.length > 0) return c.red(found.join('; '))
  const isFew = psi !== null && thresholds.psi !== false && psi > thresholds.psi
  return isFew ? c.dim(`too few rows to tell from chance (up to ${(psiChance ?? 0).toFixed(2)})`) : ''
}
