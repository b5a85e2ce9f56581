/** Tables without borders: columns two spaces apart, numbers to the right. */
import Table from 'cli-table3'

const none = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const view = new Table({
    head: [...head],
    chars: none,
    colAligns: head.map((_, i) => (right.includes(i) ? 'right' : 'left')),
    // The table's own colours would reach pipes too.
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  view.push(...rows.map((row) => [...row]))
  return view
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}
