import { didYouMean } from '../did-you-mean.js'
import { isKind } from '../marker.js'
import type { DataType, EventSpec } from '../project.js'
import type { ReducerFields, ReducerName } from '../reducer.js'
import { isSchema } from '../standard-schema.js'
import { type Report, show } from './report.js'

/** The types of features that a reducer can give; any where it is not here. */
const types: Partial<Record<ReducerName, readonly DataType[]>> = {
  increment: ['int64', 'float64'],
  max: ['int64', 'float64', 'string', 'timestamp'],
  min: ['int64', 'float64', 'string', 'timestamp'],
  ema: ['float64'],
  average: ['float64'],
  mode: ['int64', 'float64', 'string', 'bool'],
}

/** They keep more than the value, which no other reducer knows of. */
const stateful: readonly string[] = ['average', 'mode']

const example = "Write on: { 'feedback.received': { key: (payload) => payload.userId, set: { … } } }"

/** Reads what a group does with the events that feed it, or reports what is wrong with that. */
export function parseEvents(raw: Record<string, unknown>, path: string, report: Report): EventSpec {
  const schemas = entriesOf(raw.events, `${path}.events`, "Write events: { 'feedback.received': schema }", report)
  if (schemas.length === 0) report(`${path}.events`, 'is empty', 'Name a type of event, or leave the option out.')
  for (const [type, schema] of schemas)
    if (!/^[^\0\p{Surrogate}]{1,255}$/u.test(type))
      report(`${path}.events`, `${show(type)} is no type of event`, 'Name it with 1 to 255 characters.')
    else if (!isSchema(schema))
      report(`${path}.events.${type}`, `${show(schema)} is no schema`, 'Use one of zod, valibot or arktype.')
  if (raw.version === undefined)
    report(`${path}.version`, 'is missing', 'Write version: 1, and raise it when the functions of `on` change.')
  const known = schemas.map(([type]) => type)
  const handlers = new Map(entriesOf(raw.on, `${path}.on`, example, report))
  for (const type of handlers.keys())
    if (!known.includes(type)) report(`${path}.on.${type}`, 'is no event of the group', didYouMean(type, known))
  for (const type of known) if (!handlers.has(type)) report(`${path}.on.${type}`, 'is missing', example)
  const features = featuresOf(raw.features)
  const spec = Object.fromEntries(
    [...handlers].map(([type, handler]) => [type, parseHandler(handler, `${path}.on.${type}`, features, report)]),
  )
  checkFeatures(spec, [...features.keys()], path, report)
  return spec
}

function entriesOf(raw: unknown, path: string, fix: string, report: Report): [string, unknown][] {
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return Object.entries(raw)
  report(path, raw === undefined ? 'is missing' : `${show(raw)} is not an object`, fix)
  return []
}

function featuresOf(raw: unknown): ReadonlyMap<string, DataType> {
  return new Map(
    Object.entries(Object(raw)).map(([name, feature]) => [name, (feature as { dataType: DataType })?.dataType]),
  )
}

function parseHandler(raw: unknown, path: string, features: ReadonlyMap<string, DataType>, report: Report) {
  const { key, set, ...others } = Object(raw)
  for (const name of Object.keys(others))
    report(`${path}.${name}`, `an event has no option "${name}"`, didYouMean(name, ['key', 'set']))
  if (typeof key !== 'function')
    report(`${path}.key`, key === undefined ? 'is missing' : `${show(key)} is not a function`, example)
  const entries = entriesOf(set, `${path}.set`, 'Write set: { clicks: increment() }', report)
  return Object.fromEntries(
    entries.flatMap(([name, change]) => {
      const words = change === undefined ? undefined : describe(change, name, `${path}.set.${name}`, features, report)
      return words === undefined ? [] : [[name, words]]
    }),
  )
}

/** In words, so that a version tells what it does: `ema(0.3)`. Of a function of the author's own nothing is known. */
function describe(
  change: unknown,
  feature: string,
  path: string,
  features: ReadonlyMap<string, DataType>,
  report: Report,
): string | undefined {
  const type = features.get(feature)
  if (!features.has(feature)) report(path, 'is no feature of the group', didYouMean(feature, features.keys()))
  if (typeof change === 'function') return 'function'
  if (!isKind(change, 'reducer')) {
    report(path, `${show(change)} is not a reducer`, 'Use increment(), last(…), ema(…) …, or a function.')
    return undefined
  }
  const { name, of, alpha } = change as unknown as ReducerFields
  const fits = types[name]
  if (type !== undefined && fits?.includes(type) === false)
    report(path, `${name}() gives no ${type}`, `Declare the feature as one of ${fits.join(', ')}.`)
  if (typeof of !== 'function') report(path, `${name}() needs a function`, `Write ${name}((payload) => payload.value)`)
  if (name !== 'ema') return name
  if (typeof alpha !== 'number' || !(alpha > 0 && alpha <= 1))
    report(path, `${show(alpha)} is no weight of a newest value`, 'Write a number above 0 and at most 1.')
  return `ema(${alpha})`
}

function checkFeatures(spec: EventSpec, names: readonly string[], path: string, report: Report): void {
  for (const name of names) {
    const changes = new Set(Object.values(spec).flatMap((handler) => handler[name] ?? []))
    if (changes.size === 0)
      report(`${path}.features.${name}`, 'no event changes it', `Write on: { …: { set: { ${name}: … } } }`)
    const keeping = [...changes].find((change) => stateful.includes(change))
    if (keeping !== undefined && changes.size > 1)
      report(
        `${path}.features.${name}`,
        `${keeping}() keeps more than the value, which ${[...changes].find((one) => one !== keeping)} would not know of`,
        'Give each a feature of its own.',
      )
  }
}
