/** A project from a template, with its example data. */
import { join, resolve } from 'node:path'
import { type Database, DatabaseError } from '../../db/database.js'
import type { Loaded } from '../../db/script.js'
import { FstoreError } from '../../errors.js'
import { type TemplateName, templateFiles } from '../template.js'
import { placeFiles, planFiles } from './project-files.js'
import { withScripts } from './scripts.js'

export interface InitResult {
  /** Absolute. */
  readonly directory: string
  readonly template: TemplateName
  /** Files written, relative to the directory; those that were there already with the same content are left out. */
  readonly files: readonly string[]
  readonly loaded: readonly Loaded[]
  /** Why the example data were not loaded. */
  readonly skipped?: string
}

export interface InitOptions {
  /** Made where it does not exist. Other files in it are left alone. */
  readonly directory: string
  readonly template: TemplateName
  /** False copies the files and touches no database. */
  readonly load?: boolean
  /** Adds fstore's commands to the package.json. */
  readonly scripts?: boolean
  /** The process's environment unless told. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/**
 * Makes a project: copies a template, then loads its example data into the project's database, which is the one of
 * `DATABASE_URL` (from the environment or the folder's .env), else the one embedded in `.fstore/`. The database is
 * migrated first, so that the role fstore reads with exists and is granted the tables that were loaded.
 *
 * Running it again changes nothing: same files are left alone, and so are tables that exist.
 *
 * @throws FstoreError DIRECTORY_NOT_EMPTY naming files that differ, before anything is written; what `runScript`,
 * `migrate` and the connection throw, with the files in place.
 */
export async function runInit(options: InitOptions): Promise<InitResult> {
  const { template, load = true, scripts = false, env = process.env } = options
  const directory = resolve(options.directory)
  const plan = await planFiles(directory, await templateFiles(template))
  const change = [...plan.change, ...(scripts ? await withScripts(directory) : [])]
  await placeFiles({ ...plan, change })
  const files = [...plan.create, ...change].map(({ name }) => name).sort()
  if (!load) return { directory, template, files, loaded: [], skipped: 'not asked to' }
  return { directory, template, files, ...(await loadInto({ directory, env })) }
}

type Outcome = Pick<InitResult, 'loaded' | 'skipped'>

async function loadInto({ directory, env }: { directory: string; env: InitOptions['env'] & {} }): Promise<Outcome> {
  const { openDatabase } = await import('../../db/open.js')
  const { loadProject } = await import('../../config/load.js')
  const { readEnvironment, resolveProfile } = await import('../../config/environment.js')
  const { project } = await loadProject({ cwd: directory })
  const profile = resolveProfile({ project, env: await readEnvironment(directory, env) })
  const url = profile.directUrl ?? profile.database
  if (url === undefined) (await import('../engine.js')).compileLate()
  const db = openDatabase({ url, directory: join(directory, '.fstore', 'pglite') })
  try {
    const { migrate } = await import('../../db/migrate.js')
    await migrate({ db, schema: project.schema })
    return await loadData(db, join(directory, 'data', 'load.sql'))
  } finally {
    await db.close()
  }
}

async function loadData(db: Database, file: string): Promise<Outcome> {
  const { runScript } = await import('../../db/script.js')
  try {
    const { loaded } = await runScript({ db, file })
    await grantReading(db, loaded)
    return { loaded }
  } catch (error) {
    if (!isDuplicateTable(error)) throw error
    return { loaded: [], skipped: `${error.cause.message}; its rows were left as they are` }
  }
}

/** The tables are init's own, so init may let fstore's role read them. */
async function grantReading(db: Database, loaded: readonly Loaded[]): Promise<void> {
  const { appRole } = await import('../../db/session.js')
  const { identifier } = await import('../../db/sql.js')
  for (const { table } of loaded) {
    await db.query({ role: 'owner' }, `GRANT SELECT ON TABLE ${table} TO ${identifier(appRole)}`)
  }
}

function isDuplicateTable(error: unknown): error is FstoreError & { cause: DatabaseError } {
  return error instanceof FstoreError && error.cause instanceof DatabaseError && error.cause.code === '42P07'
}
