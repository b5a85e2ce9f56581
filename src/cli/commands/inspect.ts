import type { Inspection } from '../../plan/inspect.js'
import type { FeatureStatistics, RunStatistics } from '../../registry/statistics.js'
import { ago } from '../ago.js'
import { barsOf } from '../bars.js'
import type { Globals } from '../globals.js'
import { parseLimit } from '../limit.js'
import { withStore } from '../open.js'
import { colors, printJson, printNote, printResult } from '../output.js'
import { amountOf, barsOfFeature, nullShare, percent, quantile, runLine, shown, sparkline } from '../statistics.js'
import { table } from '../table.js'

interface Options extends Globals {
  readonly now?: boolean
  readonly limit: string
}

export async function run(of: string, options: Options): Promise<number> {
  const limit = parseLimit(options.limit)
  return withStore(options, async ({ store }) => {
    const inspection = await store.inspect({ of, now: options.now, limit })
    if (options.json) printJson({ ...inspection })
    else print(inspection)
    return 0
  })
}

function print(inspection: Inspection): void {
  const { group, version, feature, source, runs } = inspection
  const [newest] = runs
  const name = `${group}${feature === null ? '' : `.${feature}`} v${version}`
  if (newest === undefined) {
    printNote(
      `No run of ${name} has left statistics yet: \`fstore inspect ${feature === null ? group : `${group}.${feature}`} --now\` looks at its newest rows.`,
    )
    return
  }
  printResult(colors(process.stdout).bold(name))
  printResult(`${runLine(newest)}${source === 'runs' ? `, computed ${ago(newest.computedAt)}` : ', as they are now'}`)
  const [only] = newest.features
  if (feature === null) printGroup(newest)
  else if (only !== undefined) printFeature(only, inspection)
}

const head = ['feature', 'type', 'count', 'null', 'mean', 'stddev', 'min', 'median', 'max', 'distinct', 'histogram']

function printGroup(run: RunStatistics): void {
  const bars = barsOf(process.env)
  const rows = run.features.map((feature) => [
    feature.feature,
    feature.dataType,
    amountOf(feature, run),
    nullShare(feature),
    shown(feature.mean),
    shown(feature.stddev),
    shown(feature.min),
    quantile(feature, 0.5),
    shown(feature.max),
    feature.distinct?.toLocaleString('en-US') ?? '-',
    sparkline(feature, bars),
  ])
  printResult(table(head, rows, [2, 3, 4, 5, 6, 7, 8, 9]))
}

function printFeature(feature: FeatureStatistics, { source, runs }: Inspection): void {
  const { dataType, rows, nulls, nan, infinite, mean, stddev, distinct, quantiles } = feature
  const facts = [
    ['type', dataType],
    ['values', amountOf(feature, runs[0] as RunStatistics)],
    ['null', nullShare(feature)],
    ...(nan > 0 ? [['NaN', percent(nan / rows)]] : []),
    ...(infinite > 0 ? [['infinite', percent(infinite / rows)]] : []),
    ...(distinct === null ? [] : [['distinct', distinct.toLocaleString('en-US')]]),
    ...(mean === null ? [] : [['mean', shown(mean)]]),
    ...(stddev === null ? [] : [['stddev', shown(stddev)]]),
  ]
  printResult(table([], facts))
  const present = rows - nulls - nan - infinite
  if (present > 0) printBars(feature, present)
  if (quantiles.length > 0) {
    const heads = quantiles.map(([share]) => (share === 0 ? 'min' : share === 1 ? 'max' : percent(share)))
    const all = heads.map((_, i) => i)
    printResult(`\n${table(heads, [quantiles.map(([, value]) => shown(value))], all)}`)
  }
  if (source === 'runs') printRuns(runs)
}

const width = 40

function printBars(feature: FeatureStatistics, present: number): void {
  const bars = barsOf(process.env)
  const all = barsOfFeature(feature)
  if (all.length === 0) return
  const most = Math.max(...all.map(({ amount }) => amount))
  const lines = all.map(({ label, amount }) => [label, percent(amount / present), bars.line(amount / most, width)])
  printResult(`\n${table(['value', 'share', ''], lines, [0, 1])}`)
}

function printRuns(runs: readonly RunStatistics[]): void {
  const lines = runs.map((run) => {
    const [feature] = run.features
    return [
      run.jobId === null ? '-' : String(run.jobId),
      runLine(run).replace(/:.*/, ''),
      run.rows.toLocaleString('en-US'),
      feature === undefined ? '-' : nullShare(feature),
      shown(feature?.mean ?? null),
      run.baseline ? 'baseline' : '',
    ]
  })
  printResult(`\n${table(['job', 'run', 'rows', 'null', 'mean', ''], lines, [0, 2, 3, 4])}`)
}
