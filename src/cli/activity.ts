/** The progress of work that is told in tasks: a view for a person, a line now and then for a log. */
import { printNote } from './output.js'
import { amountText, compact, rateText } from './views/amount.js'
import { isLive, live } from './views/live.js'
import { type LiveEvent, liveState, reduce, type Task } from './views/live-state.js'

export interface Activity {
  show(event: LiveEvent): void
  /** The second time it does nothing. `stopped` when absent. */
  stop(as?: 'done' | 'stopped'): void
}

/** @param isQuiet only what goes wrong is told */
export function activity(isQuiet: boolean): Activity {
  if (isQuiet) return { show() {}, stop() {} }
  return isLive() ? live() : log()
}

/** Milliseconds between two lines about the same work. */
const every = 5_000

/** Work that is over sooner says nothing. */
function log(): Activity {
  let state = liveState(performance.now())
  let said: string | undefined
  let silent = 0
  const timer = setInterval(() => {
    const line = state.tasks
      .filter(({ state }) => state === 'running')
      .map(lineOf)
      .join('; ')
    // One step may take long, and is a sign of life each half minute.
    const isNew = line !== said
    silent = isNew ? 0 : silent + 1
    if (line === '' || (!isNew && silent % 6 !== 0)) return
    said = line
    printNote(`${new Date().toISOString()} ${line}${isNew ? '' : ', still at work'}`)
  }, every).unref()
  return {
    show(event) {
      state = reduce(state, event, performance.now())
    },
    stop: () => clearInterval(timer),
  }
}

function lineOf({ task, done, total, amount, noun = 'row', doing, began = 0 }: Task): string {
  const parts: string[] = []
  if (done !== undefined && total !== undefined) parts.push(`${compact(done)} of ${compact(total)}`)
  if (amount !== undefined) {
    const { text, unit } = amountText(amount, noun)
    const rate = rateText((amount / Math.max(1, performance.now() - began)) * 1000, noun)
    parts.push(`${text}${unit}`, `${rate.text}${rate.unit}`)
  }
  if (doing !== undefined) parts.push(doing)
  return `${task}: ${parts.join(', ')}`
}
