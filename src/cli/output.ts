/** What a person or a program sees: results on stdout, everything else on stderr. */
import { relative } from 'node:path'
import pc from 'picocolors'
import type { FstoreError, Place } from '../errors.js'
import { visible } from './format.js'
import { isScreen, screenWidth } from './screen.js'
import { wrapped } from './width.js'

type Stream = NodeJS.WriteStream

/** NO_COLOR and FORCE_COLOR go before what the stream is. */
export function colors(stream: Stream): ReturnType<typeof pc.createColors> {
  const { NO_COLOR, FORCE_COLOR } = process.env
  if (NO_COLOR !== undefined && NO_COLOR !== '') return pc.createColors(false)
  if (FORCE_COLOR !== undefined) return pc.createColors(FORCE_COLOR !== '0' && FORCE_COLOR !== 'false')
  return pc.createColors(stream.isTTY === true && process.env.TERM !== 'dumb')
}

/** A person is there to watch. */
export function isInteractive(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true && !process.env.CI
}

export function printResult(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** What goes with a table: above or below it on a screen, on stderr where the table is for a program. */
export function printAside(text: string): void {
  if (isScreen()) printResult(text)
  else if (text !== '') printNote(text)
}

/** A line of prose, on a screen as lines that end between words. */
export function printProse(text: string): void {
  const indent = `${/^ */.exec(text)?.[0]}  `
  printResult(isScreen() ? wrapped(text, screenWidth(), indent).join('\n') : text)
}

export function printJson(document: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify({ schemaVersion: 1, ...document }, plain)}\n`)
}

/** JSON for what JSON lacks: integers beyond 2^53, NaN and the infinities, vectors, errors. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (value instanceof Float32Array) return Array.from(value)
  return value
}

let draw: ((text: string) => void) | undefined

/** Whoever draws on stderr says there what others have to say meanwhile; undefined gives stderr back. */
export function noteThrough(drawer: ((text: string) => void) | undefined): void {
  draw = drawer
}

export function printNote(text: string): void {
  if (draw === undefined) process.stderr.write(`${text}\n`)
  else draw(text)
}

export function printWarning(text: string): void {
  printNote(`${colors(process.stderr).yellow('warning')} ${plainText(text)}`)
}

/** On stderr for people; with `--json` also as the document on stdout. */
export function printError(error: FstoreError, json = false): void {
  if (json) printJson({ error: error.toJSON() })
  printNote(formatError(error, colors(process.stderr)))
}

/** Anything that is told like an error. */
type Told = Pick<FstoreError, 'message' | 'code'> & Partial<Pick<FstoreError, 'where' | 'why' | 'fix' | 'problems'>>

export function formatError(
  error: Omit<Told, 'code'> & { readonly code: string },
  c: ReturnType<typeof pc.createColors>,
  label = c.red(`error ${error.code}`),
): string {
  const lines = [`${label}  ${plainText(error.message)}`]
  if (error.where !== undefined) lines.push(...formatPlace(error.where, c))
  for (const { path, message, fix } of error.problems ?? [])
    lines.push(
      `  ${c.bold(plainText(path))}: ${plainText(message)}`,
      ...(fix === undefined ? [] : [`    ${c.dim('fix')}  ${plainText(fix)}`]),
    )
  if (error.why !== undefined) lines.push(`  ${c.dim('why')}  ${indent(error.why)}`)
  if (error.fix !== undefined) lines.push(`  ${c.dim('fix')}  ${indent(error.fix)}`)
  return lines.join('\n')
}

/** A message of several lines stays one; what else a terminal would obey may come from a row, and is shown. */
export function plainText(text: string): string {
  return text.split('\n').map(visible).join('\n')
}

function indent(text: string): string {
  return plainText(text).replaceAll('\n', '\n       ')
}

function formatPlace({ file, line, column, text }: Place, c: ReturnType<typeof pc.createColors>): string[] {
  const path = file.startsWith('/') ? relative(process.cwd(), file) : file
  const shown = path.startsWith('../../') ? file : path
  const at = [shown, line, column].filter((part) => part !== undefined).join(':')
  const lines = [`  ${c.dim('at')}   ${c.cyan(at)}`]
  if (text === undefined || line === undefined) return lines
  const gutter = String(line).padStart(5)
  // SQL within a config stands far to the right.
  const margin = Math.min(/^\s*/.exec(text)?.[0].length ?? 0, (column ?? Number.POSITIVE_INFINITY) - 1)
  lines.push(`${c.dim(`${gutter} |`)} ${text.slice(margin)}`)
  // Tabs stay tabs, so that the caret stands under its character.
  if (column !== undefined)
    lines.push(`${c.dim('      |')} ${text.slice(margin, column - 1).replace(/[^\t]/g, ' ')}${c.red('^')}`)
  return lines
}
