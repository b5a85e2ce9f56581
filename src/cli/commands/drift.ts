import { exit, FstoreError } from '../../errors.js'
import type { FeatureDriftReport, GroupDriftReport } from '../../plan/drift.js'
import type { AnyStore } from '../../store.js'
import { barsOf } from '../bars.js'
import { count } from '../format.js'
import type { Globals } from '../globals.js'
import { glyph } from '../glyph.js'
import { withStore } from '../open.js'
import { tell } from '../outcome.js'
import { colors, printAside, printJson, printResult } from '../output.js'
import { isScreen } from '../screen.js'
import { percent, runLine } from '../statistics.js'
import { type Column, drawn, pairs, printTable } from '../table.js'
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
    tell({ kind: 'drift', report })
    if (options.json) printJson({ ...report })
    else {
      if (isScreen()) for (const group of report.groups) print(group)
      else printTable({ columns: [], rows: report.groups.flatMap(linesOf), fields })
      const compared = report.groups.some(({ status }) => status === 'compared')
      const none = compared ? 'No drift found.' : 'Nothing could be compared.'
      printAside(report.findings === 0 ? none : `${count(report.findings, 'finding')}.`)
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
  printResult(name)
  for (const line of pairs([
    ['now', runLine(current)],
    [`baseline${of}`, runLine(baseline)],
  ]).split('\n'))
    printResult(`  ${line}`)
  printResult(drawn(columns, features))
}

const bars = barsOf(process.env)

const columns: readonly Column<FeatureDriftReport>[] = [
  { head: 'feature', cell: ({ feature }) => feature, cut: true },
  { head: 'psi', cell: ({ psi }) => (psi === null ? '-' : psi.toFixed(3)), right: true },
  { head: 'null before', cell: ({ nullShareBefore }) => percent(nullShareBefore), right: true, drop: 1 },
  { head: 'null now', cell: ({ nullShareNow }) => percent(nullShareNow), right: true, drop: 1 },
  { head: 'before', cell: ({ sharesBefore }) => bars.spark(sharesBefore ?? []), drop: 2 },
  { head: 'now', cell: ({ sharesNow }) => bars.spark(sharesNow ?? []), drop: 2 },
  {
    head: '',
    cell: verdict,
    short: ({ findings }) => (findings.length > 0 ? `${glyph.bad} ${findings.join(', ')}` : glyph.good),
  },
]

const fields = {
  group: ({ group }: Line) => group,
  version: ({ version }: Line) => version,
  baseline_version: ({ baselineVersion }: Line) => baselineVersion,
  status: ({ status }: Line) => status,
  feature: ({ feature }: Line) => feature?.feature,
  psi: ({ feature }: Line) => feature?.psi,
  null_share_before: ({ feature }: Line) => feature?.nullShareBefore,
  null_share_now: ({ feature }: Line) => feature?.nullShareNow,
  findings: ({ feature }: Line) => feature?.findings.join(' '),
}

/** A feature of a group, or none of one that could not be compared. */
type Line = GroupDriftReport & { readonly feature?: FeatureDriftReport }

function linesOf(group: GroupDriftReport): Line[] {
  return group.features.length === 0 ? [group] : group.features.map((feature) => ({ ...group, feature }))
}

function verdict({ psi, psiChance, thresholds, findings }: FeatureDriftReport): string {
  const found = [
    ...(findings.includes('psi') ? [`psi above ${thresholds.psi}`] : []),
    ...(findings.includes('nullShare') ? [`null share moved by more than ${percent(thresholds.nullShare || 0)}`] : []),
  ]
  if (found.length > 0) return `${glyph.bad} ${found.join('; ')}`
  const isFew = psi !== null && thresholds.psi !== false && psi > thresholds.psi
  return isFew ? `${glyph.none} too few rows to tell from chance (up to ${(psiChance ?? 0).toFixed(2)})` : glyph.good
}
