import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { LineageNode } from '../../../src/ui/model.js'
import { go, href } from '../router.js'
import { type Graph, kin } from './lineage-graph.js'
import { type Layout, layoutOf, nodeSize } from './lineage-layout.js'

interface Props {
  readonly graph: Graph
  readonly chosen: string | null
  /** What a search found; null where there is none. */
  readonly found: ReadonlySet<string> | null
  readonly choose: (id: string | null) => void
}

const zooms = [0.35, 0.5, 0.7, 1, 1.3] as const

export function Drawing({ graph, chosen, found, choose }: Props) {
  const layout = useMemo(() => layoutOf(graph), [graph])
  const [zoom, setZoom] = useState(1)
  const [over, setOver] = useState<string | null>(null)
  const place = useRef<HTMLDivElement>(null)
  const focus = over ?? chosen
  const lit = useMemo(() => (focus === null || !graph.byId.has(focus) ? null : kin(graph, focus)), [graph, focus])
  const shown = found !== null && over === null ? found : lit
  useEffect(() => bring(place.current, layout, chosen ?? first(found), zoom), [layout, chosen, found, zoom])
  const step = (by: number) =>
    setZoom(zooms[Math.min(zooms.length - 1, Math.max(0, zooms.indexOf(zoom as 1) + by))] ?? 1)
  const press = (event: KeyboardEvent, id: string) => {
    const acts = new Map([
      ['Enter', () => (chosen === id ? open(graph, id) : choose(id))],
      [' ', () => choose(id)],
      ['Escape', () => choose(null)],
      ['ArrowLeft', () => move(place.current, graph.up.get(id)?.[0])],
      ['ArrowRight', () => move(place.current, graph.down.get(id)?.[0])],
      ['ArrowUp', () => move(place.current, beside(layout, id, -1))],
      ['ArrowDown', () => move(place.current, beside(layout, id, 1))],
    ])
    const act = acts.get(event.key)
    if (act === undefined) return
    event.preventDefault()
    act()
  }
  return (
    <div class="canvas-frame" data-own-keys>
      <div class="zoom">
        <button type="button" class="icon" onClick={() => step(-1)} aria-label="Smaller">
          −
        </button>
        <button type="button" class="icon" onClick={() => step(1)} aria-label="Larger">
          +
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: so that it can be scrolled by keyboard */}
      <section class="canvas" ref={place} tabIndex={0} aria-label="Drawing of the lineage; arrows walk along it">
        <svg
          width={layout.width * zoom}
          height={layout.height * zoom}
          viewBox={`0 0 ${layout.width} ${layout.height}`}
          class={shown === null ? '' : 'lit'}
          role="group"
          aria-label="Lineage"
        >
          <g>
            {layout.paths.map(({ from, to, d }) => (
              <path key={`${from} ${to}`} d={d} class={shown?.has(from) && shown.has(to) ? 'edge on' : 'edge'} />
            ))}
          </g>
          {graph.nodes.map((node) => (
            <Node
              key={node.id}
              node={node}
              at={layout.places.get(node.id)}
              isOn={shown?.has(node.id) ?? false}
              isChosen={chosen === node.id}
              choose={() => choose(chosen === node.id ? null : node.id)}
              press={press}
              hover={setOver}
            />
          ))}
        </svg>
      </section>
    </div>
  )
}

interface NodeProps {
  readonly node: LineageNode
  readonly at: { readonly x: number; readonly y: number } | undefined
  readonly isOn: boolean
  readonly isChosen: boolean
  readonly choose: () => void
  readonly press: (event: KeyboardEvent, id: string) => void
  readonly hover: (id: string | null) => void
}

function Node({
  node: { id, kind, name, entity, features, description },
  at,
  isOn,
  isChosen,
  choose,
  press,
  hover,
}: NodeProps) {
  if (at === undefined) return null
  const small = [kind, entity, features !== null && `${features} features`].filter(Boolean).join(' · ')
  return (
    <g
      data-node={id}
      class={`node ${kind}${isOn ? ' on' : ''}${isChosen ? ' chosen' : ''}`}
      transform={`translate(${at.x} ${at.y})`}
      // Within SVG, names of attributes are taken by the letter.
      tabindex={0}
      role="button"
      aria-pressed={isChosen}
      onClick={choose}
      onKeyDown={(event) => press(event, id)}
      onPointerEnter={() => hover(id)}
      onPointerLeave={() => hover(null)}
    >
      <rect width={nodeSize.width} height={nodeSize.height} rx={6} class="box" />
      <rect width={4} height={nodeSize.height} rx={2} class="kind" />
      <text x={14} y={17} class="node-name">
        {name.length > 25 ? `${name.slice(0, 24)}…` : name}
      </text>
      <text x={14} y={31} class="node-kind">
        {small}
      </text>
      <title>{description ? `${name}: ${description}` : name}</title>
    </g>
  )
}

function first(found: ReadonlySet<string> | null): string | null {
  return found === null ? null : (found.values().next().value ?? null)
}

/** Scrolls the drawing so that a node is in sight. */
function bring(place: HTMLElement | null, layout: Layout, id: string | null, zoom: number): void {
  const at = id === null ? undefined : layout.places.get(id)
  if (place === null || at === undefined) return
  const [x, y] = [at.x * zoom, at.y * zoom]
  const isSeen =
    x >= place.scrollLeft &&
    x + nodeSize.width * zoom <= place.scrollLeft + place.clientWidth &&
    y >= place.scrollTop &&
    y + nodeSize.height * zoom <= place.scrollTop + place.clientHeight
  if (!isSeen) place.scrollTo(x - place.clientWidth / 2 + nodeSize.width / 2, y - place.clientHeight / 2)
}

function move(place: HTMLElement | null, id: string | null | undefined): void {
  if (id) place?.querySelector<SVGGElement>(`[data-node="${CSS.escape(id)}"]`)?.focus()
}

/** The next in the same column. */
function beside({ places }: Layout, id: string, step: 1 | -1): string | null {
  const own = places.get(id)
  if (own === undefined) return null
  let best: string | null = null
  let distance = Number.POSITIVE_INFINITY
  for (const [other, { x, y }] of places) {
    const away = (y - own.y) * step
    if (other !== id && Math.abs(x - own.x) < nodeSize.width / 2 && away > 0 && away < distance)
      [best, distance] = [other, away]
  }
  return best
}

function open({ byId }: Graph, id: string): void {
  const node = byId.get(id)
  if (node?.kind === 'group') go(href(['groups', node.name]))
}
