import { createReadStream, fstatSync } from 'node:fs'
import { exit, FstoreError } from '../../errors.js'
import type { AnyStore } from '../../store.js'
import type { Explanation } from '../../training/explain.js'
import type { ExportReport } from '../../training/export.js'
import type { FeatureRequest } from '../../training/picks.js'
import type { Format } from '../../training/printer.js'
import type { PointInTimeOptions } from '../../training/request.js'
import type { SpineSource } from '../../training/spine.js'
import { count } from '../format.js'
import type { Globals } from '../globals.js'
import { describeMatches } from '../match-report.js'
import { withStore } from '../open.js'
import { tell } from '../outcome.js'
import { printJson, printNote, printResult } from '../output.js'
import { toStdout } from '../stdout.js'
import { isLive } from '../views/live.js'
import { watchedExport } from '../watched-export.js'

interface Options extends Globals {
  readonly spineSql?: string
  readonly features?: readonly string[]
  readonly service?: string
  readonly knownAt?: boolean
  readonly fullNames?: boolean
  readonly explain?: boolean
  readonly output: string
  readonly format?: Format
}

export async function run(spine: string | undefined, options: Options): Promise<number> {
  const source = sourceOf(spine, options)
  const request = { spine: source, ...asked(options), knownAt: options.knownAt ?? false }
  if (options.explain) return withStore(options, ({ store }) => explain(store, request, options.json ?? false))
  const format = options.format ?? formatOf(options.output)
  return withStore(options, async ({ store }) => {
    const names = options.fullNames || options.service !== undefined ? 'full' : 'short'
    const report = await write(store, { ...request, format, names }, options)
    if (report === undefined) return exit.done
    tell({ kind: 'export', output: options.output, rows: report.rows })
    if (options.json && options.output !== '-') printJson({ output: options.output, ...report })
    else for (const line of describe(report, options)) printNote(line)
    return exit.done
  })
}

type Request = Parameters<AnyStore['exportPointInTime']>[0]

/** @returns nothing where whoever read it has stopped reading */
async function write(
  store: AnyStore,
  request: Request,
  { output, json = false }: Options,
): Promise<ExportReport | undefined> {
  return watchedExport({
    output,
    isQuiet: json || (output === '-' && isLive() && !isFile(process.stdout.fd)),
    async start(watch) {
      const watched = { ...request, ...watch }
      if (output === '-') return toStdout((write) => store.exportPointInTime(watched, write))
      const { writeWhole } = await import('../../training/output-file.js')
      return writeWhole(output, (file) => store.exportPointInTime(watched, (bytes) => file.write(bytes)))
    },
  })
}

/** What shows its rows elsewhere than in a file may be the same terminal. */
function isFile(descriptor: number): boolean {
  return fstatSync(descriptor).isFile()
}

async function explain(store: AnyStore, request: PointInTimeOptions, json: boolean): Promise<number> {
  const explanation = await store.explainPointInTime(request)
  if (json) printJson({ ...explanation })
  else for (const line of describePlan(explanation)) printResult(line)
  return exit.done
}

function describePlan({ rows, connections, groups }: Explanation): string[] {
  const lines = groups.flatMap(({ alias, version, partitions, plan }) => {
    const probed =
      partitions === null ? 'not partitioned' : `${partitions.probed} of ${count(partitions.all, 'partition')}`
    return [`${alias} (v${version}): ${probed}`, ...plan.map((line) => `  ${line}`)]
  })
  return [...lines, `${count(rows, 'row')} over ${count(connections, 'connection')}.`]
}

function sourceOf(spine: string | undefined, { spineSql }: Options): SpineSource {
  if ((spine === undefined) === (spineSql === undefined))
    throw new FstoreError('USAGE', spine === undefined ? 'There is no spine.' : 'There are two spines.', {
      fix: 'Give one: a .csv or .jsonl file, - for CSV on stdin, or --spine-sql.',
    })
  if (spineSql !== undefined) return { sql: spineSql }
  if (spine === '-') return { csv: process.stdin }
  const file = spine as string
  const content = read(file)
  return /\.(jsonl|ndjson)$/.test(file) ? { jsonl: content, file } : { csv: content, file }
}

/** Opened only when it is read: by then someone hears of it when it is not there. */
async function* read(file: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(file)
}

function formatOf(output: string): Format {
  if (output === '-') return 'csv'
  const [, ending] = /\.(csv|jsonl|ndjson|parquet)$/.exec(output) ?? []
  if (ending !== undefined) return ending === 'ndjson' ? 'jsonl' : (ending as Format)
  throw new FstoreError('USAGE', `The format of ${output} is not known.`, {
    fix: 'End it in .csv, .jsonl or .parquet, or say --format.',
  })
}

function asked({ features, service }: Options): { features: readonly FeatureRequest[] } | { service: string } {
  if ((features === undefined) === (service === undefined))
    throw new FstoreError('USAGE', 'It is not said which features.', {
      fix: 'Give --features group.feature,… or --service NAME.',
    })
  return features === undefined ? { service: service as string } : { features }
}

function describe(report: ExportReport, { knownAt, output }: Options): string[] {
  const by = report.connections > 1 ? ` over ${report.connections} connections` : ''
  const closing = `${count(report.rows, 'row')} to ${output === '-' ? 'stdout' : output}${by}.`
  return [...describeMatches(report, knownAt), closing]
}
