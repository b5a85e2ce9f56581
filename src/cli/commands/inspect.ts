import { digits } from '../../config/digits.js'
import type { Inspection } from '../../plan/inspect.js'
import type { FeatureStatistics, RunStatistics } from '../../registry/statistics.js'
import { ago } from '../ago.js'
import { barsOf } from '../bars.js'
import type { Globals } from '../globals.js'
import { parseLimit } from '../limit.js'
import { withStore } from '../open.js'
import { colors, printAside, printJson, printNote, printResult } from '../output.js'
import { isScreen, screenWidth } from '../screen.js'
import {
  amountOf,
  type Bar,
  barsOfFeature,
  nullShare,
  percent,
  quantile,
  runLine,
  shown,
  sparkline,
} from '../statistics.js'
import { type Column, drawn, pairs, printTable } from '../table.js'
import { widthOf } from '../width.js'

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
  printAside(colors(process.stdout).bold(name))
  printAside(`${runLine(newest)}${source === 'runs' ? `, computed ${ago(newest.computedAt)}` : ', as they are now'}`)
  const [only] = newest.features
  if (feature === null) printTable({ columns, rows: newest.features.map((of) => ({ ...of, run: newest })), fields })
  else if (!isScreen()) printTable({ columns: [], rows: runs.flatMap(runOf), fields: runFields })
  else if (only !== undefined) printFeature(only, inspection)
}

/** What a run left of one feature. */
type Line = FeatureStatistics & { readonly run: RunStatistics }

function runOf(run: RunStatistics): Line[] {
  return run.features.map((feature) => ({ ...feature, run }))
}

const columns: readonly Column<Line>[] = [
  { head: 'feature', cell: ({ feature }) => feature, cut: true },
  { head: 'type', cell: ({ dataType }) => dataType, drop: 3 },
  { head: 'count', cell: (line) => amountOf(line, line.run), right: true, drop: 2 },
  { head: 'null', cell: nullShare, right: true },
  { head: 'mean', cell: ({ mean }) => shown(mean), right: true },
  { head: 'stddev', cell: ({ stddev }) => shown(stddev), right: true, drop: 5 },
  { head: 'min', cell: ({ min }) => shown(min), right: true, cut: true, drop: 1 },
  { head: 'median', cell: (line) => quantile(line, 0.5), right: true, cut: true, drop: 4 },
  { head: 'max', cell: ({ max }) => shown(max), right: true, cut: true, drop: 1 },
  { head: 'distinct', cell: ({ distinct }) => (distinct === null ? '-' : digits(distinct)), right: true, drop: 6 },
  { head: 'histogram', cell: (line) => sparkline(line, barsOf(process.env)) },
]

const fields = {
  feature: ({ feature }: Line) => feature,
  type: ({ dataType }: Line) => dataType,
  rows: ({ rows }: Line) => rows,
  nulls: ({ nulls }: Line) => nulls,
  mean: ({ mean }: Line) => mean,
  stddev: ({ stddev }: Line) => stddev,
  min: ({ min }: Line) => min,
  median: ({ quantiles }: Line) => quantiles.find(([at]) => at === 0.5)?.[1],
  max: ({ max }: Line) => max,
  distinct: ({ distinct }: Line) => distinct,
}

const runFields = {
  job: ({ run }: Line) => run.jobId,
  start: ({ run }: Line) => run.start,
  end: ({ run }: Line) => run.end,
  computed_at: ({ run }: Line) => run.computedAt,
  baseline: ({ run }: Line) => run.baseline,
  ...fields,
}

function printFeature(feature: FeatureStatistics, { source, runs }: Inspection): void {
  const { dataType, rows, nulls, nan, infinite, mean, stddev, distinct, quantiles } = feature
  const facts = Object.entries({
    type: dataType,
    values: amountOf(feature, runs[0] as RunStatistics),
    null: nullShare(feature),
    ...(nan > 0 && { NaN: percent(nan / rows) }),
    ...(infinite > 0 && { infinite: percent(infinite / rows) }),
    ...(distinct !== null && { distinct: digits(distinct) }),
    ...(mean !== null && { mean: shown(mean) }),
    ...(stddev !== null && { stddev: shown(stddev) }),
  })
  printResult(pairs(facts))
  const present = rows - nulls - nan - infinite
  if (present > 0) printBars(feature, present)
  if (quantiles.length > 0) {
    const heads = quantiles.map(([share]) => (share === 0 ? 'min' : share === 1 ? 'max' : percent(share)))
    const columns = heads.map((head, i) => ({ head, cell: () => shown(quantiles[i]?.[1] ?? null), right: true }))
    printResult(`\n${drawn(columns, [undefined])}`)
  }
  if (source === 'runs') printRuns(runs)
}

const widest = 40

function printBars(feature: FeatureStatistics, present: number): void {
  const bars = barsOf(process.env)
  const all = barsOfFeature(feature)
  if (all.length === 0) return
  const most = Math.max(...all.map(({ amount }) => amount))
  const width = Math.min(widest, screenWidth() - Math.max(...all.map(({ label }) => widthOf(label))) - 12)
  const columns: Column<Bar>[] = [
    { head: 'value', cell: ({ label }) => label, right: true },
    { head: 'share', cell: ({ amount }) => percent(amount / present), right: true },
    { head: '', cell: ({ amount }) => bars.line(amount / most, Math.max(1, width)) },
  ]
  printResult(`\n${drawn(columns, all)}`)
}

function printRuns(runs: readonly RunStatistics[]): void {
  printResult(`\n${drawn(runColumns, runs)}`)
}

const runColumns: readonly Column<RunStatistics>[] = [
  { head: 'job', cell: ({ jobId }) => (jobId === null ? '-' : String(jobId)), right: true },
  { head: 'run', cell: (run) => runLine(run).replace(/:.*/, ''), drop: 1 },
  { head: 'rows', cell: ({ rows }) => digits(rows), right: true },
  { head: 'null', cell: ({ features: [feature] }) => (feature === undefined ? '-' : nullShare(feature)), right: true },
  { head: 'mean', cell: ({ features: [feature] }) => shown(feature?.mean ?? null), right: true },
  {
    head: 'values',
    cell: ({ features: [feature] }) => (feature ? sparkline(feature, barsOf(process.env)) : ''),
    drop: 2,
  },
  { head: '', cell: ({ baseline }) => (baseline ? 'baseline' : '') },
]
