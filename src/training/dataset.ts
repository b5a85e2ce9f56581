/** A dataset: a service's vector for each row of its spine, sampled, split and labelled. */
import { didYouMean } from '../config/did-you-mean.js'
import type { DatasetSpec, Project } from '../config/project.js'
import { findDataset } from '../config/reference.js'
import { readSql, type SqlText } from '../config/sql-source.js'
import { FstoreError } from '../errors.js'
import { sqlType } from '../transform/rules.js'
import type { ExportReport, ExportRequest, OutputColumn } from './export.js'
import { resolveRequest } from './request.js'
import { drawSample } from './sample.js'
import { type Imputation, type Shaped, shaping } from './shape.js'
import { joinKeys } from './spine.js'

/** A training set: a service, the rows it is built for, their labels, and how they are split and sampled. */
export interface DatasetOptions {
  /** Sets of the config's dataset, in its place. */
  readonly sample?: number | undefined
  readonly stratify?: string | undefined
  readonly seed?: number | undefined
  readonly knownAt?: boolean | undefined
  /** Fill what is missing, by statistics of the training part; left missing when absent. */
  readonly impute?: Imputation | undefined
  /** Spread arrays and embeddings over columns `name_0…`. */
  readonly expand?: boolean | undefined
  /** Once it is aborted, the work ends at the next group or piece of output. */
  readonly signal?: AbortSignal | undefined
  readonly tell?: ExportRequest['tell']
}

export interface DatasetReport extends ExportReport, Shaped {
  readonly dataset: string
}

export interface DatasetScope {
  readonly project: Project
  /** The folder that `sqlFile()` paths start from. */
  readonly root: string
  readonly files: readonly string[]
  readonly reading: Parameters<typeof resolveRequest>[0]
}

export interface ResolvedDataset {
  readonly spec: DatasetSpec
  readonly spine: SqlText
  readonly request: Omit<ExportRequest, 'names' | 'format'>
  /** What the joined rows told, once they have been joined. */
  shaped(): Shaped
}

/** @throws FstoreError NAME_UNKNOWN, SQL_FILE_MISSING, NOT_BUILT, USAGE */
export async function resolveDataset(
  { project, root, files, reading }: DatasetScope,
  name: string,
  options: DatasetOptions = {},
): Promise<ResolvedDataset> {
  const spec = findDataset(project, name)
  const spine = await readSql({ source: spec.spine, root, files })
  const source = { sql: spine.text, ...(spine.file !== undefined && { file: spine.file }) }
  const { knownAt = false, expand = false, impute, signal, tell } = options
  const request = await resolveRequest(reading, { spine: source, service: spec.service, knownAt })
  const { sample = spec.sample, stratify = spec.stratify, seed = spec.seed } = options
  checkStratify(spec, stratify)
  checkWhole('sample', sample)
  checkWhole('seed', seed)
  const sampling = { sample, stratify, seed, split: spec.split, keys: [...joinKeys(request.picks).keys()] }
  const drawn = sample !== undefined || spec.split !== undefined
  let shaped: Shaped = { missing: {}, imputed: {} }
  const shape = shaping({ expand, impute }, (found) => {
    shaped = found
  })
  return {
    spec,
    spine,
    request: {
      ...request,
      signal,
      tell,
      labels: spec.labels.map((label) => label.name),
      ...(drawn && { refine: (loaded) => drawSample(request.db, request.schemas, loaded, sampling) }),
      shape: async (joined) => {
        const columns = joined.columns.map((column) => typed(column, spec))
        return shape({ ...joined, columns })
      },
    },
    shaped: () => shaped,
  }
}

/** A label as the config declares it, whatever type its SQL yields. */
function typed(column: OutputColumn, { labels }: DatasetSpec): OutputColumn {
  const label = column.feature === undefined ? labels.find(({ name }) => name === column.name) : undefined
  return label === undefined ? column : { ...column, sql: `(${column.sql})::${sqlType(label)}` }
}

/** @throws FstoreError NAME_UNKNOWN */
function checkStratify({ labels, name }: DatasetSpec, stratify: string | undefined): void {
  const names = labels.map((label) => label.name)
  if (stratify === undefined || names.includes(stratify)) return
  throw new FstoreError('NAME_UNKNOWN', `The dataset ${name} has no label "${stratify}" to keep the proportions of.`, {
    fix: didYouMean(stratify, names) || `Labels: ${names.join(', ') || 'none'}.`,
  })
}

/** @throws FstoreError USAGE */
function checkWhole(what: string, number: number | undefined): void {
  if (number === undefined || Number.isSafeInteger(number)) return
  throw new FstoreError('USAGE', `The ${what} of the dataset is ${number}.`, { fix: 'Give a whole number.' })
}
