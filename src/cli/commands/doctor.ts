import { relative } from 'node:path'
import { type Check, failure, ok } from '../../doctor/check.js'
import { checkMachine } from '../../doctor/machine.js'
import { exit } from '../../errors.js'
import { count } from '../format.js'
import type { Globals } from '../globals.js'
import { glyph, signed } from '../glyph.js'
import { withStore } from '../open.js'
import { colors, printAside, printJson, printResult } from '../output.js'
import { isScreen, screenWidth } from '../screen.js'
import { printTable } from '../table.js'
import { wrapped } from '../width.js'

export async function run(options: Globals): Promise<number> {
  const checks = [...checkMachine(), ...(await checkProject(options))]
  if (options.json) printJson({ checks })
  else print(checks)
  return checks.some(({ state }) => state === 'failed') ? exit.findings : exit.done
}

/** What can be found out of a project; where its config cannot be read, that is what was found. */
async function checkProject(options: Globals): Promise<Check[]> {
  const config = (found: ReturnType<typeof ok>): Check => ({ area: 'config', name: 'config', ...found })
  try {
    return await withStore(options, async ({ loaded, store }) => {
      const { project, file } = loaded
      const groups = count(project.groups.length + project.onDemand.length, 'group')
      const words = `${relative(process.cwd(), file)}: ${groups} of project "${project.name}"`
      return [config(ok(words)), ...(await store.doctor())]
    })
  } catch (error) {
    return [config(failure(error))]
  }
}

function print(checks: readonly Check[]): void {
  if (isScreen()) draw(checks)
  else printTable({ columns: [], rows: checks, fields })
  const bad = checks.filter(({ state }) => state === 'failed').length
  const odd = checks.filter(({ state }) => state === 'warning').length
  const closing = bad === 0 && odd === 0 ? 'Nothing is wrong.' : `${bad} failed, ${count(odd, 'warning')}.`
  printAside(`${isScreen() ? '\n' : ''}${closing}`)
}

const fields = {
  area: ({ area }: Check) => area,
  check: ({ name }: Check) => name,
  state: ({ state }: Check) => state,
  message: ({ message }: Check) => message,
  fix: ({ fix }: Check) => fix,
}

const signs = { ok: glyph.good, warning: glyph.odd, failed: glyph.bad }

function draw(checks: readonly Check[]): void {
  const c = colors(process.stdout)
  const indent = Math.max(...checks.map(({ name }) => name.length)) + 6
  const block = (text: string) => wrapped(text, screenWidth() - indent).join(`\n${' '.repeat(indent)}`)
  let area = ''
  for (const check of checks) {
    if (check.area !== area) printResult(`${area === '' ? '' : '\n'}${c.bold(check.area)}`)
    area = check.area
    printResult(`  ${signed(signs[check.state], c)} ${check.name.padEnd(indent - 4)}${block(check.message)}`)
    if (check.fix !== undefined) printResult(`${' '.repeat(indent)}${c.dim('fix')} ${block(check.fix)}`)
  }
}
