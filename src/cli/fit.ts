/** Which columns of a table there is room for, and how wide each is. */
import { widthOf } from './width.js'

export interface Sized {
  /** What each row says, first at length, then in short; the last is the shortest. */
  readonly forms: readonly (readonly string[])[]
  readonly head: string
  /** Text that may end in `…`. */
  readonly cut: boolean
  /** Left out where there is no room, the highest number first; 0 never is. */
  readonly drop: number
}

export interface Fitted {
  /** Of the columns given. */
  readonly index: number
  readonly cells: readonly string[]
  readonly width: number
}

/** Between two columns. */
export const gap = 2

/** How much of a text is kept at least: first comfortably, and where that is not enough, barely. */
const floors = [24, 12]

/** @returns nothing where no way of setting them fits */
export function fitColumns(columns: readonly Sized[], width: number): Fitted[] | undefined {
  const all = columns.map((column, index) => ({ column, index, form: 0 }))
  const shortened = [...shorten(all)]
  for (const kept of shortened) {
    const fitted = sized(kept)
    if (total(fitted) <= width) return fitted
  }
  for (const floor of floors)
    for (const kept of fewer(shortened.at(-1) ?? all)) {
      const fitted = squeezed(sized(kept), columns, width, floor)
      if (total(fitted) <= width) return fitted
    }
  return undefined
}

type Kept = readonly { readonly column: Sized; readonly index: number; readonly form: number }[]

/** The short forms are taken from the last column on. */
function* shorten(columns: Kept): Generator<Kept> {
  yield columns
  let now = columns
  for (const { column, index } of columns.toReversed()) {
    if (column.forms.length < 2) continue
    now = now.map((one) => (one.index === index ? { ...one, form: column.forms.length - 1 } : one))
    yield now
  }
}

function* fewer(columns: Kept): Generator<Kept> {
  let now = columns
  for (;;) {
    yield now
    const most = Math.max(...now.map(({ column }) => column.drop))
    if (most === 0) return
    now = now.filter(({ column }) => column.drop !== most)
  }
}

function sized(kept: Kept): Fitted[] {
  return kept.map(({ column, index, form }) => {
    const cells = column.forms[form] ?? []
    return { index, cells, width: Math.max(widthOf(column.head), ...cells.map(widthOf)) }
  })
}

/** Takes from the last text first: what a row is called stands in front. */
function squeezed(fitted: Fitted[], columns: readonly Sized[], width: number, floor: number): Fitted[] {
  let excess = total(fitted) - width
  return fitted
    .toReversed()
    .map((one) => {
      const spare = columns[one.index]?.cut ? Math.max(0, one.width - floor) : 0
      const taken = Math.min(spare, Math.max(0, excess))
      excess -= taken
      return { ...one, width: one.width - taken }
    })
    .toReversed()
}

function total(fitted: readonly Fitted[]): number {
  return fitted.reduce((sum, { width }) => sum + width + gap, -gap)
}
