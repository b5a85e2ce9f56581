import { createReadStream } from 'node:fs'
import { FstoreError } from '../../errors.js'
import type { AnyStore } from '../../store.js'
import type { ExportReport } from '../../training/export.js'
import type { FeatureRequest } from '../../training/picks.js'
import type { Format } from '../../training/print.js'
import type { SpineSource } from '../../training/spine.js'
import { count } from '../format.js'
import type { Globals } from '../globals.js'
import { describeMatches } from '../match-report.js'
import { withStore } from '../open.js'
import { printJson, printNote } from '../output.js'

interface Options extends Globals {
  readonly spineSql?: string
  readonly features?: readonly string[]
  readonly service?: string
  readonly knownAt?: boolean
  readonly fullNames?: boolean
  readonly output: string
  readonly format?: Format
}

export async function run(spine: string | undefined, options: Options): Promise<number> {
  const source = sourceOf(spine, options)
  const format = options.format ?? formatOf(options.output)
  const features: { features: readonly FeatureRequest[] } | { service: string } = asked(options)
  return withStore(options, async ({ store }) => {
    const names = options.fullNames || options.service !== undefined ? 'full' : 'short'
    const request = { spine: source, ...features, format, names, knownAt: options.knownAt ?? false } as const
    const report = await write(store, request, options.output)
    if (options.json && options.output !== '-') printJson({ output: options.output, ...report })
    else for (const line of describe(report, options)) printNote(line)
    return 0
  })
}

type Request = Parameters<AnyStore['exportPointInTime']>[0]

async function write(store: AnyStore, request: Request, output: string): Promise<ExportReport> {
  if (output === '-')
    return store.exportPointInTime(request, async (bytes) => {
      if (!process.stdout.write(bytes)) await new Promise((resolve) => process.stdout.once('drain', resolve))
    })
  const { writeWhole } = await import('../../training/output-file.js')
  return writeWhole(output, (file) => store.exportPointInTime(request, (bytes) => file.write(bytes)))
}

function sourceOf(spine: string | undefined, { spineSql }: Options): SpineSource {
  if ((spine === undefined) === (spineSql === undefined))
    throw new FstoreError('USAGE', 'Give a spine: a .csv or .jsonl file, - for CSV on stdin, or --spine-sql.')
  if (spineSql !== undefined) return { sql: spineSql }
  if (spine === '-') return { csv: process.stdin }
  const file = spine as string
  const content = readFile(file)
  return /\.(jsonl|ndjson)$/.test(file) ? { jsonl: content, file } : { csv: content, file }
}

async function* readFile(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new FstoreError('SPINE_INVALID', `The spine ${file} could not be read (${code}).`, { where: { file } })
  }
}

function formatOf(output: string): Format {
  if (output === '-') return 'csv'
  const [, ending] = /\.(csv|jsonl|ndjson|parquet)$/.exec(output) ?? []
  if (ending !== undefined) return ending === 'ndjson' ? 'jsonl' : (ending as Format)
  throw new FstoreError('USAGE', `The format of ${output} is not known.`, {
    fix: 'End it in .csv, .jsonl or .parquet, or say --format.',
  })
}

function asked({ features, service }: Options) {
  if ((features === undefined) === (service === undefined))
    throw new FstoreError('USAGE', 'Say which features: --features group.feature,… or --service NAME.')
  return features === undefined ? { service: service as string } : { features }
}

function describe(report: ExportReport, { knownAt, output }: Options): string[] {
  const by = report.connections > 1 ? ` over ${report.connections} connections` : ''
  const closing = `${count(report.rows, 'row')} to ${output === '-' ? 'stdout' : output}${by}.`
  return [...describeMatches(report, knownAt), closing]
}
