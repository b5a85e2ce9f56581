/** Whether a scheduled group is due now: from its schedule, the clock and the newest run there was. Pure. */
import { instantFrom, toMicroseconds } from '../config/instant.js'
import type { ScheduledGroup } from './scheduled-groups.js'
import type { KeptRun } from './scheduled-runs.js'

export type Standing =
  /** However many ticks were missed: one run makes up for all, since what is due is known from what is covered. */
  | { readonly kind: 'due'; readonly tick: string }
  /** Another scheduler is at it, or was: whether it still lives is looked at again. */
  | { readonly kind: 'busy'; readonly run: KeptRun }
  /** It has failed, and is tried again in so many milliseconds. */
  | { readonly kind: 'later'; readonly in: number }
  | { readonly kind: 'done' }

/**
 * @param own the scheduler that asks: what it holds and does not work at, it goes on with
 * @param impatient what has failed is due at once
 */
export function standingOf(
  group: ScheduledGroup,
  run: KeptRun | undefined,
  { now, own, impatient }: { readonly now: Date; readonly own: string; readonly impatient: boolean },
): Standing {
  if (run?.status === 'running') return run.claimedBy === own ? { kind: 'due', tick: run.tick } : { kind: 'busy', run }
  const tick = group.ticks.last(now)
  if (tick === undefined) return { kind: 'done' }
  const newest = run === undefined ? -1 : Number(toMicroseconds(run.tick) / 1000n)
  if (newest < tick.getTime()) return { kind: 'due', tick: instantFrom(tick) }
  if (run?.status === 'completed') return { kind: 'done' }
  const wait = impatient ? 0 : (run?.retryIn ?? 0)
  return wait > 0 ? { kind: 'later', in: wait } : { kind: 'due', tick: (run as KeptRun).tick }
}
