/** The progress of a build: a spinner for a person, timestamped lines for a log, NDJSON for a program. */
import type { BuildEvent } from '../plan/apply.js'
import { count } from './format.js'
import { colors, isInteractive, printError, printJson, printNote, printWarning } from './output.js'
import { resetting, sending } from './sync-event.js'
import { windowLine } from './window-line.js'

export interface Progress {
  show(event: BuildEvent): void
  stop(): void
}

export async function progress(json: boolean): Promise<Progress> {
  if (json) return { show: showJson, stop() {} }
  return isInteractive() ? spinner() : lines()
}

function showJson(event: BuildEvent): void {
  const { type, ...rest } = event
  printJson({ event: type, ...('error' in rest ? { ...rest, error: rest.error.toJSON() } : rest) })
}

async function spinner(): Promise<Progress> {
  const { default: ora } = await import('ora')
  // Left to ora, stdin would swallow Ctrl-C.
  const view = ora({ stream: process.stderr, discardStdin: false })
  const c = colors(process.stderr)
  const say = (print: () => void) => {
    const text = view.text
    const spinning = view.isSpinning
    view.stop()
    print()
    if (spinning) view.start(text)
  }
  return {
    show(event) {
      // One line of the terminal, beside the spinner: a second one would be left behind.
      const text = running(event, (process.stderr.columns ?? 80) - 3)
      if (text !== undefined) {
        view.start(text)
      } else if (isFailure(event)) say(() => printError(event.error))
      else {
        const line = lasting(event)
        if (line !== undefined)
          say(() => (isWarning(event) ? printWarning(line) : printNote(`${c.green('✓')} ${line}`)))
      }
    },
    stop: () => void view.stop(),
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
    printNote(`${new Date().toISOString()} ${text}`)
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

function running(event: BuildEvent, columns?: number): string | undefined {
  if (event.type === 'waiting') return `${event.group}: waiting for ${event.holder}`
  if (event.type === 'window') return windowLine(event, columns)
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
