/** The pages that people read: every Markdown file of the repository. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repository } from '../compiled.js'
import { type Block, blocksOf } from './blocks.js'

export interface Page {
  /** From the repository's root, as `docs/guide.md`. */
  readonly name: string
  readonly text: string
  readonly blocks: readonly Block[]
  /** Made from the program by `npm run docs`, which is where its samples are checked. */
  readonly made: boolean
}

const folders = ['docs', 'templates']
const alone = ['README.md', 'CONTRIBUTING.md']
const madeByProgram = /^docs\/(api|cli)\/|^docs\/(errors|json)\.md$/

export async function readPages(): Promise<readonly Page[]> {
  const nested = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(join(repository, folder), { recursive: true })).map((name) => `${folder}/${name}`),
    ),
  )
  const names = [...alone, ...nested.flat().filter((name) => name.endsWith('.md'))].sort()
  return Promise.all(names.map(readPage))
}

async function readPage(name: string): Promise<Page> {
  const text = await readFile(join(repository, name), 'utf8')
  return { name, text, blocks: blocksOf(text), made: madeByProgram.test(name) }
}

/** Those whose samples people typed. */
export async function writtenPages(): Promise<readonly Page[]> {
  return (await readPages()).filter(({ made }) => !made)
}

export function savePage({ name }: Page, text: string): Promise<void> {
  return writeFile(join(repository, name), text)
}
