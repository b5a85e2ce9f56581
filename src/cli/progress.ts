/** The progress of a build: a view for a person, timestamped lines for a log, NDJSON for a program. */
import type { BuildEvent } from '../plan/apply.js'
import { count } from './format.js'
import { colors, plainText, printError, printJson, printNote, printWarning } from './output.js'
import { resetting, sending } from './sync-event.js'
import type { Story } from './views/build-story.js'
import { isLive, live } from './views/live.js'
import { windowLine } from './window-line.js'

export interface Progress {
  show(event: BuildEvent): void
  /** The second time it does nothing. `stopped` when absent. */
  stop(as?: 'done' | 'stopped'): void
}

/** @param story what the view makes of the events; asked for where there is one */
export async function progress(json: boolean, story: () => Promise<Story<BuildEvent>>): Promise<Progress> {
  if (json) return { show: showJson, stop() {} }
  return isLive() ? view(await story()) : lines()
}

function showJson(event: BuildEvent): void {
  const { type, ...rest } = event
  printJson({ event: type, ...('error' in rest ? { ...rest, error: rest.error.toJSON() } : rest) })
}

/** What lasts and is not told by the task that it is about stays above the tasks. */
function view(story: Story<BuildEvent>): Progress {
  const { show, stop } = live()
  const c = colors(process.stderr)
  return {
    show(event) {
      for (const one of story(event)) show(one)
      if (isFailure(event)) return printError(event.error)
      const line = event.type === 'promoted' || event.type === 'blocked' ? undefined : lasting(event)
      if (line !== undefined) isWarning(event) ? printWarning(line) : printNote(c.dim(plainText(line)))
    },
    stop,
  }
}

/** For a log: what lasts, and a sign of life in between. */
function lines(): Progress {
  const every = 5_000
  const silence = 30_000
  let last = Date.now()
  let now: string | undefined
  const print = (text: string) => {
    last = Date.now()
    printNote(plainText(`${new Date().toISOString()} ${text}`))
  }
  // One window may take long.
  const heartbeat = setInterval(() => {
    if (now !== undefined && Date.now() - last >= silence) print(`${now}, still at work`)
  }, every).unref()
  return {
    show(event) {
      if (isFailure(event)) return printError(event.error)
      const line = lasting(event)
      if (line !== undefined) return print(isWarning(event) ? `warning ${line}` : line)
      const text = running(event)
      now = text ?? now
      if (text !== undefined && (!['window', 'sync'].includes(event.type) || Date.now() - last >= every)) print(text)
    },
    stop: () => clearInterval(heartbeat),
  }
}

function isFailure(event: BuildEvent): event is Extract<BuildEvent, { type: 'failed' | 'online-failed' }> {
  return event.type === 'failed' || event.type === 'online-failed'
}

function isWarning(event: BuildEvent): boolean {
  return ['warning', 'not-promoted', 'blocked', 'reset'].includes(event.type)
}

function running(event: BuildEvent): string | undefined {
  if (event.type === 'waiting') return `${event.group}: waiting for ${event.holder}`
  if (event.type === 'window') return windowLine(event)
  if (event.type === 'sync') return sending(event)
  if (event.type === 'step' && event.step.kind === 'migrate') return 'migrating'
  if (event.type === 'step' && event.step.kind === 'materialize')
    return `${event.step.group}: ${count(event.step.windows, 'window')} due`
  return undefined
}

export function lasting(event: BuildEvent): string | undefined {
  switch (event.type) {
    case 'tenant':
      return `tenant ${event.tenant}, ${event.done + 1} of ${event.total}`
    case 'promoted':
      return `${event.group}: version ${event.version} is live`
    case 'not-promoted':
      return `${event.group}: version ${event.version} is not live yet: ${event.why}`
    case 'warning':
    case 'note':
      return event.message
    case 'reset':
      return resetting(event)
    case 'blocked':
      return `${event.group} was not run: it reads ${event.by.join(', ')}`
    default:
      return undefined
  }
}
