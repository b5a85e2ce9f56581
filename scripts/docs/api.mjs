// docs/api/: what each entry point of the package exports, from its types and their comments, by TypeDoc. Its Markdown is
// one long page; here that is cut into areas, and what a signature says already is not said again.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './root.mjs'

/** By the folder of `src/` that a name is declared in; the first that fits. */
const areas = [
  ['config', 'Config', 'What a `featurestore.config.ts` is written with.', /^src\/config\/(?!inference|pushed|find)/],
  ['store', 'Store', 'Opening a store, its methods, and errors.', /^src\/(create-feature-store|store|errors)\.ts/],
  [
    'reading',
    'Reading',
    'What reads take and give: now, in the past, by similarity.',
    /^src\/(offline\/(?!rejected|pushed)|online|agents)/,
  ],
  [
    'writing',
    'Writing',
    'Pushing values, ingesting events, jobs, rejected rows.',
    /^src\/(pipeline|offline|config\/pushed)/,
  ],
  ['building', 'Building', 'Plans, builds, versions, schedules, status, statistics, drift.', /^src\/(plan|registry)/],
  ['training', 'Training', 'Training sets.', /^src\/training/],
  ['operating', 'Operating', 'Cleaning up, erasing, doctor.', /^src\/(maintenance|doctor|db)/],
  ['types', 'Inferred types', 'What the compiler infers from a config: names, keys, values.', /^/],
]
const entries = [
  ['serve', 'featurestore/serve', 'Features over HTTP, as a library.'],
  ['langchain', 'featurestore/langchain', 'A tool for LangChain and LangGraph.'],
  ['mcp', 'featurestore/mcp', 'A server of the Model Context Protocol.'],
]

export async function apiPages() {
  const folder = mkdtempSync(join(tmpdir(), 'fstore-api-'))
  try {
    const args = [join(root, 'node_modules/typedoc/bin/typedoc'), '--out', folder, '--json', join(folder, 'api.json')]
    execFileSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
    const read = (name) => readFileSync(join(folder, name), 'utf8')
    return pagesOf(JSON.parse(read('api.json')), read)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function pagesOf(project, read) {
  const places = placesOf(project)
  const sections = sectionsOf(read('index.md')).map((section) => ({
    ...section,
    area: areaOf(places.get(section.name)),
  }))
  const pageOf = new Map(sections.map(({ name, area }) => [anchor(name), area]))
  const main = areas.map(([area, title, about]) => {
    const own = sections.filter((section) => section.area === area)
    const text = distinct(own)
      .map(({ text }) => linked(text, (target) => pageOf.get(target), area))
      .join('\n\n')
    return [`docs/api/${area}.md`, page(title, `${about} Imported from \`featurestore\`.`, own, text)]
  })
  const others = entries.map(([name, title, about]) => {
    const file = { serve: 'serve.md', langchain: 'agents/langchain.md', mcp: 'agents/mcp.md' }[name]
    const own = sectionsOf(read(file))
    const text = own.map(({ text }) => linked(text, (target) => pageOf.get(target), name)).join('\n\n')
    return [`docs/api/${name}.md`, page(title, `${about} Imported from \`${title}\`.`, own, text)]
  })
  return { 'docs/api/README.md': index(), ...Object.fromEntries([...main, ...others]) }
}

/** The typed store has what the plain one has: only what differs is told twice. */
function distinct(sections) {
  const plainStore = sections.find(({ name }) => name === 'AnyStore')
  if (plainStore === undefined) return sections
  const known = new Set(plainStore.text.split(/^(?=### )/m))
  const own = (text) => {
    const parts = text.split(/^(?=### )/m).filter((part) => !known.has(part) && !known.has(`${part}\n\n`))
    return `${parts.join('').trimEnd()}\n\nEverything else is that of [AnyStore](#anystore).`
  }
  return sections.map((section) =>
    section.name === 'FeatureStore' ? { ...section, text: own(section.text) } : section,
  )
}

/** Of each name of the main entry point, the file that declares it. */
function placesOf(project) {
  const files = project.files.entries
  const module = project.children.find(({ name }) => name === 'index')
  const found = module.children.map(({ id, name }) => [name, project.symbolIdMap[id]?.packagePath ?? files[id]])
  return new Map(found)
}

function areaOf(file = '') {
  return areas.find(([, , , pattern]) => pattern.test(file))[0]
}

/** What stands below each heading of the third level: a name, and all there is about it. */
function sectionsOf(markdown) {
  return markdown
    .split(/^(?=### )/m)
    .slice(1)
    .map((text) =>
      text
        .split(/^## /m)[0]
        .replace(/\n\*\*\*\s*$/, '')
        .trimEnd(),
    )
    .map((text) => ({ name: /^### (\w+)/.exec(text)[1], text: plain(text) }))
}

/** TypeDoc writes the union out wherever its name is used. */
const codes = /(?<!type ErrorCode = )(?:\n? *\\?\| `?"[A-Z_]+"`?){20,}/g

/** So it is with lengths of time. */
const durations = /(?:\\\| `` `\$\{number\}[smhdw]` `` ?){5}/g

/** Without what a signature above it has said: types of what goes in and comes out, where no word is added to them. */
function plain(text) {
  return text
    .replaceAll(/<a id="[^"]*"><\/a> /g, '')
    .replaceAll(/^(#+) Throws\n\n(?:FstoreError )?(.*(?:\n.+)*)/gm, 'Throws $2')
    .replaceAll(/^#+ (?:Get Signature|Signature|Call Signature)\n\n/gm, '')
    .replaceAll(/^#+ (?:Overrides|Inherited from|Implementation of)\n\n.*\n*/gm, '')
    .replaceAll(/^#+ Returns\n\n((?:.+\n)+)\n*(.?)/gm, (_, _type, next) =>
      /^[^#`T*]/.test(next) ? `Gives ${next}` : next,
    )
    .replaceAll(/^#+ Returns\n\n.*$/gm, '')
    .replaceAll(/^#+ Union Members\n[\s\S]*/gm, '')
    .replaceAll(durations, '[`Duration`](#duration) ')
    .replaceAll(/\| - (?=\|$)/gm, '| ')
    .replaceAll(/^#+ Type Parameters\n\n(?:\|.*\n?)+\n*/gm, '')
    .replaceAll(/^#+ Parameters\n\n((?:\|.*\n?)+)\n*/gm, (_, table) =>
      /^\| Parameter \|.*Description/.test(table) ? `${table}\n` : '',
    )
    .replaceAll(/^#+ Exten(?:ds|ded by)\n\n(?:[ -] .*\n)+\n*/gm, '')
    .replaceAll(/^#+ (?:Properties|Constructors|Methods|Accessors|Type Declaration)\n\n/gm, '')
    .replaceAll(codes, 'ErrorCode')
    .replaceAll(/^#{5,} /gm, '#### ')
    .replaceAll(/^### (\w+)\(\)$/gm, '### $1')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
    .replace(/^### /, '## ')
    .replaceAll(/^#### /gm, '### ')
}

const anchor = (name) => name.toLowerCase()

/** Links within TypeDoc's page to the pages here; to what has none, no link. */
function linked(text, pageOf, own) {
  return text.replaceAll(/\[([^\]]*)\]\((?:[\w./-]*)#([\w-]+)\)/g, (_, words, target) => {
    const area = pageOf(target)
    if (area === undefined) return words
    return `[${words}](${area === own ? '' : `${area}.md`}#${target})`
  })
}

function page(title, about, sections, text) {
  const names = sections.map(({ name }) => `[${name}](#${anchor(name)})`).join(' · ')
  return `# ${title}\n\n${about} Made by \`npm run docs\`.\n\n${names}\n\n${text}\n`
}

function index() {
  const rows = [
    ...areas.map(([name, title, about]) => `| [${title}](${name}.md) | ${about} |`),
    ...entries.map(([name, title, about]) => `| [\`${title}\`](${name}.md) | ${about} |`),
  ]
  return `# API

Every name that the package exports. Instants are \`Date\`s, or text with a time zone; a date alone is midnight UTC. What is
thrown is an \`FstoreError\` with one of the [codes](../errors.md), unless it says otherwise. Made by \`npm run docs\`.

| page | what is there |
| --- | --- |
${rows.join('\n')}
`
}
