import { explain } from '../../plan/explain.js'
import { followBuild } from '../build-run.js'
import type { Globals } from '../globals.js'
import { requireTenant } from '../known-tenant.js'
import { connectionsFor, type Opened, withStore } from '../open.js'
import { printJson, printResult } from '../output.js'

interface Options extends Globals {
  readonly select?: readonly string[]
  readonly start?: string
  readonly end?: string
  readonly full?: boolean
  readonly dryRun?: boolean
  readonly online?: boolean
  readonly allTenants?: boolean
  readonly createTenant?: boolean
  readonly parallel?: number
}

export async function run(options: Options): Promise<number> {
  const { select, start, end, full, dryRun, online, allTenants, createTenant, parallel, json = false } = options
  const build = { select, start, end, full, online, allTenants, parallel }
  const work = async ({ loaded, store }: Opened) => {
    if (!(dryRun && createTenant)) await requireTenant(store, options)
    if (!dryRun)
      return followBuild({
        start: (signal) => store.build({ ...build, signal }),
        project: loaded,
        json,
        restarts: full === true,
      })
    const plan = await store.plan(build)
    if (json) printJson({ plan })
    else printResult(explain(plan).join('\n'))
    return 0
  }
  return withStore(options, work, connectionsFor(parallel))
}
