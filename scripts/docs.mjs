// Writes the pages that are made from the program: docs/cli.md from --help, docs/errors.md from the catalogue.
// Run after a build: npm run docs. With --check it writes nothing and fails where a page is not up to date.

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { catalogue } from '../dist/errors.js'

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url))

function help(...command) {
  const env = { ...process.env, NO_COLOR: '1', COLUMNS: '100' }
  const { stdout, status } = spawnSync(process.execPath, [path('bin/fstore.js'), ...command, '--help'], { env })
  if (status !== 0) throw new Error(`fstore ${command.join(' ')} --help failed`)
  return stdout.toString().trimEnd()
}

function cliPage() {
  const top = help()
  const commands = [...top.matchAll(/^ {2}([a-z-]+)(?: [[<].*?)? {2,}/gm)].map(([, name]) => name)
  const known = commands.filter((name) => name !== 'help' && !name.startsWith('-'))
  const sections = [...new Set(known)].map((name) => `## fstore ${name}\n\n\`\`\`text\n${help(name)}\n\`\`\``)
  return `# Command line\n\nMade from \`--help\` by \`npm run docs\`.\n\n\`\`\`text\n${top}\n\`\`\`\n\n${sections.join('\n\n')}\n`
}

function errorsPage() {
  const exits = `| exit | meaning |
| ---: | --- |
| 0 | done |
| 1 | a bug in fstore |
| 2 | wrong usage or config |
| 3 | the work failed, even in part |
| 4 | finished, with findings |
| 5 | a backend cannot be reached |
| 6 | locked by another process |
| 130 | interrupted |`
  const rows = Object.entries(catalogue).map(([code, [exit, meaning]]) => `| \`${code}\` | ${exit} | ${meaning} |`)
  return `# Errors and exit codes

Every error has a stable code, says what happened, where and why, and how to mend it. Made by \`npm run docs\`.

${exits}

| code | exit | meaning |
| --- | ---: | --- |
${rows.join('\n')}
`
}

const pages = { 'docs/cli.md': cliPage(), 'docs/errors.md': errorsPage() }
const stale = Object.entries(pages).filter(([name, text]) => {
  try {
    return readFileSync(path(name), 'utf8') !== text
  } catch {
    return true
  }
})
if (process.argv.includes('--check')) {
  for (const [name] of stale) process.stderr.write(`${name} is not up to date: run npm run docs\n`)
  process.exitCode = stale.length > 0 ? 1 : 0
} else for (const [name, text] of stale) writeFileSync(path(name), text)
