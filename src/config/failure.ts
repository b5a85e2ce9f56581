import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { catalogue, type ErrorCode, FstoreError, type Place } from '../errors.js'
import { didYouMean } from './did-you-mean.js'
import { isUserFile } from './package.js'

/** What went wrong while a config was loaded: in words, at a place in the user's file, without a stack trace. */
export async function explainFailure(error: unknown, file: string): Promise<FstoreError> {
  // By its members: an error of another realm is no instance of this one's Error.
  const { code, name = 'Error', message = '', stack = '' } = (error ?? {}) as Partial<Error> & { code?: unknown }
  if (isFstoreError(error)) return await relocated(error, stack)
  const syntax = syntaxError(message, stack)
  if (syntax) {
    const where = await withText(syntax.place)
    return new FstoreError('CONFIG_SYNTAX', sentence(`The config is not valid TypeScript: ${syntax.message}`), {
      where,
    })
  }
  if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') return await missingModule(message, file)
  const where = await withText(placeIn(stack) ?? { file })
  const text = imported(message)
  const reason = stack === '' ? String(error) : name === 'Error' ? text : `${name}: ${text}`
  return new FstoreError('CONFIG_FAILED', sentence(`The config threw: ${withoutPasswords(reason)}`), {
    where,
    fix: await importFix(message),
  })
}

/** Also an error of another copy of this package. */
function isFstoreError(error: unknown): error is FstoreError {
  if (error instanceof FstoreError) return true
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown }
  return name === 'FstoreError' && typeof code === 'string' && Object.hasOwn(catalogue, code)
}

async function relocated(error: FstoreError, stack: string): Promise<FstoreError> {
  const place = error.where ?? placeIn(stack)
  const { why, fix, problems } = error
  const where = place && (await withText(place))
  return new FstoreError(error.code as ErrorCode, error.message, { where, why, fix, problems })
}

/** As the compiler tells it (its columns begin at 0), or as Node does for a module it loads itself. */
function syntaxError(message: string, stack: string): { message: string; place: Place } | undefined {
  const compiled = /^ParseError: (.*?)\s*\n\s*(\S.*?):(\d+):(\d+)$/s.exec(message)
  if (compiled) {
    const [, text = '', file = '', line, column] = compiled
    return { message: text, place: { file, line: Number(line), column: Number(column) + 1 } }
  }
  const native = /^(file:\/\/\S+|\/[^\n:]+):(\d+)\n[\s\S]*^SyntaxError: (.*)$/m.exec(stack)
  if (!native) return undefined
  const [, file = '', line, text = ''] = native
  return { message: text, place: { file: toPath(file), line: Number(line) } }
}

async function missingModule(message: string, file: string): Promise<FstoreError> {
  const [, module = 'a module'] = /Cannot find (?:module|package) '([^']+)'/.exec(message) ?? []
  const [, importer = file] = /(?:Require stack:\n- | imported from )(.+)/.exec(message) ?? []
  const local = module.startsWith('.') || module.startsWith('/')
  const where = await placeOf(module, toPath(importer))
  return new FstoreError('CONFIG_FAILED', `The config imports "${module}", which is not there.`, {
    where,
    fix: local
      ? `Check the path; it is relative to ${relative(process.cwd(), where.file)}.`
      : `Run \`npm install ${module}\`.`,
  })
}

async function placeOf(module: string, file: string): Promise<Place> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n')
  // Node names the resolved path of a missing file, its importer only the end of it.
  const name = module.startsWith('/') ? (module.split('/').pop() ?? module) : module
  const index = lines.findIndex((line) => line.includes(name))
  const text = lines[index]
  return text === undefined ? { file } : { file, line: index + 1, column: text.indexOf(name) + 1, text }
}

/** The topmost line of the stack in a file of the user's. Its column is the compiled code's, so it is left out. */
function placeIn(stack: string): Place | undefined {
  for (const line of stack.split('\n')) {
    const [, path, number] = /^\s+at (?:.*\()?((?:file:\/\/)?\/.*|[A-Za-z]:\\.*):(\d+):\d+\)?$/.exec(line) ?? []
    if (path !== undefined && isUserFile(toPath(path))) return { file: toPath(path), line: Number(number) }
  }
  return undefined
}

async function withText(place: Place): Promise<Place> {
  if (place.line === undefined || place.text !== undefined) return place
  const lines = (await readFile(place.file, 'utf8').catch(() => '')).split(/\r?\n/)
  const text = lines[place.line - 1]
  return text === undefined ? place : { ...place, text: withoutPasswords(text) }
}

function toPath(path: string): string {
  return path.startsWith('file://') ? fileURLToPath(path) : path
}

/** `(0, _module.name) is not a function`: what a compiled import of a name that is not exported says. */
async function importFix(message: string): Promise<string | undefined> {
  const [, name] = /\(0\s*,\s*\w+\.(\w+)\) is not a function/.exec(message) ?? []
  if (name === undefined) return undefined
  const hint = didYouMean(name, Object.keys(await import('../index.js')))
  return hint || `Check that the module exports "${name}".`
}

/** The name as it is written in the source. */
function imported(message: string): string {
  return message.replaceAll(/\(0\s*,\s*\w+\.(\w+)\)/g, '$1')
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

function withoutPasswords(text: string): string {
  return text.replaceAll(/(:\/\/[^\s:@/]*):[^\s@/]+@/g, '$1:***@')
}
