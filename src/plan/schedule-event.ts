/** What a scheduler is asked, what it tells, and what it comes to. */
import type { FstoreError } from '../errors.js'
import type { BuildEvent } from './apply.js'
import type { ScheduledGroup } from './scheduled-groups.js'

/** What a scheduler goes by. */
export interface ScheduleClock {
  now(): Date
  /** Resolves after so long, or when the signal is set off. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** Which groups are scheduled, and until when. Schedules are read in UTC. */
export interface ScheduleOptions {
  /** Groups by name, `tag:x`, and `+`, as in `build`; all that have a schedule when empty. */
  readonly groups?: readonly string[] | undefined
  /** Runs what is due by now, and ends. */
  readonly once?: boolean | undefined
  /** Stops after the windows in flight. */
  readonly signal?: AbortSignal | undefined
  /** For tests. The database's clock when absent. */
  readonly clock?: ScheduleClock | undefined
}

/** What a scheduler tells while it runs; told apart by `type`. */
export type ScheduleEvent =
  | {
      readonly type: 'scheduling'
      readonly groups: readonly (Pick<ScheduledGroup, 'schedule' | 'builds'> & { readonly group: string })[]
    }
  | { readonly type: 'started'; readonly group: string; readonly tick: string; readonly attempt: number }
  | FinishedRun
  /** Another scheduler is at it. */
  | { readonly type: 'busy'; readonly group: string; readonly tick: string; readonly holder: string }
  /** Another version was made live since: by a newer config, or a rollback. This one leaves the group alone. */
  | { readonly type: 'superseded'; readonly group: string }
  /** The database cannot be asked; told once, until it can. */
  | { readonly type: 'outage'; readonly error: FstoreError }
  | { readonly type: 'recovered'; readonly afterMs: number }
  /** Of the builds, each with the group whose schedule came round. */
  | (BuildEvent & { readonly run: string })

/** A scheduled run that has ended, well or not. */
export interface FinishedRun {
  readonly type: 'finished'
  readonly group: string
  readonly tick: string
  /** `lost`: nothing was heard of this process for so long that another took it over. */
  readonly status: 'completed' | 'failed' | 'cancelled' | 'lost'
  readonly tenants: number
  readonly windows: number
  readonly written: number
  readonly durationMs: number
  readonly error?: string
}

/** How many scheduled runs there were, and how many of them failed. */
export interface ScheduleResult {
  /** `stopped`: by its signal. */
  readonly status: 'done' | 'failed' | 'stopped'
  /** How many runs ended in which way. */
  readonly completed: number
  readonly failed: number
}
