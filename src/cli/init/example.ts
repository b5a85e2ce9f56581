/** A project from a template: written, filled, and told of. */
import { relative } from 'node:path'
import { count } from '../format.js'
import { printJson, printNote, printResult } from '../output.js'
import { runInit } from './example-project.js'
import { enterSteps, fstoreOf, templateSteps } from './next.js'
import { placeOf, printNext, printSame } from './report.js'
import { sameCommand } from './same-command.js'
import type { Scope } from './scope.js'

export async function initExample({ directory, answers, around, isAsked, json }: Scope): Promise<void> {
  const { template = 'minimal', load, scripts } = answers
  if (isAsked) printSame(sameCommand(directory, { ...answers, template }))
  const result = await runInit({ directory: around.directory, template, load: load ?? true, scripts: scripts ?? false })
  const folder = relative(process.cwd(), result.directory)
  const steps = [...enterSteps(folder, around), ...templateSteps(template, fstoreOf(around, process.env), load ?? true)]
  if (json) {
    printJson({ ...result, next: steps.map(({ command }) => command) })
    return
  }
  const { files } = result
  if (files.length === 0) printResult(`The files of the template ${template} are in ${placeOf(folder)} already.`)
  else printResult(`Wrote ${count(files.length, 'file')} of the template ${template} to ${placeOf(folder)}.`)
  for (const { table, rows } of result.loaded) printResult(`Loaded ${count(rows, 'row')} into ${table}.`)
  if (result.skipped !== undefined) printNote(`No data loaded: ${result.skipped}.`)
  printNext(steps)
}
