/** Amounts as bars of characters: blocks, or plain characters where the terminal has no others. */

export interface Bars {
  /** One character for each amount, as high as it is. */
  spark(amounts: readonly number[]): string
  /** A bar as long as its share of `width`. */
  line(share: number, width: number): string
}

const eighths = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█']

const blocks: Bars = {
  spark: (amounts) => drawn(amounts, '▁▂▃▄▅▆▇█'),
  line(share, width) {
    const cells = Math.round(share * width * 8)
    return `${'█'.repeat(Math.floor(cells / 8))}${cells % 8 === 0 ? '' : eighths[(cells % 8) - 1]}`
  },
}

const plain: Bars = {
  spark: (amounts) => drawn(amounts, '.:-=+*#@'),
  line: (share, width) => '#'.repeat(Math.round(share * width)),
}

/** By the locale, as every other program does; Windows' terminals all have them. */
export function barsOf({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv, platform: string = process.platform): Bars {
  return platform === 'win32' || /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '') ? blocks : plain
}

/** What is there is seen, however little it is. */
function drawn(amounts: readonly number[], levels: string): string {
  const most = Math.max(...amounts)
  return amounts
    .map((amount) => (amount === 0 ? ' ' : levels[Math.max(0, Math.ceil((amount / most) * levels.length) - 1)]))
    .join('')
}
