/** Who reads whom, as it can be walked. */

import type { Lineage, LineageNode } from '../../../src/ui/model.js'

export interface Graph {
  readonly nodes: readonly LineageNode[]
  readonly edges: Lineage['edges']
  readonly byId: ReadonlyMap<string, LineageNode>
  /** What a node reads. */
  readonly up: ReadonlyMap<string, readonly string[]>
  /** What reads a node. */
  readonly down: ReadonlyMap<string, readonly string[]>
}

export function graphOf({ nodes, edges }: Pick<Lineage, 'nodes' | 'edges'>): Graph {
  const up = new Map<string, string[]>(nodes.map(({ id }) => [id, []]))
  const down = new Map<string, string[]>(nodes.map(({ id }) => [id, []]))
  for (const { from, to } of edges) {
    up.get(to)?.push(from)
    down.get(from)?.push(to)
  }
  return { nodes, edges, byId: new Map(nodes.map((node) => [node.id, node])), up, down }
}

/** All that a node comes from and leads to, itself among them. */
export function kin({ up, down }: Graph, id: string): ReadonlySet<string> {
  return new Set([...reached(up, id), ...reached(down, id)])
}

function reached(next: Graph['up'], id: string): ReadonlySet<string> {
  const found = new Set([id])
  for (const one of found) for (const other of next.get(one) ?? []) found.add(other)
  return found
}

/** The part of a graph that these nodes make. */
export function part(graph: Graph, ids: ReadonlySet<string>): Graph {
  return graphOf({
    nodes: graph.nodes.filter(({ id }) => ids.has(id)),
    edges: graph.edges.filter(({ from, to }) => ids.has(from) && ids.has(to)),
  })
}
