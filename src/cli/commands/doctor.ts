import { relative } from 'node:path'
import { type Check, failure, ok } from '../../doctor/check.js'
import { checkMachine } from '../../doctor/machine.js'
import { exit } from '../../errors.js'
import { count } from '../format.js'
import type { Globals } from '../globals.js'
import { withStore } from '../open.js'
import { colors, printJson, printResult } from '../output.js'

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
      const words = `${relative(process.cwd(), file)}: ${count(project.groups.length, 'group')} of project "${project.name}"`
      return [config(ok(words)), ...(await store.doctor())]
    })
  } catch (error) {
    return [config(failure(error))]
  }
}

function print(checks: readonly Check[]): void {
  const c = colors(process.stdout)
  const glyphs = { ok: c.green('✓'), warning: c.yellow('!'), failed: c.red('✗') }
  const width = Math.max(...checks.map(({ name }) => name.length))
  let area = ''
  for (const check of checks) {
    if (check.area !== area) printResult(`${area === '' ? '' : '\n'}${c.bold(check.area)}`)
    area = check.area
    printResult(`  ${glyphs[check.state]} ${check.name.padEnd(width)}  ${check.message}`)
    if (check.fix !== undefined) printResult(`    ${' '.repeat(width)}  ${c.dim('fix')} ${check.fix}`)
  }
  const bad = checks.filter(({ state }) => state === 'failed').length
  const odd = checks.filter(({ state }) => state === 'warning').length
  const closing = bad === 0 && odd === 0 ? 'Nothing is wrong.' : `${bad} failed, ${count(odd, 'warning')}.`
  printResult(`\n${closing}`)
}
