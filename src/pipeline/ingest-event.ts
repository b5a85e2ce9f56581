/** Events as they are given, read against the groups of the config that take them. */
import { didYouMean } from '../config/did-you-mean.js'
import type { StreamEvent } from '../config/event.js'
import type { Functions } from '../config/functions.js'
import { type InstantLike, instantFrom, toDate, toMicroseconds } from '../config/instant.js'
import { keyTexts } from '../config/key.js'
import type { GroupSpec } from '../config/project.js'
import type { EventInfo } from '../config/reducer.js'
import type { SchemaIssue, StandardSchema } from '../config/standard-schema.js'
import type { EventHandler } from '../config/stream.js'
import { FstoreError } from '../errors.js'
import type { GroupEvent } from '../offline/event-fold.js'

/** What an event is to each group that takes it; or what is wrong with it. */
export type ReadEvent = ReadonlyMap<string, GroupEvent> | readonly string[]

/** A group that events feed, as its author wrote it. */
export interface FedGroup {
  readonly spec: GroupSpec
  readonly schemas: Readonly<Record<string, StandardSchema>>
  readonly handlers: Readonly<Record<string, EventHandler<any, any, any>>>
}

export function fedGroups(groups: readonly GroupSpec[], functions: Functions): FedGroup[] {
  return groups
    .filter(({ events }) => events !== undefined)
    .map((spec) => {
      const { events, on } = functions.get(spec.name) ?? {}
      return { spec, schemas: events as FedGroup['schemas'], handlers: on as FedGroup['handlers'] }
    })
}

/** What is wrong with an event never repeats what it holds: that may be private. */
export async function readEvent(groups: readonly FedGroup[], event: unknown): Promise<ReadEvent> {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return ['is not an object']
  const { id, type, timestamp, payload } = event as Partial<StreamEvent>
  const instant = readInstant(timestamp)
  const wrong = [...idProblem(id), ...typeProblem(groups, type), ...(typeof instant === 'string' ? [instant] : [])]
  if (wrong.length > 0) return wrong
  const info = { id, type, timestamp: (instant as Instant).date } as EventInfo
  const own = groups.filter(({ spec }) => Object.hasOwn(spec.events ?? {}, info.type))
  const read = new Map<string, GroupEvent>()
  // One schema may serve several groups.
  const outputs = new Map<StandardSchema, Promise<Output>>()
  for (const group of own) {
    const schema = group.schemas[info.type] as StandardSchema
    const validating = outputs.get(schema) ?? validate(schema, payload)
    outputs.set(schema, validating)
    const output = await validating
    if ('wrong' in output) return output.wrong
    const key = readKey(group, output.value, info)
    if ('wrong' in key) return [key.wrong]
    read.set(group.spec.name, {
      info,
      instant: (instant as Instant).microseconds,
      payload: output.value,
      key: key.texts,
    })
  }
  return read
}

interface Instant {
  readonly date: Date
  readonly microseconds: bigint
}

function readInstant(value: unknown): Instant | string {
  if (value === undefined || value === null) return 'timestamp is missing'
  if (typeof value !== 'string' && !(value instanceof Date)) return 'timestamp is neither a Date nor text'
  try {
    const instant = instantFrom(value as InstantLike)
    return { date: toDate(instant), microseconds: toMicroseconds(instant) }
  } catch (error) {
    if (!(error instanceof FstoreError)) throw error
    return `timestamp cannot be read: ${error.message.replace(/\.$/, '')}`
  }
}

function idProblem(id: unknown): string[] {
  if (id === undefined || id === null) return ['id is missing']
  if (typeof id !== 'string') return ['id is not text']
  if (id === '' || id.length > 255) return ['id has not 1 to 255 characters']
  return /[\0\p{Surrogate}]/u.test(id) ? ['id holds a zero byte or half of a surrogate pair'] : []
}

function typeProblem(groups: readonly FedGroup[], type: unknown): string[] {
  if (type === undefined || type === null) return ['type is missing']
  if (typeof type !== 'string') return ['type is not text']
  const known = [...new Set(groups.flatMap(({ spec }) => Object.keys(spec.events ?? {})))]
  if (known.includes(type)) return []
  return [
    `type "${type.slice(0, 60)}" is no event of the config (${didYouMean(type, known) || known.join(', ') || 'it has none'})`,
  ]
}

type Output = { readonly value: unknown } | { readonly wrong: readonly string[] }

async function validate(schema: StandardSchema, payload: unknown): Promise<Output> {
  try {
    const result = await schema['~standard'].validate(payload)
    if (result.issues === undefined) return { value: result.value }
    return { wrong: result.issues.map((issue) => `${placeOf(issue)}: ${issue.message}`) }
  } catch (error) {
    return {
      wrong: [`payload could not be checked, its schema failed: ${error instanceof Error ? error.message : error}`],
    }
  }
}

function placeOf({ path = [] }: SchemaIssue): string {
  const steps = path.map((step) => String(typeof step === 'object' ? step.key : step))
  return ['payload', ...steps].join('.')
}

function readKey({ spec, handlers }: FedGroup, payload: unknown, info: EventInfo) {
  try {
    const key: unknown = (handlers[info.type] as EventHandler<any, any, any>).key(payload, info)
    if (key === null || key === undefined) return { texts: undefined }
    const texts = keyTexts(spec.entity, key)
    if (!texts.some((text) => /\p{Surrogate}/u.test(text))) return { texts }
    return { wrong: `key of ${spec.name} holds half of a surrogate pair, which is no text` }
  } catch (error) {
    const message = error instanceof Error ? error.message.replace(/\.$/, '') : String(error)
    return { wrong: `key of ${spec.name} cannot be read: ${message}` }
  }
}
