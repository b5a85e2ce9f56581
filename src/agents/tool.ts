/** The tool that agents read features with, whatever they call it through: LangChain and MCP wrap this one. */
import type { FeatureStore } from '../create-feature-store.js'
import { FstoreError } from '../errors.js'
import type { AnyRead } from '../online/reader.js'
import type { AnyStore } from '../store.js'
import { errorAnswer, jsonText, readAnswer, type ToolAnswer } from './answer.js'
import { describeOffer } from './description.js'
import {
  type AllowList,
  featuresNamed,
  findOffered,
  groupsOf,
  isShown,
  type Offer,
  type OfferedEntity,
  offerOf,
} from './offer.js'
import { type Limits, type Question, type QuestionSchema, questionSchema } from './question.js'

/** A store, with the types of its config or without. */
export type AgentStore = StoreReads | FeatureStore<any>

/** What agents need of a store. */
export type StoreReads = Pick<AnyStore, 'project' | 'tenant' | 'getMany' | 'getVectors'>

/** A tool as every protocol of agents knows one. */
export interface AgentTool {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly schema: QuestionSchema
  /** @param input what the schema has let through. It answers failures, too, and throws only when `signal` aborts. */
  run(input: unknown, signal?: AbortSignal): Promise<ToolAnswer>
}

/** What a model is offered, and by which name. */
export interface FeatureToolOptions extends AllowList, Limits {
  /** `get_features` when absent. */
  readonly name?: string | undefined
  /** What the tool is for, in the words of your application; what there is to read follows it. */
  readonly description?: string | undefined
  /** Characters that may be spent on telling the model what there is; 6,000 when absent. */
  readonly descriptionLength?: number | undefined
  /** Is handed what went wrong where the model is told no more than that something did. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS: the allow-list names what the config does not have */
export function featureTool(store: AgentStore, options: FeatureToolOptions = {}): AgentTool {
  const { name = 'get_features', description, descriptionLength = 6_000 } = options
  const offer = offerOf(store.project, options)
  const { text, isWhole } = describeOffer(offer, descriptionLength)
  const purpose = description ?? `Read the newest values of features from the feature store "${store.project.name}".`
  return {
    name,
    title: 'Read features',
    description: `${purpose}\n${usage}${isWhole ? '' : ` ${unnamed}`} There is:\n${text}`,
    schema: questionSchema(offer, options),
    async run(input, signal) {
      const { request, ...asked } = input as Question
      const parts = partsOf(asked)
      if (parts.length === 0) return { text: jsonText({ error: nothingAsked }), isError: true }
      const answers = await Promise.all(
        parts.map((part) => answer({ store: store as StoreReads, offer, options, part, request, signal })),
      )
      const document: Record<string, Record<string, unknown>> = {}
      for (const [i, { kind, name }] of parts.entries()) {
        document[kind] ??= {}
        ;(document[kind] as Record<string, unknown>)[name] = answers[i]?.told
      }
      return { text: jsonText(document), isError: answers.every(({ isError }) => isError) }
    },
  }
}

const usage = [
  'Every value says its status and age: PRESENT; NULL_VALUE (known to be empty); EXPIRED (too old to be used);',
  'NOT_FOUND (nothing is known of that key). group.* stands for all features of a group.',
].join(' ')

const unnamed = 'There are too many to name all of them here.'

const nothingAsked = { code: 'USAGE', message: 'Nothing was asked for.', fix: 'Name an entity or a service.' }

interface Part {
  readonly kind: 'entities' | 'services'
  readonly name: string
  readonly keys: readonly Readonly<Record<string, string>>[]
  readonly features?: readonly string[]
}

function partsOf({ entities = {}, services = {} }: Question): Part[] {
  return [
    ...Object.entries(entities).map(([name, asked]) => ({ kind: 'entities' as const, name, ...asked })),
    ...Object.entries(services).map(([name, asked]) => ({ kind: 'services' as const, name, ...asked })),
  ]
}

interface Asked {
  readonly store: StoreReads
  readonly offer: Offer
  readonly options: FeatureToolOptions
  readonly part: Part
  readonly request: Question['request']
  readonly signal: AbortSignal | undefined
}

/** One part that fails takes none of the others with it. */
async function answer(asked: Asked): Promise<{ readonly told: unknown; readonly isError: boolean }> {
  const { part, options, signal } = asked
  try {
    const { reads, shows } = part.kind === 'entities' ? await readEntity(asked) : await readService(asked)
    const now = Date.now()
    return { told: reads.map((read, i) => readAnswer(part.keys[i] as object, read, now, shows)), isError: false }
  } catch (error) {
    return { told: { error: errorAnswer(error, { signal, onError: options.onError }) }, isError: true }
  }
}

interface Reads {
  readonly reads: readonly AnyRead[]
  readonly shows: (name: string) => boolean
}

async function readEntity({ store, offer, options, part, request, signal }: Asked): Promise<Reads> {
  const offered = findOffered(offer.entities, part.name, 'entity')
  const { maxFeatures = 50 } = options
  const wanted = part.features?.flatMap((name) => featuresNamed(offered, name)) ?? offered.features.filter(isShown)
  const names = new Set(wanted.map(({ name }) => name))
  if (names.size > maxFeatures) throw tooMany(offered, names.size, maxFeatures)
  // What is not built yet is passed over where nothing was named.
  const features = part.features === undefined && offered.isWhole ? undefined : [...names]
  const reads = await store.getMany({ entity: part.name, keys: part.keys, features, request, signal })
  return { reads, shows: (name) => names.has(name) }
}

async function readService({ store, offer, part, request, signal }: Asked): Promise<Reads> {
  const { name } = findOffered(offer.services, part.name, 'service')
  return { reads: await store.getVectors({ service: name, keys: part.keys, request, signal }), shows: () => true }
}

function tooMany({ name, features }: OfferedEntity, asked: number, most: number): FstoreError {
  const groups = groupsOf(features).map((group) => group.name)
  const some = groups.length > 12 ? [...groups.slice(0, 12), '…'] : groups
  return new FstoreError('USAGE', `${asked} features of ${name} are too many for one call; ${most} may be named.`, {
    fix: `Name those you need. There are: ${some.join(', ')}.`,
  })
}
