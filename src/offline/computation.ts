/** The function of an on-demand group, run for one entity: what it is given is checked, and what it gives. */
import type { Functions } from '../config/functions.js'
import type { FeatureSpec, OnDemandSpec } from '../config/project.js'
import { FstoreError } from '../errors.js'
import { unpack } from '../registry/value.js'
import { namesOf } from './on-demand-sql.js'
import { type Exact, exactValue } from './pushed-value.js'

export type Values = Readonly<Record<string, unknown>>

export interface Computation {
  readonly group: OnDemandSpec
  readonly compute: (inputs: Values, request: Values) => unknown
}

/** @throws FstoreError INTERNAL where the config that was run is not the one that was parsed */
export function computationOf(group: OnDemandSpec, functions: Functions): Computation {
  const compute = functions.get(group.name)?.compute
  if (typeof compute === 'function') return { group, compute: compute as Computation['compute'] }
  throw new FstoreError('COMPUTE_FAILED', `The function of ${group.name} is not at hand.`, {
    why: 'The config has changed while it was read, or the store was made of a project without its functions.',
    fix: 'Run it again.',
  })
}

/**
 * @param key names the entity in an error
 * @returns exact values, in the order of the group's features
 * @throws FstoreError COMPUTE_FAILED
 */
export function runComputation({ group, compute }: Computation, inputs: Values, request: Values, key: () => string) {
  let given: unknown
  try {
    given = compute(guarded(inputs, 'input'), guarded(request, 'request data'))
  } catch (cause) {
    // The author's words, and nothing of where in the code they were said.
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new FstoreError('COMPUTE_FAILED', `${namesOf(group)} of ${key()} could not be computed: ${said}`, {
      why: `The function of ${group.name} threw.`,
      fix: 'Its inputs may be null: give null, or another value, for what cannot be told.',
      cause,
    })
  }
  return exactValues(group, given, key)
}

/** A name that is none would be undefined, which a function takes for a value that is missing. */
function guarded(values: Values, what: string): Values {
  const guard = new Proxy(Object.prototype, {
    get(target, name, receiver) {
      if (typeof name === 'symbol' || name in target || name === 'then' || name === 'toJSON')
        return Reflect.get(target, name, receiver)
      const known = Object.keys(values)
      const near = known.find((one) => one.endsWith(`.${name}`)) ?? known.join(', ')
      throw new TypeError(`there is no ${what} "${name}"; it has ${near || 'none'}.`)
    },
  })
  return Object.setPrototypeOf({ ...values }, guard) as Values
}

function exactValues(group: OnDemandSpec, given: unknown, key: () => string): Exact[] {
  const fail = (name: string, wrong: string, fix?: string) => {
    const message = `${group.name}.${name} of ${key()} could not be computed: what its function gives ${wrong}.`
    return new FstoreError('COMPUTE_FAILED', message, { fix })
  }
  const [first] = group.features as [FeatureSpec]
  const example = `{ ${group.features.map(({ name }) => `${name}: …`).join(', ')} }`
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw fail(first.name, 'is no object', `Give ${example}.`)
  if (typeof (given as { then?: unknown }).then === 'function')
    throw fail(first.name, 'is a promise', 'It may wait for nothing: what it needs are its inputs and request data.')
  const values = given as Values
  const extra = Object.keys(values).find((name) => !group.features.some((feature) => feature.name === name))
  if (extra !== undefined) throw fail(extra, 'is no feature of the group', `Give ${example}.`)
  return group.features.map((feature) => {
    const value = values[feature.name]
    if (value === undefined) throw fail(feature.name, 'is undefined', 'Give null for what cannot be told.')
    const read = exactValue(feature, value)
    if ('wrong' in read)
      throw fail(
        feature.name,
        read.wrong,
        `Give a value of the type ${feature.dataType}, or null for what cannot be told.`,
      )
    return read.value
  })
}

/** The value as every reader gets it; a new object every time. */
export function computedValue(feature: FeatureSpec, exact: Exact): unknown {
  const isNumber = feature.dataType === 'int64' && feature.as !== 'bigint' && exact !== null
  return isNumber ? Number(exact) : unpack(feature, exact)
}

/**
 * What the caller says, as the function gets it.
 *
 * @param where whose it is, in an error
 * @throws FstoreError REQUEST_INVALID
 */
export function readRequest({ name, request }: OnDemandSpec, given: Values, where = ''): Values {
  const missing = request.filter((field) => given[field.name] === undefined || given[field.name] === null)
  if (missing.length > 0) throw missingRequest(name, missing, where)
  return Object.fromEntries(
    request.map((field) => {
      const read = exactValue(field, written(field, given[field.name]))
      if (!('wrong' in read)) return [field.name, computedValue(field, read.value)]
      throw new FstoreError('REQUEST_INVALID', `The request data "${field.name}"${where} ${read.wrong}.`, {
        why: `${name} is computed with it.`,
        fix: `Give ${field.dataType === 'timestamp' ? 'an instant with its time zone, such as 2026-03-01T08:00:00Z' : `a value of the type ${field.dataType}`}.`,
      })
    }),
  )
}

/** Text of a number or of a truth, as a command line and a CSV have it. */
function written({ dataType, as }: FeatureSpec, value: unknown): unknown {
  if (typeof value !== 'string') return value
  const text = value.trim()
  if (dataType === 'bool' && /^(true|t|false|f)$/i.test(text)) return /^t/i.test(text)
  if (dataType === 'int64' && as !== 'bigint' && /^-?\d{1,19}$/.test(text)) return BigInt(text)
  if (dataType === 'float64' && text !== '' && !Number.isNaN(Number(text))) return Number(text)
  if ((dataType === 'array' || dataType === 'embedding') && text.startsWith('[')) {
    try {
      return JSON.parse(text)
    } catch {
      return value
    }
  }
  return value
}

function missingRequest(group: string, fields: readonly FeatureSpec[], where: string): FstoreError {
  const names = fields.map(({ name, dataType }) => `${name} (${dataType})`).join(', ')
  return new FstoreError('REQUEST_INVALID', `Request data is missing${where}: ${names}.`, {
    why: `${group} is computed with it.`,
    fix:
      where === ''
        ? `Give request: { ${fields.map(({ name }) => `${name}: …`).join(', ')} }.`
        : 'Leave such rows out of the spine, or fill them in.',
  })
}
