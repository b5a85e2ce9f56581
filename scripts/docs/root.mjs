import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** The build that the pages are made from. */
export const dist = process.env.FSTORE_DOCS_DIST ?? join(root, 'dist')

export const built = (name) => import(pathToFileURL(join(dist, name)).href)
