// docs/cli/: a page for each command, and one that lists them, from --help.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { dist } from './root.mjs'

const binary = join(dist, '..', 'bin', 'fstore.js')

export function cliPages() {
  const top = help()
  const groups = groupsOf(top)
  const commands = groups.flatMap(({ commands }) => commands).filter(({ name }) => name !== 'help')
  const pages = commands.map(({ name }) => [`docs/cli/${name}.md`, commandPage(name)])
  return { 'docs/cli/README.md': index(groups, top), ...Object.fromEntries(pages) }
}

function help(...command) {
  const env = { ...process.env, NO_COLOR: '1', COLUMNS: '100' }
  const { stdout, status } = spawnSync(process.execPath, [binary, ...command, '--help'], { env })
  if (status !== 0) throw new Error(`fstore ${command.join(' ')} --help failed`)
  return stdout.toString().trimEnd()
}

/** `Start:` and the lines below it, up to an empty one. */
function groupsOf(top) {
  const sections = [...top.matchAll(/^(\w[^\n:]*):\n((?: {2}\S[^\n]*\n?(?: {3,}[^\n]*\n?)*)+)/gm)]
  return sections
    .filter(([, title]) => title !== 'Examples' && title !== 'Options')
    .map(([, title, lines]) => ({
      title,
      commands: lines
        .trimEnd()
        .split(/\n(?= {2}\S)/)
        .map((line) => /^ {2}([a-z-]+)(.*?)(?: {2,}|\n\s+)(.+)$/s.exec(line))
        .map(([, name, words, summary]) => ({ name, words: words.trim(), summary: summary.replaceAll(/\s+/g, ' ') })),
    }))
}

function commandPage(name) {
  const text = help(name)
  const [, usage, description, rest] = /^Usage: (.*)\n\n([\s\S]*?)\n\n([\s\S]*)$/.exec(text)
  const examples = /^Examples:\n((?: {2}.*\n?)+)/m.exec(rest)?.[1].replaceAll(/^ {2}/gm, '').trimEnd()
  const others = rest.replace(/^Examples:\n(?: {2}.*\n?)+\n*/m, '').trimEnd()
  return `# fstore ${name}

${description.replaceAll(/\s*\n\s*/g, ' ')}

${examples === undefined ? '' : `\`\`\`sh\n${examples}\n\`\`\`\n\n`}\`\`\`text
${usage}

${others}
\`\`\`

[All commands](README.md) · [exit codes](../errors.md)
`
}

function index(groups, top) {
  const tables = groups.map(({ title, commands }) => {
    const rows = commands.map(
      ({ name, words, summary }) => `| ${linked(name)}${words && ` \`${words}\``} | ${summary} |`,
    )
    return `## ${title}\n\n| command | what it does |\n| --- | --- |\n${rows.join('\n')}`
  })
  const ending = top.split('\n\n').at(-1)
  return `# Command line

Made from \`--help\` by \`npm run docs\`. stdout has the result and nothing else; progress, warnings and errors go to stderr.
\`--json\`, which every command has, prints one document, or an event a line.

${ending.replaceAll('\n', '\n\n')}

${tables.join('\n\n')}
`
}

const linked = (name) => (name === 'help' ? '`help`' : `[\`${name}\`](${name}.md)`)
