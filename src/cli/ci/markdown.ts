/** GitHub's Markdown, of text that may hold anything. */

/** So that nothing in it is markup, and it stays in its line. */
export function inline(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]{}|~#]/g, '\\$&')
    .replaceAll('<', '&lt;')
}

/** @param head and rows are Markdown already; columns whose name begins with `#` are numbers */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = head.map((name) => (name.startsWith('#') ? '---:' : '---'))
  const names = head.map((name) => name.replace('#', ''))
  return [line(names), line(rule), ...rows.map(line)].join('\n')
}

const mostLines = 200

/** Folded away until someone asks. */
export function details(summary: string, lines: readonly string[], language: string): string {
  const shown = lines.length > mostLines ? [...lines.slice(0, mostLines), `… ${lines.length} lines`] : lines
  // Longer than any row of backticks in it.
  const longest = Math.max(2, ...shown.flatMap((text) => text.match(/`+/g) ?? []).map((row) => row.length))
  const fence = '`'.repeat(longest + 1)
  return `<details><summary>${escaped(summary)}</summary>\n\n${[`${fence}${language}`, ...shown, fence].join('\n')}\n\n</details>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
