/** What the tests of schedules run: a clock that stands until it is set, and a project of which every tick finds work. */
import { setTimeout as timer } from 'node:timers/promises'
import { type BatchOptions, batch, type Entity, entity, type Features } from '../../src/config/define.js'
import { int64 } from '../../src/config/feature.js'
import type { BuildScope } from '../../src/plan/execute.js'
import { schedule } from '../../src/plan/schedule.js'
import type { ScheduleClock, ScheduleEvent, ScheduleOptions, ScheduleResult } from '../../src/plan/schedule-event.js'
import { sqlOf } from './trial.js'

export class StandingClock implements ScheduleClock {
  at: string

  constructor(at: string) {
    this.at = at
  }

  now(): Date {
    return new Date(this.at)
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    await timer(Math.min(ms, 25), undefined, { signal }).catch(() => {})
  }
}

const user = entity('user', { user_id: 'int64' })

/** Five windows. */
export const daily = (name: string, options: Partial<BatchOptions<Entity, Features>> = {}) =>
  batch(name, {
    entity: user,
    every: '1d',
    start: '2024-03-01',
    end: '2024-03-06',
    sql: sqlOf('SELECT n AS user_id, n AS amount FROM generate_series(1, 3) AS n'),
    features: { amount: int64() },
    ...options,
  } as BatchOptions<Entity, Features>)

/** The same, a moment a window. */
export const slow = (name: string, seconds: number, options: Partial<BatchOptions<Entity, Features>> = {}) =>
  daily(name, {
    sql: sqlOf(`SELECT n AS user_id, n AS amount FROM generate_series(1, 3) AS n, pg_sleep(${seconds})`),
    ...options,
  })

export interface Scheduled extends ScheduleResult {
  readonly events: readonly ScheduleEvent[]
  /** By group, how its runs ended. */
  readonly ended: Readonly<Record<string, string>>
}

/** Follows a scheduler to its end, and hands each event to `seen`. */
export async function scheduled(
  scope: BuildScope,
  options: ScheduleOptions,
  seen: (event: ScheduleEvent) => void = () => {},
): Promise<Scheduled> {
  const events: ScheduleEvent[] = []
  const work = schedule(scope, options, () => {})
  for (;;) {
    const next = await work.next()
    if (next.done) {
      const runs = events.filter((event) => event.type === 'finished')
      return { ...next.value, events, ended: Object.fromEntries(runs.map(({ group, status }) => [group, status])) }
    }
    events.push(next.value)
    seen(next.value)
  }
}

/** Words as they come, to be waited for. */
export class Told {
  readonly #words: string[] = []
  readonly #waiting: (() => void)[] = []

  push(word: string): void {
    this.#words.push(word)
    for (const go of this.#waiting.splice(0)) go()
  }

  async until(word: string): Promise<void> {
    while (!this.#words.includes(word)) await new Promise<void>((go) => void this.#waiting.push(go))
  }
}

/** What the schedulers in processes of their own run: each window takes a moment, so that there is a middle of a run. */
export const service = [slow('quick', 0.01, { schedule: '0 * * * *' }), slow('slow', 0.15, { schedule: '0 */2 * * *' })]
