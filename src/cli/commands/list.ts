import { formatDuration } from '../../config/duration.js'
import { joinKeysOf } from '../../config/join-keys.js'
import type { EntitySpec, GroupSpec, OnDemandSpec, Project } from '../../config/project.js'
import { entitiesOf } from '../../config/reference.js'
import { FstoreError } from '../../errors.js'
import type { AnyStore, GroupState } from '../../store.js'
import type { Globals } from '../globals.js'
import { withStore } from '../open.js'
import { printJson, printWarning } from '../output.js'
import { type Column, type Listing, printTable } from '../table.js'

/** What is listed, with all that `--json` tells of it. */
interface Listed<Item> extends Required<Pick<Listing<Item>, 'columns' | 'fields'>> {
  readonly items: readonly Item[]
}

export async function run(what: string, options: Globals): Promise<number> {
  if (!Object.hasOwn(listings, what))
    throw new FstoreError('USAGE', `There is nothing called "${what}" to list.`, {
      fix: `One of: ${Object.keys(listings).join(', ')}.`,
    })
  return withStore(options, async ({ loaded, store }) => {
    const { states, warning } = what === 'groups' ? await statesOf(store) : { states: new Map() }
    const listed = listings[what as keyof typeof listings](loaded.project, states) as Listed<unknown>
    const { items: rows, columns, fields } = listed
    if (warning !== undefined) printWarning(warning)
    if (options.json) printJson({ [what]: rows, ...(warning !== undefined && { warning }) })
    else printTable({ columns, rows, fields })
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
  groups(project: Project, states: ReadonlyMap<string, GroupState>) {
    const kept = project.groups.map((group) => groupItem(group, states.get(group.name)))
    const items: readonly GroupItem[] = [...kept, ...project.onDemand.map(onDemandItem)]
    return listed(items, [
      column('group', ({ name }) => name, { cut: true }),
      column('entity', ({ entity }) => entity, { drop: 2, cut: true }),
      column('live', (item) => ('onDemand' in item ? `v${item.version}` : live(states.get(item.name)))),
      column('every', (item) => item.every ?? sourceOf(item)),
      column('ttl', ({ ttl }) => ttl ?? '-', { drop: 3 }),
      column('features', ({ features }) => String(features.length), { right: true }),
      column('tags', ({ tags }) => tags.join(', ') || '-', { cut: true, drop: 1 }),
    ])
  },
  features(project: Project) {
    const items = [...project.groups, ...project.onDemand].flatMap((group) =>
      group.features.map((feature) => ({
        ...feature,
        name: `${group.name}.${feature.name}`,
        entity: group.entity.name,
      })),
    )
    return listed(items, [
      column('feature', ({ name }) => name, { cut: true }),
      column('type', ({ dataType }) => dataType),
      column('entity', ({ entity }) => entity, { drop: 1, cut: true }),
      column('description', ({ description }) => description ?? '-', { cut: true, drop: 2 }),
    ])
  },
  entities(project: Project) {
    const items = entitiesOf(project).map((entity) => ({
      ...entity,
      groups: [...project.groups, ...project.onDemand]
        .filter((group) => group.entity.name === entity.name)
        .map(({ name }) => name),
    }))
    return listed(items, [
      column('entity', ({ name }) => name, { cut: true }),
      column('keys', ({ keys }) => keysOf(keys), { cut: true }),
      column('groups', ({ groups }) => groups.join(', '), { cut: true }),
    ])
  },
  services(project: Project) {
    const items = project.services.map((service) => ({
      ...service,
      keys: joinKeysOf(project, service),
      features: service.picks.flatMap(({ alias, features }) => features.map((name) => `${alias}.${name}`)),
    }))
    return listed(items, [
      column('service', ({ name }) => name, { cut: true }),
      column('keys', ({ keys }) => keysOf(keys), { cut: true }),
      column('features', ({ features }) => String(features.length), { right: true }),
      column('description', ({ description }) => description ?? '-', { cut: true, drop: 1 }),
    ])
  },
  datasets(project: Project) {
    return listed(project.datasets, [
      column('dataset', ({ name }) => name, { cut: true }),
      column('service', ({ service }) => service, { cut: true }),
      column('labels', ({ labels }) => labels.map((label) => `${label.name} ${label.dataType}`).join(', ') || '-', {
        cut: true,
      }),
      column(
        'split',
        ({ split }) =>
          split === undefined ? '-' : `by ${split.by}, ${split.train} / ${split.validation} / ${split.test}`,
        { drop: 2 },
      ),
      column('description', ({ description }) => description ?? '-', { cut: true, drop: 1 }),
    ])
  },
}

type GroupItem = ReturnType<typeof groupItem> | ReturnType<typeof onDemandItem>

function listed<Item>(items: readonly Item[], columns: readonly Column<Item>[]): Listed<Item> {
  const fields = columns.map(({ head, cell }) => [head, (item: Item) => cell(item).replace(/^-$/, '')] as const)
  return { items, columns, fields: Object.fromEntries(fields) }
}

function column<Item>(
  head: string,
  cell: (item: Item) => string,
  room: Pick<Column<Item>, 'cut' | 'drop' | 'right'> = {},
): Column<Item> {
  return { head, cell, ...room }
}

function keysOf(keys: EntitySpec['keys']): string {
  return keys.map((key) => `${key.name} ${key.type}`).join(', ')
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
