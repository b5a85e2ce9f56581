/** `lineage`: what is made of what. */
import { findReadable } from '../../config/reference.js'
import type { Asked } from '../asked.js'
import type { Lineage, LineageNode } from '../model.js'

export async function lineage({ store }: Asked): Promise<Lineage> {
  const { project } = store
  const { nodes, edges } = await store.lineage()
  const readable = new Set([...project.groups, ...project.onDemand].map(({ name }) => name))
  const about = (kind: LineageNode['kind'], name: string): Omit<LineageNode, 'id' | 'kind' | 'name'> => {
    const none = { description: null, entity: null, sourceType: null, features: null }
    if (kind === 'group' && readable.has(name)) {
      const { description, entity, sourceType, features } = findReadable(project, name)
      return { description: description ?? null, entity: entity.name, sourceType, features: features.length }
    }
    const service = kind === 'service' ? project.services.find((one) => one.name === name) : undefined
    const dataset = kind === 'dataset' ? project.datasets.find((one) => one.name === name) : undefined
    return {
      ...none,
      description: (service ?? dataset)?.description ?? null,
      features: service === undefined ? null : service.picks.reduce((sum, { features }) => sum + features.length, 0),
    }
  }
  return { nodes: nodes.map((node) => ({ ...node, ...about(node.kind, node.name) })), edges }
}
