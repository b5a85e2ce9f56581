/** Several builds, one after another, told as one. */
import type { Tally } from '../pipeline/materialization.js'
import type { GroupResult } from './apply.js'
import type { BuildResult } from './execute.js'

export function combine(results: readonly BuildResult[]): BuildResult {
  const groups = new Map<string, GroupResult>()
  for (const result of results)
    for (const group of result.groups) {
      const before = groups.get(group.group)
      groups.set(group.group, before === undefined ? group : together(before, group))
    }
  const statuses = results.map(({ status }) => status)
  return {
    status: statuses.includes('failed') ? 'failed' : statuses.includes('cancelled') ? 'cancelled' : 'done',
    upToDate: results.every(({ upToDate }) => upToDate),
    groups: [...groups.values()],
    ...onlineOf(results),
    archived: [...new Set(results.flatMap(({ archived }) => archived))],
    durationMs: results.reduce((total, { durationMs }) => total + durationMs, 0),
  }
}

function onlineOf(results: readonly BuildResult[]): Pick<BuildResult, 'onlineError'> {
  const error = results.find(({ onlineError }) => onlineError !== undefined)?.onlineError
  return error === undefined ? {} : { onlineError: error }
}

/** The first of them that one of two groups has is what both have come to. */
const worst = ['failed', 'blocked', 'cancelled', 'built', 'unchanged'] as const

function together({ notPromoted: _, ...before }: GroupResult, after: GroupResult): GroupResult {
  const tally: { -readonly [K in keyof Tally]: number } = {
    windows: 0,
    processed: 0,
    written: 0,
    superseded: 0,
    rejected: 0,
  }
  for (const key of Object.keys(tally) as (keyof Tally)[]) tally[key] = before[key] + after[key]
  const status = worst.find((one) => [before.status, after.status].includes(one)) ?? 'unchanged'
  const sent = before.sent === undefined ? {} : { sent: before.sent + (after.sent ?? 0) }
  return { ...before, ...after, ...tally, ...sent, status, promoted: before.promoted || after.promoted }
}
