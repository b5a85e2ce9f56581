import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { findGroup } from '../../config/reference.js'
import { exit, FstoreError } from '../../errors.js'
import { readFixture } from '../../testing/fixture.js'
import { recordFixture } from '../../testing/record.js'
import { type FixtureResult, runFixture } from '../../testing/run-fixture.js'
import { count, visible } from '../format.js'
import type { Globals } from '../globals.js'
import { parseKeys } from '../keys.js'
import { withStore } from '../open.js'
import { tell } from '../outcome.js'
import { colors, formatError, printJson, printResult } from '../output.js'

interface TestOptions extends Globals {
  readonly record?: string
  readonly at?: string
  readonly output?: string
}

type Outcome = FixtureResult | { readonly file: string; readonly error: FstoreError }

export async function run(words: readonly string[], options: TestOptions): Promise<number> {
  return options.record === undefined ? test(words, options) : record(options.record, words, options)
}

async function test(files: readonly string[], options: TestOptions): Promise<number> {
  return withStore(options, async ({ loaded }) => {
    const found = files.length > 0 ? files : await fixturesOf(loaded.root)
    if (found.length === 0)
      throw new FstoreError('USAGE', `There is no fixture in ${relative(process.cwd(), join(loaded.root, 'tests'))}.`, {
        fix: 'Have one written from what the store has: fstore test --record GROUP KEY.',
      })
    const outcomes: Outcome[] = []
    for (const file of found) {
      const outcome = await outcomeOf(file, loaded)
      outcomes.push(outcome)
      if (!options.json) printOutcome(outcome)
    }
    tell({ kind: 'test', fixtures: outcomes })
    const failed = outcomes.filter((outcome) => !passed(outcome)).length
    if (options.json) printJson({ passed: found.length - failed, failed, fixtures: outcomes.map(document) })
    else printResult(`\n${found.length - failed} passed, ${failed} failed.`)
    return failed === 0 ? exit.done : exit.findings
  })
}

async function fixturesOf(root: string): Promise<string[]> {
  const names = await readdir(join(root, 'tests')).catch(() => [])
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(root, 'tests', name))
}

type Loaded = Parameters<Parameters<typeof withStore>[1]>[0]['loaded']

async function outcomeOf(file: string, { project, root, files }: Loaded): Promise<Outcome> {
  try {
    return await runFixture({ project, root, files }, await readFixture(file, project), file)
  } catch (error) {
    if (error instanceof FstoreError) return { file, error }
    throw error
  }
}

function passed(outcome: Outcome): boolean {
  return !('error' in outcome) && outcome.differences.length === 0
}

function document(outcome: Outcome): Record<string, unknown> {
  const file = relative(process.cwd(), outcome.file)
  return 'error' in outcome ? { file, error: outcome.error.toJSON() } : { ...outcome, file }
}

function printOutcome(outcome: Outcome): void {
  const c = colors(process.stdout)
  const name = basename(outcome.file, '.json')
  printResult(`${passed(outcome) ? c.green('✓') : c.red('✗')} ${name}`)
  if ('error' in outcome) {
    printResult(formatError(outcome.error, c).replace(/^/gm, '  '))
    return
  }
  for (const { key, feature, expected, found } of outcome.differences)
    printResult(`    ${visible(key)}  ${feature}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(found)}`)
  if (!passed(outcome))
    for (const reason of outcome.rejected) printResult(`    ${c.dim('rejected')}  ${visible(reason)}`)
}

async function record(name: string, words: readonly string[], options: TestOptions): Promise<number> {
  return withStore(options, async ({ loaded, store }) => {
    const { project, root, files } = loaded
    const group = findGroup(project, name)
    const [key, ...others] = parseKeys(project, words, group.entity.name).keys
    if (key === undefined || others.length > 0)
      throw new FstoreError('USAGE', 'A fixture is recorded of one entity.', { fix: 'Name one key.' })
    const fixture = await recordFixture({ project, root, files, store }, { group: name, key, at: options.at })
    const file = options.output ?? join(root, 'tests', `${[name, ...Object.values(key)].map(fileName).join('-')}.json`)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, `${JSON.stringify(fixture, null, 2)}\n`, { flag: 'wx' }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
        throw new FstoreError('OUTPUT_FAILED', `${relative(process.cwd(), file)} is there already.`, {
          fix: 'Remove it, or name another with --output.',
        })
      },
    )
    const rows = Object.values(fixture.tables).reduce((sum, table) => sum + table.rows.length, 0)
    const summary = `${relative(process.cwd(), file)}: ${count(rows, 'row')} of ${Object.keys(fixture.tables).join(', ')}`
    if (options.json) printJson({ file, fixture })
    else printResult(summary)
    return exit.done
  })
}

function fileName(text: string): string {
  return text.replace(/[^\w.-]+/g, '_')
}
