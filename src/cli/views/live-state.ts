/** What long work looks like at an instant: its tasks, as its events leave them. Pure. */

import { widthOf } from '../width.js'

/** `stopped`: by whoever started the work, before its end. */
export type Ending = 'done' | 'failed' | 'blocked' | 'stopped'

export interface Progressed {
  /** Windows, rows or bytes, of `total`. */
  readonly done?: number | undefined
  readonly total?: number | undefined
  /** What the amount is counted in: `row` when absent; bytes have units of their own. */
  readonly noun?: string | undefined
  /** What has come of it, in its noun. */
  readonly amount?: number | undefined
  /** Amount a second; worked out from the time it takes when absent. */
  readonly rate?: number | undefined
  readonly remainingMs?: number | null | undefined
  /** What it is at in this moment, in words. */
  readonly doing?: string | undefined
  /** What it has come to, in words, or why it has not. */
  readonly result?: string | undefined
}

export interface Expected {
  readonly task: string
  readonly noun?: string | undefined
  readonly total?: number | undefined
  /** Tasks that come before it, of which it waits for those that are still to be done. */
  readonly after?: readonly string[] | undefined
}

export type LiveEvent =
  | { readonly type: 'expect'; readonly tasks: readonly Expected[] }
  | ({ readonly type: 'advance'; readonly task: string } & Progressed)
  | { readonly type: 'end'; readonly task: string; readonly as: Ending; readonly result?: string | undefined }
  /** A line that stays. */
  | { readonly type: 'say'; readonly text: string }
  /** The work is over; what is not done by now ends like this. */
  | { readonly type: 'close'; readonly as: 'done' | 'stopped' }

export interface Task extends Expected, Progressed {
  readonly state: 'waiting' | 'running' | Ending
  /** On the clock, milliseconds. */
  readonly began?: number
  readonly ended?: number
}

/** What scrolls up, for good. */
export type Settled = Task | string

export interface LiveState {
  /** Those that wait or run, in order. */
  readonly tasks: readonly Task[]
  readonly settled: readonly Settled[]
  readonly began: number
  /** Of all tasks there ever were, so that lines which have scrolled up stand under those that come after. */
  readonly widest: { readonly name: string; readonly total: number }
}

export function liveState(now: number): LiveState {
  return { tasks: [], settled: [], began: now, widest: { name: '', total: 0 } }
}

export function reduce(state: LiveState, event: LiveEvent, now: number): LiveState {
  switch (event.type) {
    case 'expect':
      return widen({ ...state, tasks: [...state.tasks, ...event.tasks.flatMap((one) => awaited(state, one))] })
    case 'advance':
      return widen(advance(state, event, now))
    case 'end':
      return end(state, event, now)
    case 'say':
      return { ...state, settled: [...state.settled, event.text] }
    case 'close':
      return close(state, event.as, now)
  }
}

/** What is known already is not awaited a second time. */
function awaited({ tasks }: LiveState, expected: Expected): Task[] {
  return tasks.some(({ task }) => task === expected.task) ? [] : [{ ...expected, state: 'waiting' }]
}

function advance(
  state: LiveState,
  { type, ...event }: Extract<LiveEvent, { type: 'advance' }>,
  now: number,
): LiveState {
  const known = state.tasks.find(({ task }) => task === event.task)
  const before: Task = known ?? { task: event.task, state: 'waiting' }
  const told = Object.fromEntries(Object.entries(event).filter(([, value]) => value !== undefined))
  // Words are of the moment: an event without any is past them.
  const { doing, ...kept } = before
  const next: Task = { ...kept, ...told, state: 'running', began: before.began ?? now }
  const tasks = known === undefined ? [...state.tasks, next] : state.tasks.map((one) => (one === known ? next : one))
  return { ...state, tasks }
}

function end(state: LiveState, { task, as, result }: Extract<LiveEvent, { type: 'end' }>, now: number): LiveState {
  const known = state.tasks.find((one) => one.task === task)
  const { doing, ...rest } = known ?? { task }
  const ended: Task = { ...rest, state: as, ended: now, ...(result !== undefined && { result }) }
  const tasks = state.tasks.filter((one) => one !== known)
  return { ...state, tasks, settled: [...state.settled, ended] }
}

/** What never began is no news. */
function close(state: LiveState, as: 'done' | 'stopped', now: number): LiveState {
  const running = state.tasks.filter((one) => one.state === 'running')
  const closed = running.reduce((now_, { task }) => end(now_, { type: 'end', task, as }, now), state)
  return { ...closed, tasks: [] }
}

function widen(state: LiveState): LiveState {
  let { name, total } = state.widest
  for (const one of state.tasks) {
    if (widthOf(one.task) > widthOf(name)) name = one.task
    if (one.total !== undefined) total = Math.max(total, one.total, one.done ?? 0)
  }
  return { ...state, widest: { name, total } }
}

/** Tasks that are to be done before this one. */
export function waitsFor({ tasks }: LiveState, { after = [] }: Task): string[] {
  return tasks.map(({ task }) => task).filter((task) => after.includes(task))
}
