/** Writes the tables of docs/benchmarks.md from the results, between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Result, readResult } from './result.js'
import { markdownTable } from './table.js'

const page = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url))
const marked = /<!-- bench:([a-z-]+) -->\n[\s\S]*?<!-- \/bench:\1 -->/g

export function writeReport(): void {
  const text = readFileSync(page, 'utf8')
  writeFileSync(page, reported(text, readResult))
}

export function reported(text: string, read: (name: string) => Result | undefined): string {
  return text.replace(marked, (_, name: string) => {
    const result = read(name)
    const body = result === undefined ? 'No figures were taken yet.' : markdown(result)
    return `<!-- bench:${name} -->\n\n${body}\n\n<!-- /bench:${name} -->`
  })
}

export function markdown(result: Result): string {
  const tables = result.tables.flatMap((table) => {
    const notes = (table.notes ?? []).map((note) => `- ${note}`)
    return [`**${table.title}**`, markdownTable(table), ...(notes.length > 0 ? [notes.join('\n')] : [])]
  })
  return [...tables, taken(result)].join('\n\n')
}

/** One line that says on what, when, and how undisturbed. */
function taken(result: Result): string {
  const { at, commit, seconds, machine, versions, otherWork } = result
  const software = Object.entries(versions).map(([what, version]) => `${what} ${version}`)
  const disturbed =
    otherWork > 0.25 ? ` **The machine was at other work, too**: ${otherWork} cores before it began.` : ''
  return (
    `_\`${repeatedBy(result)}\`, ${at.slice(0, 10)}, commit ${commit}, ${seconds} s; ` +
    `${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, Linux ${machine.kernel}; ` +
    `${[`Node ${machine.node.slice(1)}`, ...software].join(', ')}; medians, quartiles in brackets._${disturbed}`
  )
}

function repeatedBy({ name, scale, runs, minutes }: Result): string {
  const often = minutes === undefined ? `--runs ${runs}` : `--minutes ${minutes}`
  return `npm run bench -- ${name}${scale === 1 ? '' : ` --scale ${scale}`} ${often}`
}
