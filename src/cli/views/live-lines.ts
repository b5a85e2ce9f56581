/** The lines that show long work, as wide and as many as the terminal has room for. Pure. */
import { digits } from '../../config/digits.js'
import type { Bars } from '../bars.js'
import { count, visible } from '../format.js'
import { glyph } from '../glyph.js'
import type { colors } from '../output.js'
import { cut, padded, widthOf } from '../width.js'
import { duration } from '../window-line.js'
import { amountText, compact, rateText } from './amount.js'
import { type LiveState, type Settled, type Task, waitsFor } from './live-state.js'

export interface Canvas {
  readonly columns: number
  readonly rows: number
  readonly colors: ReturnType<typeof colors>
  readonly bars: Bars
}

/** What is being worked at, and what waits; with how far all of it is. */
export function liveLines(state: LiveState, canvas: Canvas, now: number): string[] {
  const { tasks } = state
  const { dim } = canvas.colors
  if (tasks.length === 0) {
    const hasBegun = state.settled.some((one) => typeof one !== 'string')
    return hasBegun ? [] : [dim(cut(`  getting ready${since(state, now)}`, canvas.columns))]
  }
  // Beside three lines: what is left out, how far all is, and the cursor's. Lines that a terminal which becomes smaller
  // pushes out of sight cannot be taken back, so there are few.
  const room = Math.max(1, Math.min(canvas.rows - 3, mostTasks))
  const isWhole = tasks.length <= room
  const first = tasks.filter(({ state }) => state === 'running')
  const shown = isWhole ? tasks : [...first, ...tasks.filter((one) => !first.includes(one))].slice(0, room)
  const lines = shown.map((task) => taskLine(task, state, canvas, now))
  const rest = tasks.length - shown.length
  if (rest > 0) lines.push(dim(cut(`  + ${digits(rest)} more waiting`, canvas.columns)))
  const footer = closing(state, now)
  return footer === undefined ? lines : [...lines, dim(cut(footer, canvas.columns))]
}

/** A line that stays. */
export function settledLine(settled: Settled, state: LiveState, canvas: Canvas): string {
  return typeof settled === 'string' ? settled : taskLine(settled, state, canvas, settled.ended ?? 0)
}

const mostTasks = 8

const signs = {
  waiting: glyph.none,
  running: glyph.busy,
  done: glyph.good,
  failed: glyph.bad,
  blocked: glyph.odd,
  stopped: glyph.odd,
} as const

function taskLine(task: Task, state: LiveState, canvas: Canvas, now: number): string {
  const { columns, colors: c } = canvas
  const paint = { waiting: c.dim, running: c.cyan, done: c.green, failed: c.red, blocked: c.yellow, stopped: c.yellow }
  const nameWidth = Math.min(widthOf(state.widest.name), Math.max(12, Math.floor(columns * 0.35)), columns - 2)
  const name = padded(shortened(visible(task.task), nameWidth), nameWidth)
  const head = `${paint[task.state](signs[task.state])} ${task.state === 'waiting' ? c.dim(name) : name}`
  const room = columns - 2 - nameWidth
  const words = wordsOf(task, state)
  // A task without figures says in their place what it is at.
  if (task.began === undefined) return words === undefined ? head.trimEnd() : head + aside(words, room, c)
  const set = setting(cellsOf(task, state, now), state, room)
  const figures = set.cells.map(({ text, unit, width }) => {
    const cell = padded(text + unit, width, true)
    return `  ${cell.slice(0, cell.length - unit.length)}${c.dim(unit)}`
  })
  const left = room - set.cells.reduce((sum, { width }) => sum + width + 2, 0)
  const end = words === undefined ? progress(task, { room: left, ...set }, canvas) : aside(words, left, c)
  return head + figures.join('') + end
}

function aside(words: string, room: number, c: Canvas['colors']): string {
  return room < 8 ? '' : `  ${c.dim(cut(visible(words), room - 2))}`
}

interface Cell {
  readonly name: 'far' | 'amount' | 'rate' | 'elapsed'
  readonly text: string
  readonly unit: string
  readonly width: number
}

function cellsOf(task: Task, { widest }: LiveState, now: number): Cell[] {
  const { done, total, amount, noun = 'row', began = now, ended = now } = task
  const far = total === undefined || done === undefined ? '' : `${compact(done)}/${compact(total)}`
  const elapsed = Math.max(0, ended - began)
  const rate = task.rate ?? ((amount ?? 0) / Math.max(1, elapsed)) * 1000
  const isTold = amount !== undefined && amount > 0 && elapsed >= soonest
  const told = isTold ? rateText(rate, noun) : { text: '', unit: '' }
  // A million takes fewer characters than what comes before it.
  const digits = widest.total >= 1e5 ? longestAmount : compact(widest.total).length
  const counted: Cell = { name: 'far', text: far, unit: '', width: 2 * digits + 1 }
  return [
    ...(widest.total > 0 ? [counted] : []),
    { name: 'amount', ...amountText(amount, noun), width: noun === 'byte' ? 9 : longestAmount + noun.length + 2 },
    { name: 'rate', ...told, width: 9 },
    { name: 'elapsed', text: elapsed < 1000 ? '' : duration(elapsed), unit: '', width: 7 },
  ]
}

const longestAmount = '999,999'.length

/** A rate over less time says nothing. */
const soonest = 1_000

interface Setting {
  readonly cells: readonly Cell[]
  readonly hasBar: boolean
  readonly hasLeft: boolean
}

/** What there is room for: the rate goes first, then how long is left, the bar, how long it has taken, and the rows. */
function setting(cells: readonly Cell[], { widest }: LiveState, room: number): Setting {
  const hasBar = widest.total > 1
  const without = (...names: Cell['name'][]) => cells.filter(({ name }) => !names.includes(name))
  const settings: Setting[] = [
    { cells, hasBar, hasLeft: hasBar },
    { cells: without('rate'), hasBar, hasLeft: hasBar },
    { cells: without('rate'), hasBar, hasLeft: false },
    { cells: without('rate'), hasBar: false, hasLeft: false },
    { cells: without('rate', 'elapsed'), hasBar: false, hasLeft: false },
    { cells: without('rate', 'elapsed', 'amount'), hasBar: false, hasLeft: false },
  ]
  const width = ({ cells, hasBar, hasLeft }: Setting) =>
    cells.reduce((sum, cell) => sum + cell.width + 2, 0) +
    (hasBar ? narrowestBar + 2 : 0) +
    (hasLeft ? leftWidth + 2 : 0)
  return settings.find((one) => width(one) <= room) ?? { cells: [], hasBar: false, hasLeft: false }
}

/** A bar, and how long is left. */
function progress(
  task: Task,
  { room, hasBar, hasLeft }: Setting & { room: number },
  { colors: c, bars }: Canvas,
): string {
  const { done, total, remainingMs, state } = task
  if (!hasBar || state !== 'running' || total === undefined || done === undefined || total <= 1) return ''
  const width = Math.min(widestBar, room - 2 - (hasLeft ? leftWidth + 2 : 0))
  const filled = bars.line(Math.min(1, done / total), width)
  const empty = (bars.line(1, 1) === '#' ? '.' : '░').repeat(Math.max(0, width - widthOf(filled)))
  const isTold = hasLeft && remainingMs !== undefined && remainingMs !== null && done < total
  return `  ${c.cyan(filled)}${c.dim(empty)}${isTold ? `  ${duration(remainingMs)} left` : ''}`
}

const leftWidth = '59m 59s left'.length
const narrowestBar = 6
const widestBar = 24

function wordsOf(task: Task, state: LiveState): string | undefined {
  const words = task.doing ?? task.result
  if (words !== undefined) return words
  if (task.state !== 'waiting') return undefined
  const before = waitsFor(state, task)
  return before.length === 0 ? undefined : `waits for ${before.join(', ')}`
}

/** Of several tasks, how far they are together. */
function closing(state: LiveState, now: number): string | undefined {
  const { tasks, settled } = state
  const over = settled.filter((one) => typeof one !== 'string')
  const all = over.length + tasks.length
  if (all < 2 || tasks.length === 0) return undefined
  return `  ${digits(over.length)} of ${count(all, 'step')}${since(state, now)}`
}

function since({ began }: LiveState, now: number): string {
  return now - began < 1000 ? '' : ` · ${duration(now - began)}`
}

/** Names that begin alike end differently. */
function shortened(name: string, width: number): string {
  if (widthOf(name) <= width) return name
  let tail = name.slice(-Math.floor((width - 1) / 3))
  while (widthOf(tail) > (width - 1) / 3) tail = tail.slice(1)
  return cut(name, width - widthOf(tail)) + tail
}
