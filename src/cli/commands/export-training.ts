import { digits } from '../../config/digits.js'
import { exit, FstoreError } from '../../errors.js'
import type { AnyStore } from '../../store.js'
import { chooseDataset } from '../../training/choose-dataset.js'
import type { TrainingExportReport } from '../../training/training-export.js'
import { count } from '../format.js'
import type { Globals } from '../globals.js'
import { describeMatches } from '../match-report.js'
import { withStore } from '../open.js'
import { tell } from '../outcome.js'
import { printJson, printNote, printResult } from '../output.js'
import { screenWidth } from '../screen.js'
import { type Column, drawn } from '../table.js'
import { watchedExport } from '../watched-export.js'

interface Options extends Globals {
  readonly csv?: boolean
  readonly jsonl?: boolean
  readonly parquet?: boolean
  readonly fineTuning?: boolean
  readonly output?: string
  readonly sample?: string
  readonly stratify?: string
  readonly seed?: string
  readonly impute?: 'zero' | 'mean' | 'median'
  readonly expand: boolean
  readonly knownAt?: boolean
  readonly verify?: string
}

export async function run(name: string | undefined, options: Options): Promise<number> {
  return withStore(options, async ({ loaded, store }) => {
    if (options.verify !== undefined) return verify(store, options.verify, options)
    const dataset = chooseDataset(loaded.project, name).name
    const format = options.jsonl || options.fineTuning ? 'jsonl' : options.parquet ? 'parquet' : 'csv'
    const output = options.output ?? `${dataset}.${format}`
    if (output === '-') throw notToStdout(dataset, format, options)
    const sampling = {
      sample: amount('--sample', options.sample),
      stratify: options.stratify,
      seed: amount('--seed', options.seed),
    }
    const { impute, expand, knownAt, json = false } = options
    const asked = { dataset, output, ...sampling, knownAt }
    if (options.fineTuning) return fineTune(store, asked, options)
    const report = await watchedExport({
      output,
      isQuiet: json,
      start: (watch) => store.exportTraining({ ...asked, format, impute, expand, ...watch }),
    })
    tell({ kind: 'export', output, rows: report.rows })
    if (options.json) printJson({ ...report })
    else print(report)
    return exit.done
  })
}

function notToStdout(dataset: string, format: string, { fineTuning }: Options): FstoreError {
  return new FstoreError('USAGE', 'A training set cannot be written to stdout.', {
    why: fineTuning
      ? 'It is written whole or not at all.'
      : 'It is two files: the rows, and the manifest they are verified by.',
    fix: `Name a file, such as -o ${dataset}.${format}.`,
  })
}

function amount(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new FstoreError('USAGE', `${option} ${text} is not a whole number.`, { fix: 'Write a number such as 1000.' })
}

function print(report: TrainingExportReport): void {
  const { columns, missing, imputed, rows, output, manifest } = report
  for (const line of describeMatches(report)) printNote(line)
  const gaps = Object.entries(missing).filter(([, rows]) => rows > 0)
  if (gaps.length > 0) {
    const columns: Column<[string, number]>[] = [
      { head: 'column', cell: ([name]) => name, cut: true },
      { head: 'missing', cell: ([, rows]) => digits(rows), right: true },
      { head: 'filled with', cell: ([name]) => filling(imputed[name]) },
    ]
    printNote(drawn(columns, gaps, screenWidth(process.stderr)))
  }
  printResult(`Wrote ${count(rows, 'row')} × ${count(columns.length, 'column')} to ${output}, and ${manifest}.`)
}

function filling(value: number | undefined): string {
  return value === undefined ? '-' : String(Number(value.toPrecision(6)))
}

async function verify(store: AnyStore, manifest: string, { json }: Options): Promise<number> {
  const result = await store.verifyTraining(manifest)
  if (json) printJson({ ...result })
  else if (result.reproduced) printResult(`${result.file} is what the store would give, as it stood at the export.`)
  else printResult(`${result.file} does not verify. ${result.why}`)
  return result.reproduced ? exit.done : exit.findings
}

async function fineTune(
  store: AnyStore,
  request: Parameters<AnyStore['exportFineTuning']>[0],
  { json }: Options,
): Promise<number> {
  const report = await watchedExport({
    output: request.output,
    isQuiet: json ?? false,
    start: (watch) => store.exportFineTuning({ ...request, ...watch }),
  })
  tell({ kind: 'export', output: report.output, rows: report.examples })
  if (json) printJson({ ...report })
  else {
    const left = report.skipped === 0 ? '' : ` ${count(report.skipped, 'row')} had no answer and were left out.`
    printResult(`Wrote ${count(report.examples, 'chat example')} to ${report.output}.${left}`)
  }
  return exit.done
}
