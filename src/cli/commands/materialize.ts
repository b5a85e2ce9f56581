import { parseDuration } from '../../config/duration.js'
import { FstoreError } from '../../errors.js'
import { followBuild } from '../build-run.js'
import type { Globals } from '../globals.js'
import { requireTenant } from '../known-tenant.js'
import { connectionsFor, withStore } from '../open.js'

interface Options extends Globals {
  readonly start: string
  readonly end: string
  readonly every?: string
  readonly online?: boolean
  readonly allTenants?: boolean
  readonly createTenant?: boolean
  readonly parallel?: number
}

export async function run(groups: readonly string[], options: Options): Promise<number> {
  const { start, end, online, allTenants, parallel, json = false } = options
  const every = options.every === undefined ? undefined : duration(options.every)
  const named = { groups, start, end, every, online, allTenants, parallel }
  return withStore(
    options,
    async ({ loaded, store }) => {
      await requireTenant(store, options)
      return followBuild({
        start: (signal) => store.materialize({ ...named, signal }),
        project: loaded,
        json,
        restarts: true,
      })
    },
    connectionsFor(parallel),
  )
}

function duration(text: string): number {
  const length = parseDuration(text)
  if (length !== undefined && length > 0) return length
  throw new FstoreError('USAGE', `--every ${text} is not a duration.`, {
    fix: 'Write a number and a unit, such as 30m, 12h or 7d.',
  })
}
