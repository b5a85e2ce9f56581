/** What stands directly before and behind a group in the lineage. */
import type { Lineage } from '../plan/lineage.js'
import type { Neighbours } from './model.js'

export function neighbours({ nodes, edges }: Lineage, group: string) {
  const id = `group:${group}`
  const kinds = new Map(nodes.map((node) => [node.id, node]))
  const sorted = (ids: readonly string[]): Neighbours => {
    const near = ids.flatMap((one) => kinds.get(one) ?? [])
    const named = (...wanted: readonly string[]) =>
      near.filter(({ kind }) => wanted.includes(kind)).map(({ name }) => name)
    return {
      sources: named('source', 'event'),
      groups: named('group'),
      services: named('service'),
      datasets: named('dataset'),
    }
  }
  return {
    upstream: sorted(edges.filter(({ to }) => to === id).map(({ from }) => from)),
    downstream: sorted(edges.filter(({ from }) => from === id).map(({ to }) => to)),
  }
}
