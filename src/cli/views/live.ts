/** Long work as it goes on, drawn on stderr. Events change a state; a timer draws it, however many they are. */
import { barsOf } from '../bars.js'
import { colors, isInteractive, noteThrough } from '../output.js'
import { liveLines, settledLine } from './live-lines.js'
import { type LiveEvent, liveState, reduce } from './live-state.js'
import type { LiveLines } from './live-view.js'
import { terminal } from './terminal.js'

export interface Live {
  show(event: LiveEvent): void
  /** The second time it does nothing. `stopped` when absent. */
  stop(as?: 'done' | 'stopped'): void
}

/** Milliseconds between two frames. */
const pause = 100
/** Work that is over sooner is not worth a view, nor what it costs to load one. */
const soonest = 150

/** Whether there is a terminal to draw on, and somebody who looks at it. */
export function isLive(): boolean {
  const { TERM, CONTINUOUS_INTEGRATION } = process.env
  return isInteractive() && TERM !== 'dumb' && !CONTINUOUS_INTEGRATION
}

export function live(): Live {
  const stream = process.stderr
  let state = liveState(performance.now())
  let settled: string[] = []
  let taken = 0
  let screen: Screen | undefined
  let drawn = 0
  let isOver = false

  const canvas = () => {
    // A pseudo-terminal that nobody has given a size has none.
    const [columns, rows] = [stream.columns || 80, stream.rows || 24]
    return { columns: Math.max(10, columns), rows, colors: colors(stream), bars: barsOf(process.env) }
  }
  const draw = () => {
    drawn = performance.now()
    const fresh = state.settled.slice(taken).map((one) => settledLine(one, state, canvas()))
    taken = state.settled.length
    if (screen === undefined) {
      for (const line of fresh) stream.write(`${line}\n`)
      return
    }
    settled = fresh.length === 0 ? settled : [...settled, ...fresh]
    screen.draw({ settled, lines: isOver ? [] : liveLines(state, canvas(), drawn) })
  }
  const show = (event: LiveEvent) => {
    state = reduce(state, event, performance.now())
    // Work that never rests leaves a timer no turn.
    if (event.type === 'say' || performance.now() - drawn >= pause) draw()
  }
  const timer = setInterval(draw, pause).unref()
  const open = async () => {
    const opened = await openScreen(stream)
    if (isOver) return
    screen = opened()
    draw()
  }
  // Work goes on without a view.
  const opening = setTimeout(() => void open().catch(() => {}), soonest).unref()
  const stop = (as: 'done' | 'stopped' = 'stopped') => {
    if (isOver) return
    clearInterval(timer)
    clearTimeout(opening)
    process.off('exit', leave)
    state = reduce(state, { type: 'close', as }, performance.now())
    isOver = true
    draw()
    screen?.close()
    noteThrough(undefined)
  }
  const leave = () => stop()
  // A second Ctrl-C, or a bug: the terminal is left as it was found.
  process.on('exit', leave)
  noteThrough((text) => show({ type: 'say', text }))
  return { show, stop }
}

interface Screen {
  draw(lines: LiveLines): void
  close(): void
}

/** Loads what draws. @returns what begins to */
async function openScreen(target: NodeJS.WriteStream): Promise<() => Screen> {
  const { ink, createElement, LiveView } = await inProduction(async () => ({
    ink: await import('ink'),
    createElement: (await import('react')).createElement,
    LiveView: (await import('./live-view.js')).LiveView,
  }))
  return () => {
    const { stream, frame, close } = terminal(target)
    const element = (lines: LiveLines) => createElement(LiveView, { ink, ...lines })
    // Ctrl-C stays a signal, which whoever runs the work takes.
    const options = { stdout: stream, stderr: stream, exitOnCtrlC: false, maxFps: 0 }
    const view = ink.render(element({ settled: [], lines: [] }), options)
    return {
      draw(lines) {
        view.rerender(element(lines))
        frame(lines.lines)
      },
      close() {
        view.unmount()
        close()
      },
    }
  }
}

/** React for development is slower, and keeps a record of every frame it draws. */
async function inProduction<T>(load: () => Promise<T>): Promise<T> {
  const { NODE_ENV } = process.env
  process.env.NODE_ENV = 'production'
  try {
    return await load()
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = NODE_ENV
  }
}
