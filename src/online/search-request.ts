/** A search as it is asked for, with everything in it looked at before the database is asked. */
import { keyTexts } from '../config/key.js'
import type { EntitySpec, Metric } from '../config/project.js'
import { resolveFeature } from '../config/reference.js'
import { FstoreError } from '../errors.js'
import { type AskedFeature, askedFeature, type OfflineScope } from '../offline/asked.js'
import { exactValue } from '../offline/pushed-value.js'

/** What a similarity search looks for. */
export interface SearchRequest {
  /** An embedding: `group.feature`, or `feature` where only one group has it; `group.feature@2` for a version. */
  readonly feature: string
  /** What to find the like of. */
  readonly vector?: Float32Array | readonly number[] | undefined
  /** Instead of a vector, an entity whose own embedding is taken; it is not among what is found. */
  readonly key?: unknown
  /** Entities at most; 10 when absent. */
  readonly limit?: number | undefined
  /** Entities of a smaller similarity are left out. */
  readonly threshold?: number | undefined
  /** Compares with every row, which is slower and misses none. */
  readonly exact?: boolean | undefined
  /** Features of the same entity to read of those that are found. */
  readonly features?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Search extends AskedFeature {
  readonly entity: EntitySpec
  readonly metric: Metric
  /** As pgvector reads it; absent: the embedding of `key`. */
  readonly vector?: string
  readonly key?: readonly string[]
  readonly limit: number
  readonly threshold: number
  readonly exact: boolean
}

const mostRows = 10_000

/** @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS, NOT_BUILT, NOT_MIGRATED, USAGE, VALUE_INVALID, KEY_INVALID */
export async function searchOf(scope: OfflineScope, request: SearchRequest): Promise<Search> {
  const { limit = 10, threshold = Number.NEGATIVE_INFINITY, exact = false } = request
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > mostRows)
    throw usage(`The limit ${limit} is not a number of entities.`, `Whole numbers from 1 to ${mostRows} will do.`)
  if (typeof threshold !== 'number' || Number.isNaN(threshold))
    throw usage(`The threshold ${threshold} is not a number.`, 'Give the least similarity, such as 0.7.')
  if ((request.vector === undefined) === (request.key === undefined))
    throw usage('A search needs a vector or a key, and not both.', 'Give what to find the like of.')
  const asked = await askedFeature(scope, request.feature)
  const { group } = asked.reference
  if (asked.feature.dataType !== 'embedding') throw noEmbedding(scope, asked)
  for (const name of request.features ?? []) resolveFeature(scope.project, name, group.entity)
  const declared = group.features.find(({ name }) => name === asked.feature.name)
  const metric: Metric = declared?.metric ?? 'cosine'
  const common = { ...asked, entity: group.entity, metric, limit, threshold, exact }
  return request.vector === undefined
    ? { ...common, key: keyTexts(group.entity, request.key) }
    : { ...common, vector: vectorText(common, request.vector) }
}

function vectorText({ feature, reference, metric }: Omit<Search, 'vector'>, vector: readonly number[] | Float32Array) {
  const read = exactValue(feature, vector)
  const wrong = (why: string) =>
    new FstoreError('VALUE_INVALID', `The vector to search ${reference.name} by ${why}.`, {
      fix: `Give ${feature.dimension} numbers, of the model that the embeddings are of.`,
    })
  if ('wrong' in read) throw wrong(read.wrong)
  if (metric === 'cosine' && vector.every((element: number) => Math.fround(element) === 0))
    throw wrong('is zero throughout, and so has no direction')
  return JSON.stringify(read.value)
}

function noEmbedding({ project }: OfflineScope, { reference, feature }: AskedFeature): FstoreError {
  const all = project.groups.flatMap((group) =>
    group.features.filter(({ dataType }) => dataType === 'embedding').map(({ name }) => `${group.name}.${name}`),
  )
  return usage(
    `${reference.name} is no embedding but ${feature.dataType}.`,
    all.length === 0 ? 'The config declares none: embedding(768).' : `Embeddings: ${all.join(', ')}.`,
  )
}

function usage(message: string, fix: string): FstoreError {
  return new FstoreError('USAGE', message, { fix })
}
