import type { LineageNode } from '../../../src/ui/model.js'
import { type Column, Table } from '../parts/table.js'
import { Badge, sourceTypeText } from '../parts/words.js'
import { href } from '../router.js'
import type { Graph } from './lineage-graph.js'

/** @param whole what the neighbours are told from */
export function LineageTable({ graph, whole }: { graph: Graph; whole: Graph }) {
  const columns: readonly Column<LineageNode>[] = [
    { title: 'Name', kind: 'main', cell: (node) => <NodeLink node={node} /> },
    { title: 'Kind', cell: ({ kind }) => kind },
    { title: 'Reads', kind: 'wide', cell: ({ id }) => <Names graph={whole} ids={whole.up.get(id) ?? []} /> },
    { title: 'Read by', kind: 'wide', cell: ({ id }) => <Names graph={whole} ids={whole.down.get(id) ?? []} /> },
  ]
  return <Table label="Lineage" columns={columns} rows={graph.nodes} id={({ id }) => id} />
}

function Names({ graph, ids }: { graph: Graph; ids: readonly string[] }) {
  return <>{ids.map((id) => graph.byId.get(id)?.name).join(', ') || <span class="faint">–</span>}</>
}

function NodeLink({ node: { id, kind, name } }: { node: LineageNode }) {
  const to = kind === 'group' ? href(['groups', name]) : href(['lineage'], { node: id })
  return (
    <a class="name" href={to} data-row>
      {name}
    </a>
  )
}

interface CardProps {
  readonly graph: Graph
  readonly node: LineageNode
  /** Only what belongs to the node is drawn. */
  readonly isNarrow: boolean
  readonly narrow: () => void
  readonly choose: (id: string | null) => void
}

/** What is chosen, and its neighbours. */
export function NodeCard({ graph, node, isNarrow, narrow, choose }: CardProps) {
  const { id, kind, name, description, sourceType } = node
  return (
    <section class="card chosen-node" aria-label="Chosen">
      <h2>
        <Badge tone="none">{kind}</Badge>{' '}
        {kind === 'group' ? <a href={href(['groups', name])}>{name}</a> : <span>{name}</span>}{' '}
        <span class="muted plain">
          {sourceType && sourceTypeText(sourceType)} {description}
        </span>
      </h2>
      <Neighbours title="reads" graph={graph} ids={graph.up.get(id) ?? []} choose={choose} />
      <Neighbours title="read by" graph={graph} ids={graph.down.get(id) ?? []} choose={choose} />
      <span class="actions">
        <button type="button" aria-pressed={isNarrow} onClick={narrow}>
          Only its lineage
        </button>
        <button type="button" onClick={() => choose(null)}>
          Clear
        </button>
      </span>
    </section>
  )
}

interface NeighboursProps {
  readonly title: string
  readonly graph: Graph
  readonly ids: readonly string[]
  readonly choose: (id: string) => void
}

function Neighbours({ title, graph, ids, choose }: NeighboursProps) {
  if (ids.length === 0) return null
  return (
    <p class="neighbours">
      <span class="muted">{title}</span>{' '}
      {ids.slice(0, 12).map((id) => (
        <button key={id} type="button" class="link" onClick={() => choose(id)}>
          {graph.byId.get(id)?.name}
        </button>
      ))}
      {ids.length > 12 && <span class="muted"> and {ids.length - 12} more</span>}
    </p>
  )
}
