/** What a model is told of a project: as much as fits of its entities, features and services. */
import { formatDuration } from '../config/duration.js'
import type { EntityKey, FeatureSpec, GroupSpec, OnDemandSpec } from '../config/project.js'
import type { Offer, OfferedEntity, OfferedFeature, OfferedService } from './offer.js'

/** The features of one group, in a row. */
interface Part {
  readonly group: GroupSpec | OnDemandSpec
  readonly features: readonly OfferedFeature[]
}

type Level = (part: Part) => string

/** From the most telling to the shortest. */
const levels: readonly Level[] = [
  ({ group, features }) => [groupLine(group), ...features.map(featureLine)].join('\n'),
  ({ group, features }) => `${groupLine(group)}\n    ${features.map(typed).join(', ')}`,
  ({ group, features }) => `${groupLine(group)} has ${features.length} features`,
  ({ group, features }) => `  ${group.name}.* ${features.length}`,
]

/** @returns the text, and whether it names every feature */
export function describeOffer(offer: Offer, most: number): { readonly text: string; readonly isWhole: boolean } {
  const services = offer.services.map(serviceLine)
  for (const [level, show] of levels.entries()) {
    const text = [...offer.entities.flatMap((entity) => entityLines(entity, show)), ...services].join('\n')
    if (text.length <= most) return { text, isWhole: level < 2 }
  }
  const lines = [...offer.entities.flatMap((entity) => entityLines(entity, levels.at(-1) as Level)), ...services]
  return { text: cut(lines, most), isWhole: false }
}

function cut(lines: readonly string[], most: number): string {
  const kept: string[] = []
  let room = most - 40
  for (const line of lines) {
    room -= line.length + 1
    if (room < 0) break
    kept.push(line)
  }
  return [...kept, `… and ${lines.length - kept.length} more lines.`].join('\n')
}

function entityLines({ entity, features }: OfferedEntity, show: Level): string[] {
  const groups = [...new Set(features.map(({ group }) => group))]
  return [
    `entity ${entity.name} (${keysText(entity.keys)})${oneLine(entity.description)}`,
    ...groups.map((group) => show({ group, features: features.filter((one) => one.group === group) })),
  ]
}

function groupLine(group: GroupSpec | OnDemandSpec): string {
  const facts = [...groupFacts(group), ...(group.status === 'deprecated' ? ['deprecated'] : [])]
  const about = group.description ?? group.displayName
  return `  ${group.name}.*${facts.length === 0 ? '' : ` (${facts.join(', ')})`}${oneLine(about)}`
}

function groupFacts(group: GroupSpec | OnDemandSpec): string[] {
  if (group.sourceType === 'on_demand')
    return ['computed when read', ...group.request.map(({ name }) => `needs request.${name}`)]
  return [
    ...(group.every > 0 ? [`new every ${formatDuration(group.every)}`] : []),
    ...(group.ttl === undefined ? [] : [`expires after ${formatDuration(group.ttl)}`]),
  ]
}

/** One feature as a line: what `list_features` prints, too. */
export function featureLine({ name, feature }: OfferedFeature): string {
  const about = feature.description ?? feature.displayName
  return `    ${name} ${typeText(feature)}${oneLine(about)}`
}

function typed({ name, feature }: OfferedFeature): string {
  return `${name} ${typeText(feature)}`
}

function typeText({ dataType, element, dimension, rules, window, status }: FeatureSpec): string {
  const kind = dataType === 'array' ? `${element}[]` : dataType === 'embedding' ? `embedding(${dimension})` : dataType
  const facts = [
    rules.allowedValues?.length === undefined ? undefined : `one of ${rules.allowedValues.join(' | ')}`,
    window === undefined ? undefined : `over ${formatDuration(window)}`,
    status === 'deprecated' ? 'deprecated' : undefined,
  ].filter((fact) => fact !== undefined)
  return facts.length === 0 ? kind : `${kind} (${facts.join(', ')})`
}

function serviceLine({ service, keys }: OfferedService): string {
  const names = service.picks.flatMap(({ alias, features }) => features.map((name) => `${alias}.${name}`))
  const some = names.length > 8 ? [...names.slice(0, 8), `… ${names.length} in all`] : names
  return `service ${service.name} (${keysText(keys)})${oneLine(service.description)} gives ${some.join(', ')}`
}

function oneLine(about: string | undefined): string {
  return about === undefined ? '' : `: ${about.replace(/\s+/g, ' ').trim()}`
}

function keysText(keys: readonly EntityKey[]): string {
  return `key${keys.length === 1 ? '' : 's'} ${keys.map(({ name, type }) => `${name}: ${type}`).join(', ')}`
}
