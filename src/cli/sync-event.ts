/** What happens on the way into Redis, in words. */
import type { SyncEvent } from '../online/sync.js'
import { count } from './format.js'

type Of<Type extends SyncEvent['type']> = Extract<SyncEvent, { type: Type }>

export function sending({ group, tenant, rows }: Of<'sync'>): string {
  return `${group}: ${count(rows, 'row')} sent to Redis for tenant ${tenant}`
}

const causes = {
  asked: 'as asked',
  restored: 'the database has gone back to an earlier state, as from a backup',
  unfinished: 'an earlier run was cut off while it emptied it',
} as const

export function resetting({ why, rows }: Of<'reset'>): string {
  return `Redis was emptied of this project (${count(rows, 'row')}): ${causes[why]}`
}
