import { join, relative, resolve } from 'node:path'
import { type Database, DatabaseError } from '../../db/database.js'
import type { Loaded } from '../../db/script.js'
import { FstoreError } from '../../errors.js'
import { count } from '../format.js'
import { printJson, printNote, printResult } from '../output.js'
import { copyTemplate, type TemplateName } from '../template.js'

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
  const { template, load = true, env = process.env } = options
  const directory = resolve(options.directory)
  const files = await copyTemplate({ template, directory })
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

interface Options {
  readonly template: TemplateName
  readonly yes?: boolean
  readonly json?: boolean
}

export async function run(directory: string | undefined, options: Options): Promise<number> {
  const result = await runInit({ directory: directory ?? '.', template: options.template })
  if (options.json) {
    printJson({ ...result })
    return 0
  }
  const { files, template } = result
  const folder = relative(process.cwd(), result.directory)
  const place = folder === '' ? 'this folder' : folder
  if (files.length === 0) printResult(`The files of the template ${template} are in ${place} already.`)
  else printResult(`Wrote ${count(files.length, 'file')} of the template ${template} to ${place}.`)
  for (const { table, rows } of result.loaded) printResult(`Loaded ${count(rows, 'row')} into ${table}.`)
  if (result.skipped !== undefined) printNote(`No data loaded: ${result.skipped}.`)
  printNote(`Next: ${folder === '' ? '' : `cd ${folder} && `}fstore build`)
  return 0
}
