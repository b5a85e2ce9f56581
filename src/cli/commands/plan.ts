import { formatDuration } from '../../config/duration.js'
import { exit } from '../../errors.js'
import { again } from '../../plan/explain.js'
import type { CompiledSql, PlannedGroup, PlanReport } from '../../plan/report.js'
import { changeLines } from '../change.js'
import { count, instant } from '../format.js'
import type { Globals } from '../globals.js'
import { glyph } from '../glyph.js'
import { noteUnknownTenant } from '../known-tenant.js'
import { withStore } from '../open.js'
import { tell } from '../outcome.js'
import { colors, printJson, printProse, printResult } from '../output.js'

interface Options extends Globals {
  readonly select?: readonly string[]
  readonly start?: string
  readonly end?: string
  readonly full?: boolean
  readonly check?: boolean
  readonly sql?: boolean
  readonly markdown?: boolean
}

export async function run(options: Options): Promise<number> {
  const { select, start, end, full, sql } = options
  return withStore(options, async ({ store }) => {
    const report = await store.planReport({ select, start, end, full, sql })
    tell({ kind: 'plan', report })
    if (options.json) printJson({ ...report })
    else if (options.markdown) printResult((await import('../ci/plan-summary.js')).planSummary(report).join('\n\n'))
    else print(report)
    await noteUnknownTenant(store)
    return options.check && report.changes ? exit.findings : exit.done
  })
}

export function print({ changes, migrations, groups, destroys, compiled }: PlanReport): void {
  const c = colors(process.stdout)
  if (migrations.length > 0) printResult(`${c.bold('schema')}  migrate: ${migrations.join(', ')}`)
  for (const group of groups) printGroup(group, c)
  for (const one of compiled ?? []) for (const line of sqlLines(one, c)) printResult(line)
  printProse(changes ? closing(groups, destroys) : 'Nothing to do: everything declared is built, and no window is due.')
}

function printGroup(planned: PlannedGroup, c: ReturnType<typeof colors>): void {
  const { group, kind, impact, reasons, backfill } = planned
  const paint = { additive: c.green, breaking: c.red }
  const head = [c.bold(group), impact === null ? kind : `${kind}, ${paint[impact](impact)}: ${reasons.join('; ')}`]
  const notes = (planned.notes ?? []).map((note) => `  ${glyph.odd} ${note}`)
  for (const line of [head.join('  '), ...versionLine(planned), ...notes]) printProse(line)
  // SQL stays as it is written.
  if (kind !== 'added') for (const line of changeLines(planned, c)) printResult(`  ${line}`)
  for (const line of backfillLines(backfill)) printProse(line)
}

function backfillLines(backfill: PlannedGroup['backfill']): string[] {
  return [
    ...(backfill === null
      ? []
      : [
          `  run ${count(backfill.windows, 'window')} of ${formatDuration(backfill.every)} for tenant ${backfill.tenant}${rowsOf(backfill.rows)}${backfill.type === 'full' ? ', covered ones too' : ''}`,
          ...(backfill.again === undefined ? [] : [`    ${again(backfill)}`]),
          ...backfill.spans.slice(0, 5).map(([start, end]) => `    ${instant(start)} to ${instant(end)}`),
          ...(backfill.spans.length > 5 ? [`    and ${count(backfill.spans.length - 5, 'more span')}`] : []),
        ]),
  ]
}

function versionLine({ promoted, version, liveVersion, waitsFor }: PlannedGroup): string[] {
  if (!promoted) return []
  if (liveVersion === null) return [`  version ${version} becomes live`]
  const others = waitsFor === undefined ? '' : `, for ${waitsFor.join(', ')}, too (build --all-tenants)`
  return [
    `  version ${version} becomes live when it covers what version ${liveVersion} covers${others}; that one is kept`,
  ]
}

function rowsOf(rows: number | null): string {
  return rows === null ? '' : `, about ${count(rows, 'row')}`
}

function sqlLines({ group, selects }: CompiledSql, c: ReturnType<typeof colors>): string[] {
  return selects.flatMap(({ feature, sql }) => [c.bold(`-- ${group}${feature === null ? '' : `.${feature}`}`), sql, ''])
}

function closing(groups: readonly PlannedGroup[], destroys: readonly string[]): string {
  const changed = groups.filter(({ kind }) => kind !== 'due' && kind !== 'described')
  const breaking = groups.filter(({ impact }) => impact === 'breaking')
  const windows = groups.reduce((total, { backfill }) => total + (backfill?.windows ?? 0), 0)
  const parts = [
    `${count(changed.length, 'group')} changed${breaking.length > 0 ? ` (${breaking.length} breaking)` : ''}`,
    `${count(windows, 'window')} to run`,
    destroys.length === 0 ? 'nothing destroyed' : `destroyed: ${destroys.join(', ')}`,
  ]
  return `${parts.join(', ')}. fstore build does it.`
}
