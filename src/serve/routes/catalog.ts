/** What can be asked for: entities, groups with what is live of them, services. */
import { z } from 'zod'
import { formatDuration } from '../../config/duration.js'
import { joinKeysOf } from '../../config/join-keys.js'
import type { FeatureSpec } from '../../config/project.js'
import { entitiesOf } from '../../config/reference.js'
import { json, type Route, route } from '../route.js'

const key = z.object({ name: z.string(), type: z.enum(['string', 'int64', 'uuid']) })

const feature = z.object({ name: z.string(), type: z.string(), description: z.string().optional() })

const answer = z.object({
  project: z.string(),
  tenant: z.string(),
  entities: z.array(z.object({ name: z.string(), keys: z.array(key) })),
  groups: z.array(
    z.object({
      name: z.string(),
      entity: z.string(),
      sourceType: z.string(),
      /** The version that readers see. */
      version: z.number().nullable().optional(),
      ttl: z.string().optional(),
      description: z.string().optional(),
      features: z.array(feature),
    }),
  ),
  services: z.array(
    z.object({
      name: z.string(),
      description: z.string().optional(),
      keys: z.array(key),
      features: z.array(z.string()),
    }),
  ),
})

export const catalogRoute: Route = route({
  method: 'GET',
  path: '/v1/catalog',
  summary: 'Entities, groups, features and services',
  scope: 'read',
  answer,
  async run({ store }) {
    const { project, tenant } = store
    const versions = new Map((await store.groups()).map(({ name, version }) => [name, version]))
    const groups = project.groups.map(({ name, entity, sourceType, ttl, description, features }) => ({
      name,
      entity: entity.name,
      sourceType,
      version: versions.get(name) ?? null,
      ...(ttl !== undefined && { ttl: formatDuration(ttl) }),
      ...(description !== undefined && { description }),
      features: features.map(featureItem),
    }))
    const onDemand = project.onDemand.map(({ name, entity, sourceType, description, features }) => ({
      name,
      entity: entity.name,
      sourceType,
      ...(description !== undefined && { description }),
      features: features.map(featureItem),
    }))
    return json({
      project: project.name,
      tenant,
      entities: entitiesOf(project).map(({ name, keys }) => ({ name, keys })),
      groups: [...groups, ...onDemand],
      services: project.services.map((service) => ({
        name: service.name,
        ...(service.description !== undefined && { description: service.description }),
        keys: joinKeysOf(project, service),
        features: service.picks.flatMap(({ alias, features }) => features.map((name) => `${alias}.${name}`)),
      })),
    })
  },
})

function featureItem({ name, dataType, description }: FeatureSpec) {
  return { name, type: dataType, ...(description !== undefined && { description }) }
}
