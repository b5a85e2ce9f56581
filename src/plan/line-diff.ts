/** Two texts side by side, line by line: `- gone`, `+ new`, `  kept` around them. */

/** More pairs of lines than this are not compared one by one. */
const most = 4_000_000

/**
 * @param context lines kept around a change; further ones become one line `…`
 * @returns nothing where no line differs
 */
export function lineDiff(before: string, after: string, context = 2): string[] {
  const [old, now] = [linesOf(before), linesOf(after)]
  const lines = compare(old, now)
  if (!lines.some(isChange)) return []
  const near = lines.map((_, i) => lines.slice(Math.max(0, i - context), i + context + 1).some(isChange))
  return lines.flatMap((line, i) => (near[i] ? [line.trimEnd()] : near[i - 1] || i === 0 ? ['  …'] : []))
}

function isChange(line: string): boolean {
  return !line.startsWith(' ')
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split(/\r?\n/)
}

function compare(old: readonly string[], now: readonly string[]): string[] {
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start++
  let end = 0
  while (end < Math.min(old.length, now.length) - start && old.at(-1 - end) === now.at(-1 - end)) end++
  return [
    ...old.slice(0, start).map((line) => `  ${line}`),
    ...compareMiddle(old.slice(start, old.length - end), now.slice(start, now.length - end)),
    ...old.slice(old.length - end).map((line) => `  ${line}`),
  ]
}

/** By the longest common subsequence of lines. */
function compareMiddle(old: readonly string[], now: readonly string[]): string[] {
  const [removed, added] = [old.map((line) => `- ${line}`), now.map((line) => `+ ${line}`)]
  if (old.length * now.length > most) return [...removed, ...added]
  const width = now.length + 1
  const common = new Uint32Array((old.length + 1) * width)
  const at = (i: number, j: number) => common[i * width + j] as number
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      common[i * width + j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const lines: string[] = []
  let [i, j] = [0, 0]
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push(`  ${old[i]}`)
      i++
      j++
    } else if (i < old.length && (j === now.length || at(i + 1, j) >= at(i, j + 1))) lines.push(removed[i++] as string)
    else lines.push(added[j++] as string)
  }
  return lines
}
