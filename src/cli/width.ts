/** Text measured in the cells of a terminal, cut and wrapped by them. */
import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'

/** Characters of one cell, whatever stands beside them: those of Western languages, and signs and bars that are drawn. */
const narrow = /^[\x20-\x7e\xa1-\xac\xae-\xff–—‘’“”•…→✓✗⚠○●▁-█▉-▏]*$/

/** Wide characters take two cells, colours and joiners none. Asks the package only then: loading it takes long. */
export function widthOf(text: string): number {
  const plain = stripVTControlCharacters(text)
  return narrow.test(plain) ? plain.length : stringWidth(text)
}

/** Cut with `…` where it is wider. Text without colours only. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let kept = ''
  let used = 0
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += widthOf(segment)
    if (used > width - 1) break
    kept += segment
  }
  return width <= 0 ? '' : `${kept.trimEnd()}…`
}

export function padded(text: string, width: number, right = false): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)))
  return right ? space + text : text + space
}

/** Lines no wider than `width`, broken between words; a word that is wider, and a command in backquotes, stays whole. */
export function wrapped(text: string, width: number, indent = ''): string[] {
  if (widthOf(text) <= width) return [text]
  const lines: string[] = []
  let line = ''
  for (const word of text.match(/^ *(?:`[^`]*`|\S)+|(?:`[^`]*`|\S)+/g) ?? []) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && widthOf(longer) > width) {
      lines.push(line)
      line = indent + word
    } else line = longer
  }
  return [...lines, line]
}
