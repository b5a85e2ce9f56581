/** Where features come from and where they go. */

import { useMemo, useState } from 'preact/hooks'
import type { Lineage } from '../../../src/ui/model.js'
import { useAnswer } from '../answer.js'
import { plural } from '../format.js'
import { Text } from '../parts/fields.js'
import { Answered, Empty } from '../parts/notice.js'
import { Page } from '../parts/page.js'
import { adjust, useRoute } from '../router.js'
import { useAddress } from '../tenant.js'
import { Drawing } from './lineage-drawing.js'
import { type Graph, graphOf, kin, part } from './lineage-graph.js'
import { LineageTable, NodeCard } from './lineage-table.js'

export function LineagePage() {
  const answer = useAnswer<Lineage>(useAddress('lineage'))
  return (
    <Page title="Lineage" wide>
      <Answered answer={answer} lines={16}>
        {(lineage) =>
          lineage.nodes.length === 0 ? (
            <Empty title="The config has no groups" command="npx fstore init" />
          ) : (
            <Shown lineage={lineage} />
          )
        }
      </Answered>
    </Page>
  )
}

function Shown({ lineage }: { lineage: Lineage }) {
  const { params } = useRoute()
  const [isTable, setTable] = useState(false)
  const whole = useMemo(() => graphOf(lineage), [lineage])
  const query = params.get('q') ?? ''
  const chosen = whole.byId.get(params.get('node') ?? '')
  const isNarrow = params.get('only') !== null && chosen !== undefined
  const graph = useMemo(
    () => (isNarrow && chosen ? part(whole, kin(whole, chosen.id)) : whole),
    [whole, chosen, isNarrow],
  )
  const found = useMemo(() => search(graph, query), [graph, query])
  const choose = (id: string | null) => adjust({ node: id, ...(id === null && { only: null }) }, { step: true })
  return (
    <>
      <div class="filters">
        <Text label="Search" value={query} placeholder="part of a name" search type={(q) => adjust({ q })} />
        {found !== null && (
          <span class="muted grow" role="status">
            {found.size === 0 ? 'nothing is called so' : `${found.size} found`}
          </span>
        )}
        <p class="legend grow">
          <span class="key source" /> source <span class="key group" /> group <span class="key service" /> service{' '}
          <span class="key dataset" /> dataset
        </p>
        <button type="button" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          As a table
        </button>
      </div>
      {chosen && (
        <NodeCard
          graph={whole}
          node={chosen}
          isNarrow={isNarrow}
          choose={choose}
          narrow={() => adjust({ only: isNarrow ? null : '1' }, { step: true })}
        />
      )}
      <figure class="lineage" aria-label={`Lineage: ${plural(graph.nodes.length, 'node')}`}>
        {isTable ? (
          <LineageTable graph={found === null ? graph : part(graph, found)} whole={whole} />
        ) : (
          <Drawing graph={graph} chosen={chosen?.id ?? null} found={found} choose={choose} />
        )}
      </figure>
    </>
  )
}

/** Null where nothing is searched for. */
function search(graph: Graph, query: string): ReadonlySet<string> | null {
  const text = query.trim().toLowerCase()
  if (text === '') return null
  return new Set(graph.nodes.flatMap(({ id, name }) => (name.toLowerCase().includes(text) ? [id] : [])))
}
