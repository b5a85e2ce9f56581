import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { FstoreError } from '../errors.js'
import { didYouMean } from './did-you-mean.js'
import type { SqlSource } from './project.js'

/** SQL with the place it was written at, so that an error can show the user's own line. */
export interface SqlText {
  readonly text: string
  /** Absolute. Absent where inline SQL was not found in any of the config's files. */
  readonly file?: string
  /** Line and column of the text's first character, from 1. */
  readonly line: number
  readonly column: number
}

/**
 * Reads SQL: a file of `sqlFile()`, or inline text, which is looked for in the config's files to know its line.
 *
 * @param options `root` is the config's folder; `configFile` and `files` are where inline SQL may be.
 * @throws FstoreError SQL_FILE_MISSING
 */
export async function readSql(options: {
  readonly source: SqlSource
  readonly root: string
  readonly configFile?: string | undefined
  readonly files?: readonly string[] | undefined
}): Promise<SqlText> {
  const { source, root, configFile, files = [] } = options
  if ('text' in source) return await locate(source.text, configFile === undefined ? files : [configFile, ...files])
  const file = resolve(root, source.file)
  try {
    return { text: (await readFile(file, 'utf8')).replace(/^\uFEFF/, ''), file, line: 1, column: 1 }
  } catch (cause) {
    throw await missingFile({ path: source.file, file, cause })
  }
}

async function locate(text: string, files: readonly string[]): Promise<SqlText> {
  for (const file of new Set(files)) {
    // A template literal has \n wherever its file has \r\n.
    const content = (await readFile(file, 'utf8').catch(() => '')).replaceAll('\r\n', '\n')
    const before = content.indexOf(text)
    if (before < 0) continue
    const lines = content.slice(0, before).split('\n')
    return { text, file, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }
  }
  return { text, line: 1, column: 1 }
}

async function missingFile(options: { path: string; file: string; cause: unknown }): Promise<FstoreError> {
  const { path, file, cause } = options
  const folder = dirname(file)
  const neighbours = await readdir(folder).catch(() => undefined)
  const { code } = cause as { code?: string }
  if (code !== 'ENOENT' && code !== 'ENOTDIR') {
    return new FstoreError('SQL_FILE_MISSING', `sqlFile('${path}') cannot be read: ${code}.`, { where: { file } })
  }
  const hint = didYouMean(basename(file), neighbours ?? [])
  const near = hint.replace(/"(.*)"/, (_, name: string) => `"${join(dirname(path), name)}"`)
  return new FstoreError('SQL_FILE_MISSING', `sqlFile('${path}'): there is no such file.`, {
    where: { file },
    ...(neighbours === undefined && { why: `There is no folder ${folder}.` }),
    fix: near || "Paths are relative to the config's folder.",
  })
}
