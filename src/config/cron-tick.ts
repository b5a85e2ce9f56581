/** When a schedule comes round, UTC. */
import type { Cron } from 'croner'

export interface Ticks {
  /** The last minute at or before an instant that the schedule means; undefined where there is none. */
  last(at: Date): Date | undefined
  /** The first minute after an instant; undefined where there is none, as of the 31st of February. */
  next(at: Date): Date | undefined
}

/** @param expression a cron expression of five fields that the config has checked */
export async function ticksOf(expression: string): Promise<Ticks> {
  const { Cron } = await import('croner')
  const cron: Cron = new Cron(expression, { utcOffset: 0, mode: '5-part' })
  return {
    // Those before the next whole second: the instant itself is one of them.
    last: (at) => cron.previousRuns(1, new Date(Math.floor(at.getTime() / 1000) * 1000 + 1000))[0],
    next: (at) => cron.nextRun(at) ?? undefined,
  }
}
