/** Finds among all that is declared: every word must occur, `tag:x` and its like must hold, every filter must. */

import type { Catalogue, CatalogueGroup, DatasetItem, FeatureItem, ServiceItem } from '../../../src/ui/model.js'
import { sourceTypeText } from '../parts/words.js'

export const facets = ['entity', 'source', 'type', 'tag', 'owner', 'status'] as const
export type Facet = (typeof facets)[number]

/** Something to be found. */
interface Item<T> {
  readonly it: T
  /** All its words, in lower case. */
  readonly text: string
  /** What it has of each facet. */
  readonly facets: { readonly [F in Facet]?: readonly string[] }
}

export interface FoundFeature {
  readonly group: CatalogueGroup
  readonly feature: FeatureItem
}

interface Items {
  readonly features: readonly Item<FoundFeature>[]
  readonly groups: readonly Item<CatalogueGroup>[]
  readonly services: readonly Item<ServiceItem>[]
  readonly datasets: readonly Item<DatasetItem>[]
}

export type Found = { readonly [K in keyof Items]: readonly Items[K][number]['it'][] }

export function itemsOf({ groups, services, datasets }: Catalogue): Items {
  return {
    features: groups.flatMap((group) => group.features.map((feature) => featureItem(group, feature))),
    groups: groups.map((group) => {
      const { name, displayName, description, tags, owner, status, features } = group
      const types = [...new Set(features.map(({ dataType }) => dataType))]
      return item(group, [name, displayName, description, group.entity, ...tags, owner], {
        ...shared(group),
        type: types,
        tag: tags,
        owner: given(owner),
        status: [status],
      })
    }),
    services: services.map((service) =>
      item(service, [service.name, service.description, ...service.features.map(({ alias }) => alias)], {}),
    ),
    datasets: datasets.map((dataset) => item(dataset, [dataset.name, dataset.description, dataset.service], {})),
  }
}

function featureItem(group: CatalogueGroup, feature: FeatureItem): Item<FoundFeature> {
  const tags = [...feature.tags, ...group.tags]
  const words = [`${group.name}.${feature.name}`, feature.displayName, feature.description, group.entity, feature.type]
  return item({ group, feature }, [...words, ...tags, feature.owner ?? group.owner], {
    ...shared(group),
    type: [feature.dataType],
    tag: tags,
    owner: given(feature.owner ?? group.owner),
    status: [feature.status === 'active' ? group.status : feature.status],
  })
}

function shared({ entity, sourceType }: CatalogueGroup) {
  return { entity: [entity], source: [sourceTypeText(sourceType)] }
}

function given(owner: string | null): readonly string[] {
  return owner === null ? [] : [owner]
}

function item<T>(it: T, words: readonly (string | null)[], facets: Item<T>['facets']): Item<T> {
  return { it, text: words.filter(Boolean).join(' ').toLowerCase(), facets }
}

export function wordsOf(query: string): readonly string[] {
  return query.toLowerCase().split(/\s+/).filter(Boolean)
}

export function matching(items: Items, query: string, chosen: { readonly [F in Facet]: string }): Found {
  const words = wordsOf(query)
  const wanted = facets.filter((facet) => chosen[facet] !== '')
  const fits = ({ text, facets: own }: Item<unknown>) =>
    wanted.every((facet) => own[facet]?.includes(chosen[facet])) && words.every((word) => hasWord(word, text, own))
  const pick = <T>(list: readonly Item<T>[]) => list.filter(fits).map(({ it }) => it)
  return {
    features: pick(items.features),
    groups: pick(items.groups),
    services: pick(items.services),
    datasets: pick(items.datasets),
  }
}

function hasWord(word: string, text: string, own: Item<unknown>['facets']): boolean {
  const [head = '', rest] = word.split(/:(.*)/s)
  const facet = facets.find((name) => name === head)
  if (facet !== undefined && rest !== undefined)
    return own[facet]?.some((value) => value.toLowerCase().includes(rest)) ?? false
  return text.includes(word)
}

/** What each facet can be narrowed to. */
export function choices({ features, groups }: Items): { readonly [F in Facet]: readonly string[] } {
  const all = [...features, ...groups]
  const of = (facet: Facet) => [...new Set(all.flatMap((one) => one.facets[facet] ?? []))].sort()
  return Object.fromEntries(facets.map((facet) => [facet, of(facet)])) as { [F in Facet]: string[] }
}
