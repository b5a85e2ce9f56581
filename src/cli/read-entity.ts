/** All of an entity: where an on-demand group cannot be computed, everything else is read all the same. */
import { FstoreError } from '../errors.js'
import type { AnyStore } from '../store.js'

type Request = Parameters<AnyStore['getMany']>[0]
type Reads = Awaited<ReturnType<AnyStore['getMany']>>

export interface EntityReads {
  readonly reads: Reads
  /** What could not be computed. */
  readonly errors: readonly FstoreError[]
}

/** @throws FstoreError where nothing at all can be read, and whatever is wrong with features that were named */
export async function readEntities(store: AnyStore, request: Request): Promise<EntityReads> {
  try {
    return { reads: await store.getMany(request), errors: [] }
  } catch (error) {
    if (request.features !== undefined || !isOfOne(error)) throw error
    return readApart(store, request, error)
  }
}

/** What goes wrong where features are computed, and may do so for one group alone. */
function isOfOne(error: unknown): error is FstoreError {
  const codes = ['COMPUTE_FAILED', 'SQL_FAILED', 'TRANSFORM_DUPLICATE', 'REQUEST_INVALID', 'SOURCE_DENIED']
  return error instanceof FstoreError && codes.includes(error.code)
}

/** Group by group. */
async function readApart(store: AnyStore, request: Request, first: FstoreError): Promise<EntityReads> {
  const { project } = store
  const given = Object.keys(request.request ?? {})
  const computable = project.onDemand.filter((group) => group.request.every(({ name }) => given.includes(name)))
  const groups = [...project.groups, ...computable].filter(({ entity }) => entity.name === request.entity)
  const errors: FstoreError[] = []
  const parts: Reads[] = []
  for (const { name, features } of groups)
    try {
      parts.push(await store.getMany({ ...request, features: features.map((feature) => `${name}.${feature.name}`) }))
    } catch (error) {
      if (isOfOne(error)) errors.push(error)
      else if (!(error instanceof FstoreError && error.code === 'NOT_BUILT')) throw error
    }
  const [head, ...others] = parts
  if (head === undefined) throw first
  return {
    reads: head.map((read, i) =>
      merged(
        read,
        others.map((part) => part[i] as Reads[number]),
      ),
    ),
    errors,
  }
}

function merged(read: Reads[number], others: readonly Reads[number][]): Reads[number] {
  const all = [read, ...others]
  return {
    ...read,
    features: Object.assign({}, ...all.map(({ features }) => features)),
    values: Object.assign({}, ...all.map(({ values }) => values)),
    latencyMs: all.reduce((sum, { latencyMs }) => sum + latencyMs, 0),
  }
}
