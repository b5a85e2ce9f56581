/** Files that init writes: all of them, or none. */
import { constants } from 'node:fs'
import { copyFile, link, mkdir, mkdtemp, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { configNames } from '../../config/find.js'
import { FstoreError } from '../../errors.js'

export interface NewFile {
  /** Relative to the project's folder, with `/`. */
  readonly name: string
  readonly content: Buffer | string
}

/** What is to be done to a folder. */
export interface FilePlan {
  readonly directory: string
  /** Files that are not there yet. */
  readonly create: readonly NewFile[]
  /** Files of the user's own, each with all that it holds afterwards. */
  readonly change: readonly NewFile[]
}

/**
 * Looks at everything before anything is written. A file that is there with the same content is left alone.
 *
 * @throws FstoreError DIRECTORY_NOT_EMPTY with every file that is there and differs, or is another config
 */
export async function planFiles(directory: string, files: readonly NewFile[]): Promise<FilePlan> {
  const create: NewFile[] = []
  const change: NewFile[] = []
  const inTheWay = await otherConfigs(directory, files)
  for (const file of files) {
    const there = await existing(join(directory, file.name))
    if (there === undefined) create.push(file)
    else if (file.name === '.gitignore' && there !== 'not a file') change.push(...ignoring(there.toString(), file.name))
    else if (there === 'not a file' || !there.equals(Buffer.from(file.content))) inTheWay.push(file.name)
  }
  if (inTheWay.length > 0) throw notEmpty(directory, inTheWay)
  return { directory, create, change }
}

/** featurestore.config.mjs would be passed over once there is a featurestore.config.ts. */
async function otherConfigs(directory: string, files: readonly NewFile[]): Promise<string[]> {
  const own = files.map(({ name }) => name)
  const others = configNames.filter((name) => !own.includes(name))
  const there = await Promise.all(others.map((name) => existing(join(directory, name))))
  return others.filter((_, i) => there[i] !== undefined)
}

/** The user's .gitignore with `.fstore/` in it, where it has not. */
function ignoring(text: string, name: string): NewFile[] {
  if (/^\s*(\*\*\/|\/)?\.fstore\/?\s*$/m.test(text)) return []
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  const before = text === '' || text.endsWith('\n') ? text : `${text}${newline}`
  return [{ name, content: `${before}.fstore/${newline}` }]
}

/**
 * Writes into a folder beside the files first, then gives each its name at once; where one cannot have it, none has.
 * A file that appeared since it was looked for is not written over either.
 */
export async function placeFiles({ directory, create, change }: FilePlan): Promise<void> {
  if (create.length + change.length === 0) return
  const made = await mkdir(directory, { recursive: true })
  const staging = await mkdtemp(join(directory, '.fstore-init-'))
  const placed: string[] = []
  // Half a second at most: a Ctrl-C meanwhile would leave some of them.
  const later = () => {}
  process.on('SIGINT', later)
  try {
    for (const [i, { content }] of [...create, ...change].entries()) await writeFile(join(staging, `${i}`), content)
    for (const [i, { name }] of create.entries()) {
      const folder = await mkdir(dirname(join(directory, name)), { recursive: true })
      if (folder !== undefined) placed.push(folder)
      await nameIt(join(staging, `${i}`), join(directory, name))
      placed.push(join(directory, name))
    }
    for (const [i, { name }] of change.entries())
      await rename(join(staging, `${create.length + i}`), join(directory, name))
  } catch (error) {
    for (const path of placed.reverse()) await rm(path, { force: true }).catch(() => rmdir(path).catch(() => {}))
    throw unwritable(error, directory)
  } finally {
    await rm(staging, { recursive: true, force: true })
    if (made !== undefined && placed.length === 0) await rmdir(made).catch(() => {})
    process.off('SIGINT', later)
  }
}

/** A link fails where the name is taken; not every file system has links. */
async function nameIt(from: string, to: string): Promise<void> {
  await link(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') throw error
    return copyFile(from, to, constants.COPYFILE_EXCL)
  })
}

function unwritable(error: unknown, directory: string): unknown {
  const { code, path, dest } = error as NodeJS.ErrnoException & { dest?: string }
  if (code === undefined) return error
  if (code === 'EEXIST') return notEmpty(directory, [relative(directory, dest ?? path ?? directory)])
  return new FstoreError('OUTPUT_FAILED', `${directory} cannot be written to: ${code}.`, {
    why: 'Nothing of the project was left there.',
    fix: 'Check its rights, and whether the disk is full.',
    cause: error,
  })
}

export async function existing(path: string): Promise<Buffer | 'not a file' | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code === 'EISDIR' || code === 'ENOTDIR') return 'not a file'
    throw error
  }
}

function notEmpty(directory: string, files: readonly string[]): FstoreError {
  return new FstoreError(
    'DIRECTORY_NOT_EMPTY',
    `${directory} has files that init would overwrite: ${files.join(', ')}.`,
    {
      why: 'They differ from what init would write, so they may be yours. Nothing was written.',
      fix: 'Name another directory, or move these files away.',
    },
  )
}
