/** GitHub Actions: errors beside the lines they are about, and a section on the page of the job. */
import { appendFileSync, statSync } from 'node:fs'
import { errorCode } from '../../db/error-code.js'
import { listen, type Outcome } from '../outcome.js'
import { printNote } from '../output.js'
import { maskOf } from '../runs/command-line.js'
import { type Annotated, annotation } from './annotation.js'
import { summaryOf } from './summary.js'

/** What GitHub takes of a step, in bytes; a step that has more shows nothing at all. */
const most = 1_000_000

export function reportToGithub(command: string): void {
  const { GITHUB_ACTIONS, GITHUB_STEP_SUMMARY: file, GITHUB_WORKSPACE } = process.env
  // An error's text has no secret in it; this is for one that a config wrote there.
  const mask = maskOf(
    process.env,
    [process.env.DATABASE_URL, process.env.REDIS_URL].filter((url) => url !== undefined),
  )
  listen((outcome) => {
    if (GITHUB_ACTIONS === 'true')
      for (const one of annotationsOf(outcome)) printNote(mask(annotation(one, GITHUB_WORKSPACE || process.cwd())))
    const section = file ? summaryOf(command, outcome) : undefined
    if (file && section !== undefined) append(file, `${mask(section)}\n\n`)
  })
}

function append(file: string, text: string): void {
  try {
    const before = statSync(file, { throwIfNoEntry: false })?.size ?? 0
    const short =
      before + Buffer.byteLength(text) > most ? 'The summary is too long to be shown; see the log.\n\n' : text
    if (before + short.length <= most) appendFileSync(file, short)
  } catch (error) {
    printNote(`The summary of this step could not be written (${errorCode(error) ?? error}).`)
  }
}

function annotationsOf(outcome: Outcome): Annotated[] {
  switch (outcome.kind) {
    case 'error':
      return ofThrown(outcome.error)
    case 'build': {
      const { groups, tenants, onlineError } = outcome.result
      const all = (tenants?.flatMap((one) => one.groups) ?? groups).map(({ error }) => error)
      return [...all, onlineError].filter((error) => error !== undefined).map(ofError)
    }
    case 'validate':
      return outcome.validation.findings.flatMap(({ severity, ...found }) =>
        severity === 'note' ? [] : [{ ...found, level: severity }],
      )
    case 'test':
      return outcome.fixtures.flatMap((one): Annotated[] => {
        const where = { file: one.file }
        if ('error' in one) return [{ ...ofError(one.error), where: one.error.where ?? where }]
        const lines = one.differences.map(
          ({ key, feature, expected, found }) =>
            `${key} ${feature}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(found)}`,
        )
        return lines.length === 0 ? [] : [{ level: 'error', code: 'fstore test', message: lines.join('\n'), where }]
      })
    default:
      return []
  }
}

type Failure = Extract<Outcome, { kind: 'error' }>['error']

/** Each of several mistakes is one of its own. */
function ofThrown(error: Failure): Annotated[] {
  return error.problems.length === 0 ? [ofError(error)] : error.problems.map((one) => ofProblem(error, one))
}

function ofError({ code, message, where, why, fix }: Failure): Annotated {
  return { level: 'error', code, message, where, why, fix }
}

function ofProblem({ code, where }: Failure, { path, message, fix }: Failure['problems'][number]): Annotated {
  return { level: 'error', code, message: `${path}: ${message}`, where, fix }
}
