/** What goes to Redis as the tasks of a view: each group is one, of each tenant. */
import type { BuildEvent } from '../../plan/apply.js'
import type { Story } from './build-story.js'

/** @param several tenants, whose groups are told apart */
export function syncStory(several: boolean): Story<BuildEvent> {
  let current: string | undefined
  return (event) => {
    if (event.type !== 'sync') return []
    const task = several ? `${event.group} · ${event.tenant}` : event.group
    const left = current
    current = task
    return [
      ...(left === undefined || left === task ? [] : [{ type: 'end', task: left, as: 'done' } as const]),
      { type: 'advance', task, amount: event.rows },
    ]
  }
}
