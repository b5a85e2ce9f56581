import { formatDuration } from '../../config/duration.js'
import { joinKeysOf } from '../../config/join-keys.js'
import type { GroupSpec, OnDemandSpec, Project } from '../../config/project.js'
import { entitiesOf } from '../../config/reference.js'
import { FstoreError } from '../../errors.js'
import type { AnyStore, GroupState } from '../../store.js'
import type { Globals } from '../globals.js'
import { withStore } from '../open.js'
import { printJson, printResult, printWarning } from '../output.js'
import { table } from '../table.js'

interface Listing {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly items: readonly Record<string, unknown>[]
}

export async function run(what: string, options: Globals): Promise<number> {
  if (!Object.hasOwn(listings, what))
    throw new FstoreError('USAGE', `There is nothing called "${what}" to list.`, {
      fix: `One of: ${Object.keys(listings).join(', ')}.`,
    })
  return withStore(options, async ({ loaded, store }) => {
    const { states, warning } = what === 'groups' ? await statesOf(store) : { states: new Map() }
    const { head, rows, items } = listings[what as keyof typeof listings](loaded.project, states)
    if (warning !== undefined) printWarning(warning)
    if (options.json) printJson({ [what]: items, ...(warning !== undefined && { warning }) })
    else printResult(table(head, rows))
    return 0
  })
}

/** What is declared can be listed where the database cannot be asked what is live. */
async function statesOf(store: AnyStore): Promise<{ states: ReadonlyMap<string, GroupState>; warning?: string }> {
  try {
    return { states: new Map((await store.groups()).map((state) => [state.name, state])) }
  } catch (error) {
    if (!(error instanceof FstoreError) || !['LOCKED', 'DATABASE_UNREACHABLE'].includes(error.code)) throw error
    return { states: new Map(), warning: `what is live is not known: ${error.message}` }
  }
}

const listings = {
  groups(project: Project, states: ReadonlyMap<string, GroupState>): Listing {
    const kept = project.groups.map((group) => groupItem(group, states.get(group.name)))
    const items = [...kept, ...project.onDemand.map(onDemandItem)]
    return {
      head: ['group', 'entity', 'live', 'every', 'ttl', 'features', 'tags'],
      rows: items.map((item) => [
        item.name,
        item.entity,
        'onDemand' in item ? `v${item.version}` : live(states.get(item.name)),
        item.every ?? sourceOf(item),
        item.ttl ?? '-',
        String(item.features.length),
        item.tags.join(', ') || '-',
      ]),
      items,
    }
  },
  features(project: Project): Listing {
    const items = [...project.groups, ...project.onDemand].flatMap((group) =>
      group.features.map((feature) => ({ group, feature })),
    )
    return {
      head: ['feature', 'type', 'entity', 'description'],
      rows: items.map(({ group, feature }) => [
        `${group.name}.${feature.name}`,
        feature.dataType,
        group.entity.name,
        feature.description ?? '-',
      ]),
      items: items.map(({ group, feature }) => ({
        ...feature,
        name: `${group.name}.${feature.name}`,
        entity: group.entity.name,
      })),
    }
  },
  entities(project: Project): Listing {
    const items = entitiesOf(project).map((entity) => ({
      ...entity,
      groups: [...project.groups, ...project.onDemand]
        .filter((group) => group.entity.name === entity.name)
        .map(({ name }) => name),
    }))
    return {
      head: ['entity', 'keys', 'groups'],
      rows: items.map(({ name, keys, groups }) => [
        name,
        keys.map((key) => `${key.name} ${key.type}`).join(', '),
        groups.join(', '),
      ]),
      items,
    }
  },
  services(project: Project): Listing {
    const items = project.services.map((service) => ({
      ...service,
      keys: joinKeysOf(project, service),
      features: service.picks.flatMap(({ alias, features }) => features.map((name) => `${alias}.${name}`)),
    }))
    return {
      head: ['service', 'keys', 'features', 'description'],
      rows: items.map(({ name, keys, features, description }) => [
        name,
        keys.map((key) => `${key.name} ${key.type}`).join(', '),
        String(features.length),
        description ?? '-',
      ]),
      items,
    }
  },
  datasets(project: Project): Listing {
    return {
      head: ['dataset', 'service', 'labels', 'split', 'description'],
      rows: project.datasets.map(({ name, service, labels, split, description }) => [
        name,
        service,
        labels.map((label) => `${label.name} ${label.dataType}`).join(', ') || '-',
        split === undefined ? '-' : `by ${split.by}, ${split.train} / ${split.validation} / ${split.test}`,
        description ?? '-',
      ]),
      items: project.datasets.map((dataset) => ({ ...dataset })),
    }
  },
}

function live(state: GroupState | undefined): string {
  if (state === undefined) return '?'
  return state.version === null ? 'not built' : `v${state.version}`
}

/** It has no fingerprint, ttl or windows: its version is the one declared. */
function onDemandItem({ name, entity, version, features, request, tags, status, description, owner }: OnDemandSpec) {
  return {
    name,
    entity: entity.name,
    version,
    fingerprint: null,
    every: null,
    ttl: null,
    onDemand: true,
    features: features.map((feature) => feature.name),
    request: request.map((field) => field.name),
    tags,
    status,
    ...(description !== undefined && { description }),
    ...(owner !== undefined && { owner }),
  }
}

/** What stands in place of the length of a window, where there are none. */
function sourceOf(item: object): string {
  if ('onDemand' in item) return 'on demand'
  return 'events' in item ? 'events' : 'pushed'
}

function groupItem(group: GroupSpec, state: GroupState | undefined) {
  const { name, tags, description, owner, start, end, schedule, status } = group
  return {
    name,
    entity: group.entity.name,
    version: state?.version ?? null,
    fingerprint: state?.fingerprint ?? null,
    // What is pushed has no windows.
    every: group.sourceType === 'stream' ? null : formatDuration(group.every),
    ...(group.events !== undefined && { events: Object.keys(group.events) }),
    ttl: group.ttl === undefined ? null : formatDuration(group.ttl),
    features: group.features.map((feature) => feature.name),
    tags,
    status,
    ...(description !== undefined && { description }),
    ...(owner !== undefined && { owner }),
    ...(schedule !== undefined && { schedule }),
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
  }
}
