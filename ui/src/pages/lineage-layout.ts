/** Where each node of a lineage is drawn: what is read to the left of what reads it. */

import { Graph as DagreGraph, layout } from '@dagrejs/dagre'
import type { Graph } from './lineage-graph.js'

export const nodeSize = { width: 190, height: 40 } as const

export interface Layout {
  readonly width: number
  readonly height: number
  readonly places: ReadonlyMap<string, { readonly x: number; readonly y: number }>
  readonly paths: readonly { readonly from: string; readonly to: string; readonly d: string }[]
}

export function layoutOf({ nodes, edges }: Graph): Layout {
  const graph = new DagreGraph()
  graph.setGraph({ rankdir: 'LR', nodesep: 12, ranksep: 56, edgesep: 8, marginx: 12, marginy: 12 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const { id } of nodes) graph.setNode(id, { ...nodeSize })
  for (const { from, to } of edges) graph.setEdge(from, to)
  layout(graph)
  const { width = 0, height = 0 } = graph.graph()
  const places = new Map(
    nodes.map(({ id }) => {
      const { x = 0, y = 0 } = graph.node(id) as { x?: number; y?: number }
      return [id, { x: x - nodeSize.width / 2, y: y - nodeSize.height / 2 }]
    }),
  )
  const paths = edges.map(({ from, to }) => {
    const { points = [] } = graph.edge({ v: from, w: to }) as { points?: readonly Point[] }
    return { from, to, d: curve([out(places.get(from)), ...points.slice(1, -1), into(places.get(to))]) }
  })
  return { width: Math.max(width, 1), height: Math.max(height, 1), places, paths }
}

interface Point {
  readonly x: number
  readonly y: number
}

/** Edges leave in the middle of the right side, and arrive in that of the left. */
function out(place: Point = { x: 0, y: 0 }): Point {
  return { x: place.x + nodeSize.width, y: place.y + nodeSize.height / 2 }
}

function into(place: Point = { x: 0, y: 0 }): Point {
  return { x: place.x, y: place.y + nodeSize.height / 2 }
}

/** Through the points, leaving and arriving level. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points
  if (first === undefined) return ''
  let before = first
  let d = `M${first.x.toFixed(1)} ${first.y.toFixed(1)}`
  for (const point of rest) {
    const middle = ((before.x + point.x) / 2).toFixed(1)
    d += `C${middle} ${before.y.toFixed(1)} ${middle} ${point.y.toFixed(1)} ${point.x.toFixed(1)} ${point.y.toFixed(1)}`
    before = point
  }
  return d
}
