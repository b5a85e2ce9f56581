/** An export as the tasks of a view: the spine, each group that is joined to it, and the output. */
import type { ExportEvent } from '../../training/export.js'
import type { Story } from './build-story.js'

/** @param output what it is called */
export function exportStory(output: string): Story<ExportEvent> {
  let rows = 0
  let isRead = false
  const read = () => {
    if (isRead) return []
    isRead = true
    return [
      { type: 'advance', task: 'spine', amount: rows } as const,
      { type: 'end', task: 'spine', as: 'done' } as const,
    ]
  }
  return (event) => {
    switch (event.type) {
      case 'loading':
        return [{ type: 'advance', task: 'spine', doing: 'reading' }]
      case 'spine': {
        rows = event.rows
        const joins = event.aliases.map((task) => ({ task, total: rows }))
        return [...read(), { type: 'expect', tasks: [...joins, { task: output, noun: 'byte', after: event.aliases }] }]
      }
      case 'joining':
        return [{ type: 'advance', task: event.alias, doing: 'joining' }]
      case 'joined': {
        const { alias, done } = event
        const isWhole = done >= rows
        return [
          { type: 'advance', task: alias, done, amount: done },
          ...(isWhole ? [{ type: 'end', task: alias, as: 'done' } as const] : []),
        ]
      }
      case 'written':
        return [{ type: 'advance', task: output, noun: 'byte', amount: event.bytes }]
    }
  }
}
