import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FstoreError } from '../errors.js'

export const templates = ['minimal', 'flights', 'conversations'] as const

export type TemplateName = (typeof templates)[number]

/** npm drops files named .gitignore from a package, so templates keep theirs under another name. */
const renamed: Readonly<Record<string, string>> = { gitignore: '.gitignore' }

/**
 * Copies a template into a directory and never overwrites: a file that is there with the same content is left alone.
 * Resolves to the files written, relative to the directory and sorted.
 *
 * @throws FstoreError DIRECTORY_NOT_EMPTY with every file that is there and differs; then nothing was written.
 */
export async function copyTemplate(options: { template: TemplateName; directory: string }): Promise<string[]> {
  const { template, directory } = options
  // The same distance from src/cli and from dist/cli.
  const source = fileURLToPath(new URL(`../../templates/${template}/`, import.meta.url))
  const missing: { name: string; content: Buffer }[] = []
  const differing: string[] = []
  for (const file of await filesIn(source)) {
    const name = renamed[file] ?? file
    const content = await readFile(join(source, file))
    const there = await existing(join(directory, name))
    if (there === undefined) missing.push({ name, content })
    else if (there === 'not a file' || !there.equals(content)) differing.push(name)
  }
  if (differing.length > 0) throw notEmpty(directory, differing)
  for (const { name, content } of missing) await place(join(directory, name), content)
  return missing.map(({ name }) => name).sort()
}

/** Without what working inside the template left there. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const names = files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replaceAll('\\', '/'))
  return names.filter((name) => !name.startsWith('.fstore')).sort()
}

async function existing(path: string): Promise<Buffer | 'not a file' | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code === 'EISDIR' || code === 'ENOTDIR') return 'not a file'
    throw error
  }
}

/** `wx`: a file that appeared since it was looked for is not overwritten either. */
async function place(path: string, content: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content, { flag: 'wx' })
}

function notEmpty(directory: string, files: readonly string[]): FstoreError {
  return new FstoreError(
    'DIRECTORY_NOT_EMPTY',
    `${directory} has files that init would overwrite: ${files.join(', ')}.`,
    {
      why: 'They differ from the template, so they may be yours. Nothing was written.',
      fix: 'Name another directory, or move these files away.',
    },
  )
}
