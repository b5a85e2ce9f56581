import { readFile } from 'node:fs/promises'
import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** This package's own folder, whether it runs from `src` or from `dist`. */
const folder = fileURLToPath(new URL('../../', import.meta.url))

/** fstore's version. */
export async function packageVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(`${folder}package.json`, 'utf8')) as { version: string }
  return version
}

/** Whether a file is someone's own: not fstore's code, and not an installed package. */
export function isUserFile(file: string): boolean {
  if (file.includes(`${sep}node_modules${sep}`)) return false
  return !file.startsWith(`${folder}src${sep}`) && !file.startsWith(`${folder}dist${sep}`)
}
