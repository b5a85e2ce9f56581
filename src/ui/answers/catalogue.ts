/** `catalogue`: everything that is declared. */
import { joinKeysOf } from '../../config/join-keys.js'
import { entitiesOf } from '../../config/reference.js'
import type { Asked } from '../asked.js'
import { described, featureItem } from '../described.js'
import type { Catalogue, CatalogueGroup } from '../model.js'

export async function catalogue({ store }: Asked): Promise<Catalogue> {
  const { project, tenant } = store
  const live = new Map((await store.groups()).map(({ name, version }) => [name, version]))
  const groups = [...project.groups, ...project.onDemand].map((group): CatalogueGroup => {
    const stored = group.sourceType === 'on_demand' ? undefined : group
    return {
      name: group.name,
      ...described(group),
      entity: group.entity.name,
      sourceType: group.sourceType,
      version: group.sourceType === 'on_demand' ? group.version : (live.get(group.name) ?? null),
      ttlSeconds: stored?.ttl ?? null,
      schedule: stored?.schedule ?? null,
      features: group.features.map(featureItem),
    }
  })
  return {
    project: project.name,
    tenant,
    entities: entitiesOf(project).map(({ name, description, keys }) => ({
      name,
      description: description ?? null,
      keys,
    })),
    groups,
    services: project.services.map((service) => ({
      name: service.name,
      description: service.description ?? null,
      keys: joinKeysOf(project, service),
      features: service.picks.flatMap(({ alias, group, features }) =>
        features.map((feature) => ({ alias, group, feature })),
      ),
    })),
    datasets: project.datasets.map(({ name, description, service, labels }) => ({
      name,
      description: description ?? null,
      service,
      labels: labels.map((label) => label.name),
    })),
  }
}
