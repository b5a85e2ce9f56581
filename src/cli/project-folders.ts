/** The folders that a project's files are in: its config, what that imports, and its SQL. */
import { dirname, resolve } from 'node:path'
import type { LoadedProject } from '../config/load.js'
import type { SqlSource } from '../config/project.js'

export function projectFolders({ project, file, root, files }: LoadedProject): string[] {
  const sources: (SqlSource | { readonly table: string } | undefined)[] = [
    ...project.groups.flatMap(({ sql, rolling, features }) => [
      sql,
      rolling?.source,
      ...features.map((one) => one.sql),
    ]),
    ...project.datasets.map(({ spine }) => spine),
  ]
  const sqlFiles = sources.flatMap((source) =>
    source !== undefined && 'file' in source ? [resolve(root, source.file)] : [],
  )
  return [...new Set([file, ...files, ...sqlFiles].map((one) => dirname(one)))]
}
