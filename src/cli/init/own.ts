/** A project over a table: written, told of, and its table opened to fstore. */
import { relative } from 'node:path'
import { type ExitCode, exit } from '../../errors.js'
import { visible } from '../format.js'
import { tell } from '../outcome.js'
import { printError, printJson, printResult, printWarning } from '../output.js'
import { type Granting, tryGranting } from './grant.js'
import { enterSteps, fstoreOf, ownSteps } from './next.js'
import { ownProject } from './own-project.js'
import { placeFiles, planFiles } from './project-files.js'
import { findTable, propose } from './proposal.js'
import { placeOf, printNext, printSame } from './report.js'
import { sameCommand } from './same-command.js'
import type { Scope } from './scope.js'
import { withScripts } from './scripts.js'
import type { Source } from './source.js'

/** @returns how it went: files are there in any case */
export async function initOwn(
  { directory, answers, around, isAsked, json }: Scope,
  { db, tables }: Source,
): Promise<ExitCode> {
  const table = findTable(tables, answers.from ?? '')
  const proposal = propose(table, answers)
  const project = await ownProject(db, around, proposal, answers)
  const plan = await planFiles(around.directory, project.files)
  const scripts = answers.scripts ? await withScripts(around.directory) : []
  const command = sameCommand(directory, answers, proposal)
  if (isAsked) printSame(command)
  await placeFiles({ ...plan, change: [...plan.change, ...scripts] })

  const folder = relative(process.cwd(), around.directory)
  const files = [...plan.create, ...plan.change, ...scripts].map(({ name }) => name).sort()
  const [name, source] = [project.group.name, visible(table.sql)]
  const over = `the group ${name} over ${source}`
  if (!json && files.length === 0) printResult(`The files of ${over} are in ${placeOf(folder)} already.`)
  else if (!json) printResult(`Wrote ${over} to ${placeOf(folder)}: ${files.join(', ')}.`)

  const granting: Granting = answers.grant ? await tryGranting(db, table, project.schema) : { grants: table.grants }
  const { grants, error } = granting
  if (error) tell({ kind: 'error', error })
  const steps = [...enterSteps(folder, around), ...ownSteps(project, fstoreOf(around, process.env), grants)]
  if (json) {
    const { time, key, tenant } = proposal
    printJson({
      directory: around.directory,
      from: table.sql,
      group: name,
      entity: project.group.entity,
      key: key.map((column) => column.name),
      time: time.name,
      ...(tenant && { tenantColumn: tenant.name }),
      files,
      grants,
      ...(error && { error }),
      warnings: project.warnings,
      command,
      sql: project.group.sql,
      next: steps.map((step) => step.command),
    })
    if (error) printError(error)
    return error?.exitCode ?? exit.done
  }
  if (answers.grant && grants.length === 0) printResult(`fstore may read ${source}.`)
  for (const { message, fix } of project.warnings) printWarning(`${message} ${fix}`)
  if (error) printError(error)
  else if (answers.grant && grants.length > 0)
    printWarning(`You may not let fstore read ${source}; its owner may: ${grants.join(' ')}`)
  printNext(steps)
  return error?.exitCode ?? exit.done
}
