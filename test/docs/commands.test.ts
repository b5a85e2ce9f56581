/**
 * The commands of every page run, in their order, in a project of the page's own, and print what the page shows.
 *
 * FSTORE_DOCS=write puts what they print now into the pages.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Fstore, type Project } from '../cli/fstore.js'
import { repository } from '../compiled.js'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'
import { type OwnRedis, startOwnRedis } from '../servers/own.js'
import { projectOf } from './blocks.js'
import { type Command, commandsOf, type Printed, printedBy, scriptOf, shownBy, shows } from './commands.js'
import { type Page, savePage, writtenPages } from './pages.js'

const pages = (await writtenPages()).filter((page) => commandsOf(page).length > 0)
const writes = process.env.FSTORE_DOCS === 'write'

let fstore: Fstore
let redis: OwnRedis
let results: string
/** Built projects by the template, each with its database. */
const built = new Map<string, { project: Project; database: OwnDatabase }>()
const databases: OwnDatabase[] = []

beforeAll(async () => {
  fstore = await Fstore.compile()
  redis = await startOwnRedis()
  results = await mkdtemp(join(tmpdir(), 'fstore-docs-'))
}, 60_000)
afterAll(async () => {
  await redis.stop()
  await fstore.remove()
  await rm(results, { recursive: true, force: true })
  for (const database of databases) await database.drop()
})

test.each(pages.map((page) => [page.name, page] as const))(
  '%s',
  async (name, page) => {
    const commands = commandsOf(page)
    const folder = join(results, name.replaceAll('/', '-'))
    await mkdir(folder)
    const { project, database, env } = await projectFor(page)
    const { stderr } = await project.bash(scriptOf(commands, folder, fstore.binary), { env })
    const printed = await Promise.all(commands.map((_, i) => printedBy(folder, i)))
    // Building the flights takes longest, and the README has just done it.
    if (name === 'README.md' && database)
      built.set('flights', {
        project: await fstore.directory(join(name.replaceAll(/[/.]/g, '-'), 'flights')),
        database,
      })
    const differences = commands.flatMap((command, i) => differenceOf(page, command, printed[i]) ?? [])
    if (writes) await savePage(page, rewritten(page, commands, printed))
    expect(differences.length === 0 ? '' : [...differences, stderr].join('\n\n')).toBe('')
  },
  300_000,
)

/** A copy of a built project, or an empty folder; on a database of its own but for pages about the embedded one. */
async function projectFor(
  page: Page,
): Promise<{ project: Project; database?: OwnDatabase; env: Record<string, string> }> {
  const from = projectOf(page.text) ?? /^templates\/(\w+)/.exec(page.name)?.[1]
  if (from === undefined) throw new Error(`${page.name}: where do its commands run? <!-- runs in: flights -->`)
  const name = page.name.replaceAll(/[/.]/g, '-')
  const env = await environmentOf(page)
  if (from === 'nothing, embedded') return { project: await fstore.directory(name), env }
  if (from === 'nothing') {
    const database = await track(createDatabase())
    return { project: await fstore.directory(name), database, env: { ...env, DATABASE_URL: database.ownerUrl } }
  }
  const { project, database } = await builtProject(from)
  const copy = await track(database.copy())
  return { project: await project.copy(name), env: { ...env, DATABASE_URL: copy.ownerUrl } }
}

/** What a page may take up in its course, by `runs as` and `set up`: servers, a free port, packages of npm. */
async function environmentOf(page: Page): Promise<Record<string, string>> {
  const wants = (name: string) => page.text.includes(`$${name}`)
  return {
    // Pages show what a terminal shows.
    FSTORE_FORCE_TTY: '120',
    LANG: 'C.UTF-8',
    FSTORE_DOCS_MODULES: join(repository, 'node_modules'),
    FSTORE_DOCS_PORT: String(await freePort()),
    FSTORE_DOCS_REDIS_URL: `${redis.url}/${pages.indexOf(page) % 16}`,
    ...(wants('FSTORE_DOCS_DATABASE_URL')
      ? { FSTORE_DOCS_DATABASE_URL: (await track(createDatabase())).ownerUrl }
      : {}),
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function track(made: Promise<OwnDatabase>): Promise<OwnDatabase> {
  const database = await made
  databases.push(database)
  return database
}

async function builtProject(template: string) {
  const known = built.get(template)
  if (known !== undefined) return known
  const [project, database] = [await fstore.directory(`built-${template}`), await track(createDatabase())]
  const env = { DATABASE_URL: database.ownerUrl }
  for (const args of [['init', '.', '--template', template, '--yes'], ['build']]) {
    const { code, stderr } = await project.run(args, { env })
    if (code !== 0) throw new Error(stderr)
  }
  built.set(template, { project, database })
  return { project, database }
}

function differenceOf(page: Page, { block, line, shell, shows: sample }: Command, printed?: Printed) {
  const what = `${page.name}:${line}: ${shell.trim().split('\n')[0]}`
  if (printed === undefined) return `${what}\n  was never come to`
  const code = Number(block.says.exits ?? 0)
  if (printed.code !== code) return `${what}\n  exit ${printed.code}, not ${code}:\n${printed.stdout}${printed.stderr}`
  const text = shownBy(printed)
  if (sample === undefined || shows(sample, text) || (writes && !sample.includes('…'))) return undefined
  return `${what}\n  shows\n${sample.trimEnd()}\n  printed\n${text.trimEnd()}`
}

/** The page with what is printed now; samples that leave something out with `…` are people's to change. */
function rewritten(page: Page, commands: readonly Command[], printed: readonly (Printed | undefined)[]): string {
  const lines = page.text.split('\n')
  // From the end, so that the places of those before stay.
  for (const [i, { block, line, shell, shows: sample }] of [...commands.entries()].reverse()) {
    const result = printed[i]
    if (sample === undefined || sample.includes('…') || result?.code !== Number(block.says.exits ?? 0)) continue
    const now = shownBy(result)
    if (shows(sample, now)) continue
    const blank = commands[i + 1]?.block === block && now !== '' ? [''] : []
    const shown = now.trimEnd() === '' ? [] : now.trimEnd().split('\n')
    lines.splice(line - 1 + shell.split('\n').length, sample.split('\n').length - 1, ...shown, ...blank)
  }
  return lines.join('\n')
}
