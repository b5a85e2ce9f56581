/** What a build did, as Markdown. */
import { digits } from '../../config/digits.js'
import type { GroupResult } from '../../plan/apply.js'
import type { BuildResult } from '../../plan/execute.js'
import { seconds } from '../format.js'
import { inline, markdownTable } from './markdown.js'
import { errorLine, type Section } from './section.js'

const endings = { done: 'Done', failed: 'Failed', cancelled: 'Stopped' } as const

export function buildSummary({
  status,
  upToDate,
  groups: own,
  tenants,
  onlineError,
  archived,
  durationMs,
}: BuildResult): Section {
  const how = status === 'done' ? 'good' : status === 'failed' ? 'bad' : 'odd'
  const groups: readonly (GroupResult & { readonly tenant?: string })[] =
    tenants?.flatMap(({ tenant, groups }) => groups.map((one) => ({ ...one, tenant }))) ?? own
  const rows = groups.map((one) => [
    inline(one.group),
    String(one.version),
    ...(one.tenant === undefined ? [] : [inline(one.tenant)]),
    one.status,
    ...[one.windows, one.written, one.rejected].map(digits),
  ])
  const head = ['group', '#version', ...(tenants ? ['tenant'] : []), 'status', '#windows', '#rows', '#rejected']
  const errors = [...groups.map(({ error }) => error), onlineError].filter((error) => error !== undefined)
  // What an earlier tenant waited for, the last one may have brought.
  const waiting = own.flatMap(({ group, version, notPromoted }) =>
    notPromoted === undefined ? [] : [`${inline(group)}: version ${version} is not live yet: ${inline(notPromoted)}`],
  )
  return [
    how,
    upToDate ? 'Nothing was due.' : `${endings[status]} in ${seconds(durationMs)}.`,
    ...(rows.length > 0 ? [markdownTable(head, rows)] : []),
    ...errors.map(errorLine),
    ...waiting,
    ...(archived.length > 0 ? [`Archived: ${archived.map(inline).join(', ')}.`] : []),
  ]
}
