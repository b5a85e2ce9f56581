/** What an export was made of, beside it, so that anyone can tell later whether the store would still give it. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { FstoreError } from '../errors.js'

const counts = z.record(z.string(), z.number())

const shape = z.object({
  manifestVersion: z.literal(1),
  project: z.string(),
  dataset: z.string(),
  tenant: z.string(),
  /** Of what the dataset and its service mean. */
  configFingerprint: z.string(),
  /** The versions joined, each as it stood at `asOf`, the newest write it had. */
  groups: z.array(
    z.object({
      alias: z.string(),
      group: z.string(),
      version: z.number(),
      fingerprint: z.string(),
      asOf: z.string().nullable(),
      features: z.array(z.string()),
      /** Others, which on-demand features were computed of. */
      inputs: z.array(z.string()).optional(),
      /** It has no rows of its own: its function or SQL was run. */
      onDemand: z.literal(true).optional(),
      on: z.record(z.string(), z.string()),
    }),
  ),
  spine: z.object({ sha256: z.string(), file: z.string().nullable() }),
  options: z.object({
    format: z.enum(['csv', 'jsonl', 'parquet']),
    knownAt: z.boolean(),
    expand: z.boolean(),
    impute: z.enum(['zero', 'mean', 'median']).nullable(),
    sample: z.number().nullable(),
    stratify: z.string().nullable(),
    seed: z.number(),
  }),
  rows: z.number(),
  columns: z.array(z.string()),
  /** Of those, the ones that are features. */
  featureColumns: z.array(z.string()),
  missing: counts,
  imputed: counts,
  timeRange: z.object({ first: z.string(), last: z.string() }).nullable(),
  /** The database's clock when the rows were read. */
  exportedAt: z.string(),
  file: z.object({ name: z.string(), bytes: z.number(), sha256: z.string() }),
})

export type Manifest = z.infer<typeof shape>

export function manifestPath(output: string): string {
  return `${output}.manifest.json`
}

export async function writeManifest(output: string, manifest: Manifest): Promise<void> {
  await writeFile(manifestPath(output), `${JSON.stringify(manifest, null, 2)}\n`)
}

/** @throws FstoreError MANIFEST_INVALID */
export async function readManifest(path: string): Promise<{ manifest: Manifest; file: string }> {
  const invalid = (why: string) =>
    new FstoreError('MANIFEST_INVALID', `${path} is not a manifest of fstore.`, {
      where: { file: path },
      why,
      fix: 'Name the file that export-training wrote beside its output: <output>.manifest.json.',
    })
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw invalid(`It could not be read (${error.code}).`)
  })
  try {
    const manifest = shape.parse(JSON.parse(text))
    return { manifest, file: join(dirname(path), basename(manifest.file.name)) }
  } catch {
    throw invalid('It lacks what a manifest has, or is of another version.')
  }
}

export async function checksumOf(file: string): Promise<string | undefined> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  } catch {
    return undefined
  }
  return hash.digest('hex')
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
