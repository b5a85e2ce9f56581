/** A dataset as a file with its manifest, and the check whether the store would still give that file. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import type { DatasetSpec, Project } from '../config/project.js'
import { findReadable, findService } from '../config/reference.js'
import { identifier } from '../db/sql.js'
import { FstoreError } from '../errors.js'
import { schemasOf } from '../offline/feature-table.js'
import type { JoinedPick } from '../offline/point-in-time.js'
import { type DatasetOptions, type DatasetReport, type DatasetScope, resolveDataset } from './dataset.js'
import { type ExportRequest, exportPointInTime, type Joined } from './export.js'
import { chatExample } from './fine-tuning.js'
import { checksumOf, type Manifest, manifestPath, readManifest, sha256, writeManifest } from './manifest.js'
import { writeWhole } from './output-file.js'
import { joinedPicks } from './picks.js'
import type { Format } from './printer.js'
import { trainingRows } from './rows.js'
import { shaping } from './shape.js'

/** The dataset, the file it goes to, and how. */
export interface TrainingExportOptions extends DatasetOptions {
  readonly dataset: string
  readonly format: Format
  /** The file to write. */
  readonly output: string
}

/** What was written, where, and by group how its rows fared. */
export interface TrainingExportReport extends DatasetReport {
  readonly output: string
  readonly manifest: string
  readonly sha256: string
}

export async function exportTraining(
  scope: DatasetScope,
  options: TrainingExportOptions,
): Promise<TrainingExportReport> {
  const { dataset: name, format, output } = options
  const resolved = await resolveDataset(scope, name, options)
  let state: ReadState | undefined
  const request: ExportRequest = {
    ...resolved.request,
    names: 'full',
    format,
    shape: async (joined) => {
      state = await readState(resolved.request, joined)
      return (await resolved.request.shape?.(joined)) ?? [...joined.columns]
    },
  }
  const written = await writeWhole(output, (file) => exportPointInTime(request, (bytes) => file.write(bytes)))
  const { checksum, bytes, ...report } = written
  const shaped = resolved.shaped()
  const manifest: Manifest = {
    manifestVersion: 1,
    project: scope.project.name,
    dataset: name,
    tenant: request.tenant,
    configFingerprint: fingerprint(scope.project, resolved.spec, resolved.spine.text),
    ...(state as ReadState),
    spine: { sha256: sha256(resolved.spine.text), file: fileOf(resolved.spec) },
    options: optionsOf(options, resolved.spec),
    rows: report.rows,
    columns: [...report.columns],
    featureColumns: Object.keys(shaped.missing),
    missing: shaped.missing,
    imputed: shaped.imputed,
    file: { name: basename(output), bytes, sha256: checksum },
  }
  await writeManifest(output, manifest)
  return { dataset: name, ...report, ...shaped, output, manifest: manifestPath(output), sha256: checksum }
}

type ReadState = Pick<Manifest, 'groups' | 'timeRange' | 'exportedAt'>

/** Read in the transaction that reads the rows: each group's newest write that its snapshot sees. */
async function readState({ schemas, picks, tenant }: DatasetRequest, { tx, spine }: Joined): Promise<ReadState> {
  const { rows } = await tx.query<{ group_name: string; fingerprint: string; stamp: string | null; now: string }>(
    `SELECT group_name, fingerprint, NULLIF(last_stamp, '-infinity') AS stamp
     FROM ${identifier(schemas.registry)}.coverage WHERE tenant_id = $1`,
    [tenant],
  )
  const clock = await tx.query<{ now: string }>('SELECT clock_timestamp() AS now')
  const stamps = new Map(rows.map((row) => [`${row.group_name}@${row.fingerprint}`, row.stamp]))
  const groups = picks.map(({ alias, version, features, inputs, onDemand, on }) => ({
    alias,
    group: version.group,
    version: version.version,
    fingerprint: version.fingerprint,
    asOf: stamps.get(`${version.group}@${version.fingerprint}`) ?? null,
    features: [...features],
    ...(inputs !== undefined && { inputs: [...inputs] }),
    ...(onDemand !== undefined && { onDemand: true as const }),
    on: { ...on },
  }))
  const { now } = clock.rows[0] as { now: string }
  return { groups, timeRange: spine.bounds ?? null, exportedAt: now }
}

type DatasetRequest = Pick<ExportRequest, 'schemas' | 'picks' | 'tenant'>

function fingerprint(project: Project, spec: DatasetSpec, sql: string): string {
  const service = findService(project, spec.service)
  return sha256(JSON.stringify([spec, service, sql])).slice(0, 12)
}

function fileOf({ spine }: DatasetSpec): string | null {
  return 'file' in spine ? spine.file : null
}

function optionsOf(options: TrainingExportOptions, spec: DatasetSpec): Manifest['options'] {
  return {
    format: options.format,
    knownAt: options.knownAt ?? false,
    expand: options.expand ?? false,
    impute: options.impute ?? null,
    sample: options.sample ?? spec.sample ?? null,
    stratify: options.stratify ?? spec.stratify ?? null,
    seed: options.seed ?? spec.seed,
  }
}

/** Whether the store would still give the file that a manifest describes. */
export interface Verification {
  readonly file: string
  /** The file is the one that the manifest tells of. */
  readonly untouched: boolean
  /** The store, as it stood at the export, still gives these features for the rows of the file. */
  readonly reproduced: boolean
  readonly why?: string
}

/**
 * Joins the rows of an exported file again, to the versions and as of the writes that its manifest names, and compares
 * checksums. Later corrections, promotions and changes of the sources do not matter; an edited file does.
 *
 * @throws FstoreError MANIFEST_INVALID, NOT_BUILT where a version is no longer there
 */
export async function verifyTraining(scope: DatasetScope, path: string): Promise<Verification> {
  const { manifest, file } = await readManifest(path)
  const checksum = await checksumOf(file)
  if (checksum === undefined) return { file, untouched: false, reproduced: false, why: 'The file is not there.' }
  if (checksum !== manifest.file.sha256)
    return { file, untouched: false, reproduced: false, why: 'The file has changed since it was exported.' }
  const hash = createHash('sha256')
  await exportPointInTime(await requestAgain(scope, manifest, file), (bytes) => void hash.update(bytes))
  if (hash.digest('hex') === checksum) return { file, untouched: true, reproduced: true }
  return { file, untouched: true, reproduced: false, why: 'The store gives other values for the same rows.' }
}

async function requestAgain(scope: DatasetScope, manifest: Manifest, file: string): Promise<ExportRequest> {
  const { reading } = scope
  const { options } = manifest
  if (options.format === 'parquet')
    throw new FstoreError('USAGE', 'A Parquet export cannot be verified.', { fix: 'Export it as CSV or JSON lines.' })
  const picks = await picksAgain(scope, manifest)
  const content = createReadStream(file)
  const skip = new Set(manifest.featureColumns)
  return {
    db: reading.db,
    schemas: schemasOf(scope.project.schema),
    tenant: manifest.tenant,
    source: options.format === 'csv' ? { csv: content, file } : { jsonl: content, file },
    skip,
    picks,
    knownAt: options.knownAt,
    names: 'full',
    format: options.format,
    shape: shaping({ expand: options.expand, fill: manifest.imputed }, () => {}),
  }
}

/** The versions that were joined, as they stood. What is computed on demand is computed anew, as it is declared now. */
async function picksAgain({ project, reading }: DatasetScope, { groups }: Manifest): Promise<JoinedPick[]> {
  const catalog = await reading.catalog.entries()
  const versionOf = ({ name }: { readonly name: string }) => {
    const told = groups.find(({ group }) => group === name)
    const version = catalog.get(name)?.versions.find(({ fingerprint }) => fingerprint === told?.fingerprint)
    if (version !== undefined) return { version, asOf: told?.asOf ?? '-infinity' }
    throw new FstoreError('NOT_BUILT', `Version ${told?.version} of ${name} is not there any more.`)
  }
  const printed = groups.filter(({ features }) => features.length > 0)
  const asked = printed.map((pick) => ({ ...pick, group: findReadable(project, pick.group) }))
  const picks = await joinedPicks({ project, catalog, onDemand: reading.onDemand, versionOf }, asked)
  for (const { onDemand, group, version, fingerprint } of groups) {
    const now = picks.find((pick) => pick.version.group === group)?.version
    if (onDemand !== true || now?.fingerprint === fingerprint) continue
    throw new FstoreError('NOT_BUILT', `${group} is not declared any more as it was when the file was exported.`, {
      why: `It was version ${version}, and is ${now === undefined ? 'no part of it' : `version ${now.version}`} now.`,
    })
  }
  return picks
}

/** How many chat examples were written, and how many rows had none. */
export interface FineTuningReport {
  readonly output: string
  readonly examples: number
  /** Rows without an answer. */
  readonly skipped: number
}

/** A dataset as chat examples, by the templates of its config. */
export async function exportFineTuning(
  scope: DatasetScope,
  { dataset: name, output, ...options }: DatasetOptions & { dataset: string; output: string },
): Promise<FineTuningReport> {
  const { request, spec } = await resolveDataset(scope, name, options)
  const { examples, skipped } = await writeWhole(output, async (file) => {
    const counts = { examples: 0, skipped: 0 }
    for await (const row of trainingRows(request, spec)) {
      const example = chatExample(spec, row)
      if (example === undefined) counts.skipped++
      else {
        counts.examples++
        await file.write(Buffer.from(`${JSON.stringify(example)}\n`))
      }
    }
    return counts
  })
  return { output, examples, skipped }
}
