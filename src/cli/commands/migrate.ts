import { readEnvironment, resolveProfile } from '../../config/environment.js'
import { loadProject } from '../../config/load.js'
import { migrationSql } from '../../db/migrate.js'
import { targetOfUrl } from '../../db/target.js'
import { hasEmbedding } from '../../offline/vector-extension.js'
import type { AnyStore } from '../../store.js'
import { ago, since } from '../ago.js'
import { count } from '../format.js'
import type { Globals } from '../globals.js'
import { glyph } from '../glyph.js'
import { withStore } from '../open.js'
import { printJson, printResult } from '../output.js'
import { type Column, printTable } from '../table.js'

interface Options extends Globals {
  readonly status?: boolean
  readonly dryRun?: boolean
  readonly printSql?: boolean
}

export async function run(options: Options): Promise<number> {
  if (options.printSql) return printSql(options)
  return withStore(options, async ({ store }) => {
    if (options.status || options.dryRun) {
      const migrations = await store.migrationStatus()
      const shown = options.dryRun ? migrations.filter(({ state }) => state === 'pending') : migrations
      if (options.json) printJson({ migrations: shown })
      else if (shown.length === 0) printResult('Nothing to apply: the schema is up to date.')
      else printTable({ columns, rows: shown, fields })
      return 0
    }
    const { applied } = await store.migrate()
    if (options.json) printJson({ applied })
    else if (applied.length === 0) printResult('Nothing to apply: the schema is up to date.')
    else printResult(`Applied ${count(applied.length, 'migration')}: ${applied.map(({ name }) => name).join(', ')}.`)
    return 0
  })
}

type Migration = Awaited<ReturnType<AnyStore['migrationStatus']>>[number]

const columns: readonly Column<Migration>[] = [
  { head: 'migration', cell: ({ name }) => name },
  { head: 'state', cell: ({ state }) => `${state === 'applied' ? glyph.good : glyph.none} ${state}` },
  { head: 'applied at', cell: ({ appliedAt }) => ago(appliedAt), short: ({ appliedAt }) => since(appliedAt) },
]

const fields = {
  migration: ({ name }: Migration) => name,
  state: ({ state }: Migration) => state,
  applied_at: ({ appliedAt }: Migration) => appliedAt,
}

/** Opens no database: it is for one that fstore may not change. The user of its URL shall own what the script makes. */
async function printSql(options: Options): Promise<number> {
  const { project, root } = await loadProject({ configPath: options.config })
  const profile = resolveProfile({ project, profile: options.profile, env: await readEnvironment(root) })
  const url = profile.directUrl ?? profile.database
  const owner = url === undefined ? undefined : targetOfUrl(url).user
  const extension = hasEmbedding(project.groups) ? 'CREATE EXTENSION IF NOT EXISTS vector;\n\n' : ''
  const sql = `${extension}${await migrationSql({ schema: project.schema, owner })}`
  if (options.json) printJson({ sql })
  else process.stdout.write(sql)
  return 0
}
