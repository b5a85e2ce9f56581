/** A plan as Markdown: for the page of a job, and for a comment on a pull request. */
import { digits } from '../../config/digits.js'
import { formatDuration } from '../../config/duration.js'
import type { PlannedGroup, PlanReport } from '../../plan/report.js'
import { count } from '../format.js'
import { details, inline, markdownTable } from './markdown.js'

/** Paragraphs. */
export function planSummary({ changes, migrations, groups, destroys, compiled }: PlanReport): string[] {
  if (!changes) return ['Nothing to do: everything declared is built, and no window is due.']
  return [
    ...(migrations.length > 0 ? [`Migrates the schema: ${migrations.map(inline).join(', ')}.`] : []),
    ...(groups.length > 0 ? [markdownTable(head, groups.map(row))] : []),
    destroys.length === 0 ? 'Nothing is destroyed.' : `**Destroyed: ${destroys.map(inline).join(', ')}.**`,
    ...groups.flatMap(changesOf),
    ...(compiled ?? []).flatMap(({ group, selects }) =>
      selects.map(({ feature, sql }) => details(`Compiled SQL of ${named(group, feature)}`, sql.split('\n'), 'sql')),
    ),
  ]
}

const head = ['group', 'change', 'for readers', '#version', '#windows', '#rows', 'why']

function row({ group, kind, impact, reasons, version, liveVersion, promoted, waitsFor, backfill }: PlannedGroup) {
  const versions = promoted && liveVersion !== null ? `${liveVersion} → ${version}` : `${version ?? ''}`
  const rows = backfill?.rows ?? null
  const why = [...reasons, ...(waitsFor === undefined ? [] : [`goes live after a build for ${waitsFor.join(', ')}`])]
  return [
    inline(group),
    kind,
    impact === 'breaking' ? '**breaking**' : (impact ?? ''),
    versions,
    backfill === null ? '' : `${digits(backfill.windows)} of ${formatDuration(backfill.every)}`,
    rows === null ? '' : `about ${digits(rows)}`,
    inline(why.join('; ')),
  ]
}

function changesOf({ group, kind, features, sql }: PlannedGroup): string[] {
  // Of a new group all of it is new.
  if (kind === 'added') return []
  const lines = features.flatMap(({ feature, before, after }) => [
    ...(before === null ? [] : [`- ${feature}: ${before}`]),
    ...(after === null ? [] : [`+ ${feature}: ${after}`]),
  ])
  return [
    ...(lines.length === 0 ? [] : [details(`${count(features.length, 'feature')} of ${group}`, lines, 'diff')]),
    ...sql.map(({ feature, lines }) => details(`SQL of ${named(group, feature)}`, lines, 'diff')),
  ]
}

function named(group: string, feature: string | null): string {
  return feature === null ? group : `${group}.${feature}`
}
