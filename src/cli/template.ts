import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type NewFile, placeFiles, planFiles } from './init/project-files.js'

export const templates = ['minimal', 'flights', 'conversations'] as const

export type TemplateName = (typeof templates)[number]

/** npm drops files named .gitignore from a package, so templates keep theirs under another name. */
const renamed: Readonly<Record<string, string>> = { gitignore: '.gitignore' }

/**
 * Copies a template into a directory and never overwrites: a file that is there with the same content is left alone,
 * and a .gitignore is only added to. Resolves to the files written, relative to the directory and sorted.
 *
 * @throws FstoreError DIRECTORY_NOT_EMPTY with every file that is there and differs; then nothing was written.
 */
export async function copyTemplate(options: { template: TemplateName; directory: string }): Promise<string[]> {
  const plan = await planFiles(options.directory, await templateFiles(options.template))
  await placeFiles(plan)
  return [...plan.create, ...plan.change].map(({ name }) => name).sort()
}

/** What a template is made of, without what working inside it left there. */
export async function templateFiles(template: TemplateName): Promise<NewFile[]> {
  // The same distance from src/cli and from dist/cli.
  const source = fileURLToPath(new URL(`../../templates/${template}/`, import.meta.url))
  const entries = await readdir(source, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const names = files.map((entry) => join(entry.parentPath, entry.name).slice(source.length).replaceAll('\\', '/'))
  const own = names.filter((name) => !name.startsWith('.fstore')).sort()
  return Promise.all(
    own.map(async (file) => ({ name: renamed[file] ?? file, content: await readFile(join(source, file)) })),
  )
}
