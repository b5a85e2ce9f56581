import { parseDuration } from '../../config/duration.js'
import { FstoreError } from '../../errors.js'
import { followBuild } from '../build-run.js'
import type { Globals } from '../globals.js'
import { withStore } from '../open.js'

interface Options extends Globals {
  readonly start: string
  readonly end: string
  readonly every?: string
  readonly online?: boolean
  readonly allTenants?: boolean
}

export async function run(groups: readonly string[], options: Options): Promise<number> {
  const { start, end, online, allTenants, json = false } = options
  const every = options.every === undefined ? undefined : duration(options.every)
  return withStore(options, ({ store }) =>
    followBuild((signal) => store.materialize({ groups, start, end, every, online, allTenants, signal }), json),
  )
}

function duration(text: string): number {
  const length = parseDuration(text)
  if (length !== undefined && length > 0) return length
  throw new FstoreError('USAGE', `--every ${text} is not a duration.`, {
    fix: 'Write a number and a unit, such as 30m, 12h or 7d.',
  })
}
