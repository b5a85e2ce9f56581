import { resolve } from 'node:path'
import { targetOfUrl } from '../../db/target.js'
import { exit, FstoreError } from '../../errors.js'
import { foundLines } from '../init/found.js'
import { planFiles } from '../init/project-files.js'
import type { Answers } from '../init/questions.js'
import { openSource, type Source } from '../init/source.js'
import { lookAround, type Surroundings } from '../init/surroundings.js'
import { isInteractive, printNote } from '../output.js'

interface Options extends Omit<Answers, 'load'> {
  readonly yes?: boolean
  /** False with `--no-load`. */
  readonly load: boolean
  readonly json?: boolean
}

export async function run(directory: string | undefined, options: Options): Promise<number> {
  const { json = false, yes = false } = options
  const around = await lookAround(resolve(directory ?? '.'), process.env)
  for (const line of foundLines(around)) printNote(line)
  const isAsked = isInteractive() && !yes && !json
  if (!isAsked || options.template !== undefined) refuseWithoutTable(options)
  const isOpen = options.template === undefined && options.from === undefined
  if (isOpen && isAsked) await planFiles(around.directory, [])
  const needsTables = options.from !== undefined || (isOpen && isAsked)
  const source = needsTables ? await openSource(around, options.from !== undefined) : undefined
  try {
    const given: Answers = { ...options, load: options.load ? undefined : false }
    const answers = isAsked ? await asked(given, around, source) : given
    const scope = { directory, answers, around, isAsked, json }
    if (answers.from !== undefined && source !== undefined)
      return await (await import('../init/own.js')).initOwn(scope, source)
    await (await import('../init/example.js')).initExample(scope)
    return exit.done
  } finally {
    await source?.db.close()
  }
}

/** Options that say something of a table, where none is named. */
function refuseWithoutTable({ from, key, time, entity, values, tenantColumn, start, grant }: Options): void {
  if (from !== undefined) return
  const named = { key, time, entity, values, 'tenant-column': tenantColumn, start, grant }
  const [first] = Object.entries(named).find(([, value]) => value !== undefined) ?? []
  if (first === undefined) return
  throw new FstoreError('USAGE', `--${first} is of a table, and none is named.`, { fix: 'Add --from TABLE.' })
}

async function asked(given: Answers, around: Surroundings, source: Source | undefined): Promise<Answers> {
  const { ask } = await import('../init/questions.js')
  const url = (around.directUrl ?? around.database)?.url
  const place = url === undefined ? undefined : targetOfUrl(url).place
  return ask({ given, tables: source?.tables ?? [], place, hasPackage: around.package !== undefined })
}
