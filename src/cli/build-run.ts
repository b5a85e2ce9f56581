/** Follows a build to its end: progress, Ctrl-C, the closing line, the exit code. */
import { digits } from '../config/digits.js'
import type { LoadedProject } from '../config/load.js'
import { exit } from '../errors.js'
import type { BuildEvent } from '../plan/apply.js'
import type { BuildResult } from '../plan/execute.js'
import type { Run } from '../plan/run.js'
import { count, seconds } from './format.js'
import { interruptible } from './interruptible.js'
import { tenantHint, yieldedNothing } from './no-rows.js'
import { tell } from './outcome.js'
import { printJson, printNote, printResult, printWarning } from './output.js'
import { ownCommand } from './own-command.js'
import { progress } from './progress.js'
import { buildStory, type Reads } from './views/build-story.js'

export interface FollowedBuild<R extends BuildResult> {
  /** Given the signal that the first Ctrl-C sets off; the second ends the process. */
  start(signal: AbortSignal): Run<BuildEvent, R>
  readonly project: Pick<LoadedProject, 'project' | 'root' | 'files'>
  readonly json: boolean
  /** Run once more, it does again what was done. */
  readonly restarts?: boolean
  /** The closing line; `tenant` where the build was for one. */
  close?(result: R, tenant?: string): string
}

export async function followBuild<R extends BuildResult>(build: FollowedBuild<R>): Promise<number> {
  const { start, project, json, restarts = false, close = summary } = build
  const view = await progress(json, async () => buildStory(await readsOf(project)))
  const resume = `${restarts ? 'To start again' : 'To go on'}: ${ownCommand()}`
  const work = async (signal: AbortSignal) => {
    const run = start(signal)
    let tenant: string | undefined
    for await (const event of run) {
      if (event.type === 'plan') tenant = event.plan.tenant
      view.show(event)
    }
    const result = await run
    view.stop(result.status === 'cancelled' ? 'stopped' : 'done')
    const one = (result.tenants?.length ?? 1) === 1 ? tenant : undefined
    const code = closeWith(result, json, (result) => close(result, one))
    const hint = yieldedNothing(result) ? await tenantHint(project, result, one) : undefined
    if (hint !== undefined) printWarning(hint)
    if (result.status === 'cancelled') printNote(resume)
    return code
  }
  const stopping = 'Stopping after the window in flight'
  return interruptible({ work, stopping, resume }).finally(() => view.stop())
}

/** What the view says of groups that wait. Mistakes are told by the build itself. */
async function readsOf(scope: FollowedBuild<BuildResult>['project']): Promise<Reads> {
  const { compileProject } = await import('../offline/compile.js')
  const compiled = await compileProject(scope).catch(() => [])
  return new Map(compiled.map(({ group, reads }) => [group.name, reads.map((source) => source.group.name)]))
}

function closeWith<R extends BuildResult>(result: R, json: boolean, close: (result: R) => string): number {
  tell({ kind: 'build', result })
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

/** @param tenant whom it was for, where that was one */
export function summary(result: BuildResult, tenant?: string): string {
  const { groups, archived, tenants, status } = result
  const built = groups.filter(({ status }) => status === 'built')
  const broken = groups.filter(({ status }) => status === 'failed' || status === 'blocked')
  const forTenants = tenants === undefined ? '' : ` for ${count(tenants.length, 'tenant')}`
  const sent = sentTo(result)
  if (result.upToDate)
    return `Nothing is due: ${count(groups.length, 'group')} up to date${forTenants}${sent.map((text) => `, ${text}`).join('')}.`
  const parts = [
    ...(status === 'cancelled' && built.length === 0 ? [] : [`built ${count(built.length, 'group')}${forTenants}`]),
    ...(broken.length > 0 ? [`${broken.length} failed (${broken.map(({ group }) => group).join(', ')})`] : []),
    ...amounts(result, tenant),
    ...sent,
    ...(archived.length > 0 ? [`${archived.length} archived`] : []),
  ]
  const end = result.status === 'cancelled' ? ' Stopped before the end.' : ''
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

function amounts({ groups }: BuildResult, tenant: string | undefined): string[] {
  const sum = (key: 'windows' | 'written' | 'superseded' | 'rejected') =>
    groups.reduce((total, group) => total + group[key], 0)
  const parts = [count(sum('windows'), 'window'), `${count(sum('written'), 'row')} written`]
  if (sum('superseded') > 0) parts.push(`${digits(sum('superseded'))} superseded`)
  if (sum('rejected') > 0) parts.push(`${digits(sum('rejected'))} rejected`)
  if (yieldedNothing({ groups }))
    parts.push(`no window yielded a row${tenant === undefined ? '' : ` for the tenant ${tenant}`}`)
  return parts
}
