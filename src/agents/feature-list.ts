/** The tool that finds features where a config has more of them than a tool's description can hold. */
import { z } from 'zod'
import { errorAnswer, jsonText } from './answer.js'
import { featureLine } from './description.js'
import { findOffered, type OfferedFeature, offerOf } from './offer.js'
import type { AgentStore, AgentTool, FeatureToolOptions } from './tool.js'

/** Features in one answer. */
const mostListed = 50

interface Search {
  readonly search?: string
  readonly entity?: string
}

/** @throws FstoreError NAME_UNKNOWN, NAME_AMBIGUOUS: the allow-list names what the config does not have */
export function featureListTool(store: AgentStore, options: FeatureToolOptions = {}): AgentTool {
  const offer = offerOf(store.project, options)
  return {
    name: 'list_features',
    title: 'List features',
    description: `Find features of the feature store "${store.project.name}": their names, types and what they mean.`,
    schema: z.strictObject({
      search: z.string().max(200).describe('Words that are all in its name, description or tags.').optional(),
      entity: z.string().describe('Only features of this entity.').optional(),
    }),
    async run(input) {
      const { search = '', entity } = input as Search
      try {
        const entities = entity === undefined ? offer.entities : [findOffered(offer.entities, entity, 'entity')]
        const words = search.toLowerCase().split(/\s+/).filter(Boolean)
        const found = entities.map(({ name, features }) => ({ name, features: features.filter(has(words)) }))
        return { text: listed(found), isError: false }
      } catch (error) {
        return { text: jsonText({ error: errorAnswer(error) }), isError: true }
      }
    },
  }
}

function has(words: readonly string[]): (one: OfferedFeature) => boolean {
  return ({ name, group, feature }) => {
    const told = [name, feature.displayName, feature.description, group.description, ...feature.tags, ...group.tags]
    const text = told.filter(Boolean).join(' ').toLowerCase()
    return words.every((word) => text.includes(word))
  }
}

function listed(found: readonly { readonly name: string; readonly features: readonly OfferedFeature[] }[]): string {
  const total = found.reduce((sum, { features }) => sum + features.length, 0)
  if (total === 0) return 'No feature has all of these words. Try fewer of them, or none.'
  let room = mostListed
  const lines = found.flatMap(({ name, features }) => {
    const some = features.slice(0, room)
    room -= some.length
    return some.length === 0 ? [] : [`entity ${name}`, ...some.map(featureLine)]
  })
  const left = total - mostListed
  return [...lines, ...(left > 0 ? [`… and ${left} more: search for words of what you need.`] : [])].join('\n')
}
