/** Which stored features and which computations answer a question: on-demand groups are replaced by what they read. */
import type { OnDemandSpec, Project } from '../config/project.js'
import { type FeatureReference, findReadable, isOnDemand, type ReadableReference } from '../config/reference.js'

/** Whose row it is: which of the entities asked for, and which of its keys, in which order; all where absent. */
export interface KeyAt {
  readonly entity: number
  readonly take?: readonly number[]
}

/** A stored feature that is read of an entity. */
export interface Ask extends KeyAt {
  readonly name: string
  readonly reference: FeatureReference
}

/** A feature of the answer, which may have to be computed. */
export interface Wish extends KeyAt {
  readonly name: string
  readonly reference: ReadableReference
}

/** Where a value comes from: one of the asks, or a feature of one of the computations. */
export type Origin = { readonly ask: number } | { readonly node: number; readonly feature: string }

/** One on-demand group, computed for an entity. */
export interface ComputedNode extends KeyAt {
  readonly group: OnDemandSpec
  /** By the name that its function knows. */
  readonly inputs: readonly { readonly name: string; readonly from: Origin }[]
}

export interface OnDemandPlan {
  /** In the order of the answer. */
  readonly answer: readonly { readonly name: string; readonly from: Origin }[]
  /** Each after those it reads. */
  readonly nodes: readonly ComputedNode[]
}

export interface Expansion {
  readonly asks: readonly Ask[]
  /** Absent where nothing has to be computed: then the asks are the answer. */
  readonly onDemand?: OnDemandPlan
}

/** Each stored feature and each computation once, however many need it. */
export function expand(project: Project, wishes: readonly Wish[]): Expansion {
  if (!wishes.some(({ reference }) => isOnDemand(reference))) return { asks: wishes as readonly Ask[] }
  const asks = new Map<string, Ask>()
  const nodes = new Map<string, ComputedNode>()
  const place = (map: ReadonlyMap<string, unknown>, id: string) => [...map.keys()].indexOf(id)
  const originOf = ({ reference, entity, take }: Omit<Wish, 'name'>): Origin => {
    const at = { entity, ...(take !== undefined && { take }) }
    if (!isOnDemand(reference)) {
      const id = JSON.stringify([reference.name, at])
      if (!asks.has(id)) asks.set(id, { ...at, reference, name: String(asks.size) })
      return { ask: place(asks, id) }
    }
    const { group, feature } = reference
    const id = JSON.stringify([group.name, at])
    if (!nodes.has(id)) {
      const inputs = group.inputs.flatMap((pick) => {
        const source = findReadable(project, pick.group)
        const own = takeOf(group, source.entity.keys, pick.on, take)
        return pick.features.map((name) => {
          const reference = { group: source, feature: name, name: `${source.name}.${name}` } as ReadableReference
          return { name: `${pick.alias}.${name}`, from: originOf({ reference, entity, take: own }) }
        })
      })
      nodes.set(id, { ...at, group, inputs })
    }
    return { node: place(nodes, id), feature }
  }
  const answer = wishes.map((wish) => ({ name: wish.name, from: originOf(wish) }))
  return { asks: [...asks.values()], onDemand: { answer, nodes: [...nodes.values()] } }
}

/** The keys of what an on-demand group reads, as places among the keys of the entity asked for. */
function takeOf(
  { entity }: OnDemandSpec,
  keys: OnDemandSpec['entity']['keys'],
  on: Readonly<Record<string, string>>,
  take: readonly number[] | undefined,
): readonly number[] {
  return keys.map((key) => {
    const place = entity.keys.findIndex(({ name }) => name === on[key.name])
    return take?.[place] ?? place
  })
}
