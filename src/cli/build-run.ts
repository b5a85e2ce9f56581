/** Follows a build to its end: progress, Ctrl-C, the closing line, the exit code. */
import { exit } from '../errors.js'
import type { BuildEvent, GroupResult } from '../plan/apply.js'
import type { BuildResult } from '../plan/execute.js'
import type { Run } from '../plan/run.js'
import { count, seconds } from './format.js'
import { interruptible } from './interruptible.js'
import { printJson, printResult } from './output.js'
import { progress } from './progress.js'

/**
 * @param start is given the signal that the first Ctrl-C sets off; the second ends the process
 * @param close the closing line
 */
export async function followBuild<R extends BuildResult>(
  start: (signal: AbortSignal) => Run<BuildEvent, R>,
  json: boolean,
  close: (result: R) => string = summary,
): Promise<number> {
  const view = await progress(json)
  const follow = async (signal: AbortSignal) => {
    const run = start(signal)
    for await (const event of run) view.show(event)
    view.stop()
    return closeWith(await run, json, close)
  }
  return interruptible(follow, 'Stopping after the window in flight').finally(() => view.stop())
}

function closeWith<R extends BuildResult>(result: R, json: boolean, close: (result: R) => string): number {
  // Errors become JSON by their own `toJSON`.
  if (json) printJson({ event: 'result', ...(result as BuildResult) })
  else printResult(close(result))
  if (result.status === 'failed') return failureOf(result)
  return result.status === 'cancelled' ? exit.interrupted : exit.done
}

/** Where Postgres took all of it, what is wrong with Redis is what went wrong. */
function failureOf({ groups, onlineError }: BuildResult): number {
  const isBroken = groups.some(({ status }) => status === 'failed' || status === 'blocked')
  return isBroken ? exit.failed : (onlineError?.exitCode ?? exit.failed)
}

export function summary(result: BuildResult): string {
  const { groups, archived, tenants } = result
  const built = groups.filter(({ status }) => status === 'built')
  const broken = groups.filter(({ status }) => status === 'failed' || status === 'blocked')
  const forTenants = tenants === undefined ? '' : ` for ${count(tenants.length, 'tenant')}`
  const sent = sentTo(result)
  if (result.upToDate)
    return `Nothing is due: ${count(groups.length, 'group')} up to date${forTenants}${sent.map((text) => `, ${text}`).join('')}.`
  const parts = [
    `built ${count(built.length, 'group')}${forTenants}`,
    ...(broken.length > 0 ? [`${broken.length} failed (${broken.map(({ group }) => group).join(', ')})`] : []),
    ...amounts(groups),
    ...sent,
    ...(archived.length > 0 ? [`${archived.length} archived`] : []),
  ]
  const end = result.status === 'cancelled' ? ' Stopped; run fstore build again to go on.' : ''
  const text = `${parts.join(', ')} in ${seconds(result.durationMs)}.${end}`
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function sentTo({ groups, onlineError }: BuildResult): string[] {
  const sent = groups.reduce<number | undefined>(
    (sum, { sent }) => (sent === undefined ? sum : (sum ?? 0) + sent),
    undefined,
  )
  if (sent === undefined) return []
  return [`${count(sent, 'row')} sent to Redis${onlineError === undefined ? '' : ', not all'}`]
}

function amounts(groups: readonly GroupResult[]): string[] {
  const sum = (key: 'windows' | 'written' | 'superseded' | 'rejected' | 'processed') =>
    groups.reduce((total, group) => total + group[key], 0)
  const parts = [count(sum('windows'), 'window'), `${count(sum('written'), 'row')} written`]
  if (sum('superseded') > 0) parts.push(`${sum('superseded').toLocaleString('en-US')} superseded`)
  if (sum('rejected') > 0) parts.push(`${sum('rejected').toLocaleString('en-US')} rejected`)
  if (sum('windows') > 0 && sum('processed') === 0) parts.push('no window yielded a row')
  return parts
}
