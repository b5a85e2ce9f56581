/** What a model asks, and the schema it is shown: as exact as fits, whatever the size of the config. */
import { z } from 'zod'
import type { EntityKey, FeatureSpec } from '../config/project.js'
import { FstoreError } from '../errors.js'
import { featuresNamed, findOffered, groupsOf, type Offer, type OfferedEntity, type OfferedService } from './offer.js'

type Keys = readonly Readonly<Record<string, string>>[]

export interface Question {
  readonly entities?: Readonly<Record<string, { readonly keys: Keys; readonly features?: readonly string[] }>>
  readonly services?: Readonly<Record<string, { readonly keys: Keys }>>
  readonly request?: Readonly<Record<string, unknown>>
}

/** How much one call may ask for. */
export interface Limits {
  /** Keys of one entity or service; 10 when absent. */
  readonly maxKeys?: number | undefined
  /** Features of one entity; 50 when absent. */
  readonly maxFeatures?: number | undefined
}

/** Characters of JSON schema that a model is asked to carry. */
const mostSchema = 16_000

/** An object at the root, and no unions below it: every model provider takes it. */
export type QuestionSchema = z.ZodObject

interface Detail {
  readonly features: boolean
  readonly names: boolean
}

/** Where naming every feature is too long, they are plain text; then entities, too. The description lists what fits. */
export function questionSchema(offer: Offer, limits: Limits): QuestionSchema {
  const names = offer.entities.flatMap(({ features }) => features.map(({ name }) => name)).join()
  if (names.length < mostSchema) {
    const exact = schemaOf(offer, limits, { features: true, names: true })
    if (fits(exact)) return exact
  }
  const named = schemaOf(offer, limits, { features: false, names: true })
  return fits(named) ? named : schemaOf(offer, limits, { features: false, names: false })
}

function fits(schema: QuestionSchema): boolean {
  return JSON.stringify(z.toJSONSchema(schema, { io: 'input' })).length <= mostSchema
}

function schemaOf({ entities, services, request }: Offer, limits: Limits, detail: Detail): QuestionSchema {
  const { maxKeys = 10 } = limits
  const ofEntities = detail.names
    ? byName(entities, 'entity', (one) => z.strictObject({ keys: keys(one.entity.keys, maxKeys), ...features(one) }))
    : z.record(z.string(), z.strictObject({ keys: anyKeys(maxKeys), ...features(undefined) }))
  const ofServices = detail.names
    ? byName(services, 'service', (one) => z.strictObject({ keys: keys(one.keys, maxKeys) }))
    : z.record(z.string(), z.strictObject({ keys: anyKeys(maxKeys) }))
  const entitiesPart = ofEntities.describe('By entity: whose features to read, and which.')
  const servicesPart = ofServices.describe('By service: whose whole vector to read.')
  const rest = request.length === 0 ? {} : { request: requestPart(request) }
  if (services.length === 0) return strict('', { entities: entitiesPart, ...rest })
  if (entities.length === 0) return strict('', { services: servicesPart, ...rest })
  return strict('', { entities: entitiesPart.optional(), services: servicesPart.optional(), ...rest })

  function features(one: OfferedEntity | undefined) {
    const { maxFeatures = 50 } = limits
    const item =
      one !== undefined && detail.features ? featureOf(one) : z.string().describe('group.feature, or group.*')
    return { features: z.array(item).min(1).max(maxFeatures).describe('All when left out.').optional() }
  }
}

/** The store checks what is given: this is to show it. */
function requestPart(fields: readonly FeatureSpec[]): z.ZodType {
  const shape = fields.map((field) => [field.name, fieldOf(field).optional()] as const)
  return strict('request data', Object.fromEntries(shape)).describe('What features are computed with.').optional()
}

function fieldOf({ dataType, as, description }: FeatureSpec): z.ZodType {
  const told = (type: z.ZodType, how = '') => type.describe([description, how].filter(Boolean).join(' ') || dataType)
  if (dataType === 'bool') return told(z.boolean())
  if (dataType === 'float64' || (dataType === 'int64' && as !== 'bigint')) return told(z.number())
  if (dataType === 'timestamp') return told(z.string(), 'ISO 8601 with a time zone.')
  return told(z.string(), dataType === 'array' || dataType === 'embedding' ? 'As JSON, in brackets.' : '')
}

function byName<T extends OfferedEntity | OfferedService>(all: readonly T[], what: string, of: (one: T) => z.ZodType) {
  return strict(what, Object.fromEntries(all.map((one) => [one.name, of(one).optional()])))
}

/** @param what its members are, for who names one that there is not */
function strict(what: string, shape: Record<string, z.ZodType>): z.ZodObject {
  const known = Object.keys(shape).map((name) => ({ name }))
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' && what !== ''
        ? told(() => [findOffered(known, String((issue.keys as string[])[0]), what)])
        : undefined,
  })
}

function featureOf(one: OfferedEntity): z.ZodType {
  const names = [...one.features, ...groupsOf(one.features)].map(({ name }) => name)
  return z.enum(names, { error: ({ input }) => told(() => featuresNamed(one, String(input))) })
}

/** What `find` throws, as one line; where it finds what was meant, its name. */
function told(find: () => readonly { readonly name: string }[]): string {
  try {
    return `Write it in full: ${find().map(({ name }) => name)}.`
  } catch (error) {
    if (!(error instanceof FstoreError)) throw error
    return `${error.message} ${error.fix}`
  }
}

function keys(of: readonly EntityKey[], most: number): z.ZodType {
  return z
    .array(z.strictObject(Object.fromEntries(of.map((key) => [key.name, keyOf(key)]))))
    .min(1)
    .max(most)
}

function anyKeys(most: number): z.ZodType {
  return z.array(z.record(z.string(), z.string())).min(1).max(most)
}

/** Text, whatever its type: a number of JSON may have lost digits. No transforms, which LangChain cannot show a model. */
function keyOf({ type }: EntityKey): z.ZodType {
  const text = z.string()
  if (type === 'int64') return text.regex(/^-?\d{1,19}$/, 'must be a whole number, as text')
  return type === 'uuid' ? text.regex(uuid, 'must be a UUID') : text
}

const uuid = /^[\da-fA-F]{8}(-[\da-fA-F]{4}){3}-[\da-fA-F]{12}$/
