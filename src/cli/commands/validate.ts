import { exit } from '../../errors.js'
import type { Validation } from '../../plan/validate.js'
import { count } from '../format.js'
import type { Globals } from '../globals.js'
import { withStore } from '../open.js'
import { tell } from '../outcome.js'
import { colors, formatError, printJson, printResult } from '../output.js'

export async function run(options: Globals): Promise<number> {
  return withStore(options, async ({ store }) => {
    const validation = await store.validate()
    tell({ kind: 'validate', validation })
    if (options.json) printJson({ ...validation })
    else print(validation)
    if (validation.errors > 0) return exit.usage
    return validation.warnings > 0 ? exit.findings : exit.done
  })
}

export function print({ groups, datasets, errors, warnings, findings }: Validation): void {
  const c = colors(process.stdout)
  const paint = { error: c.red, warning: c.yellow, note: c.dim }
  for (const found of findings)
    printResult(formatError(found, c, paint[found.severity](`${found.severity} ${found.code}`)))
  const notes = findings.length - errors - warnings
  const parts = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
    ...(notes > 0 ? [count(notes, 'note')] : []),
  ]
  printResult(`${count(groups, 'group')}, ${count(datasets, 'dataset')}: ${parts.join(', ') || 'nothing wrong'}.`)
}
