import { digits } from '../../config/digits.js'
import { exit, FstoreError } from '../../errors.js'
import type { VerifiedGroup, VerifyEvent, VerifyOptions, VerifyReport } from '../../online/verify.js'
import { activity } from '../activity.js'
import { count } from '../format.js'
import type { Globals } from '../globals.js'
import { glyph } from '../glyph.js'
import { interruptible } from '../interruptible.js'
import { withStore } from '../open.js'
import { tell } from '../outcome.js'
import { printAside, printJson, printNote, printResult } from '../output.js'
import { ownCommand } from '../own-command.js'
import { isScreen } from '../screen.js'
import type { Column } from '../table.js'

interface Options extends Globals {
  readonly sample: number
  readonly all?: boolean
}

export async function run(groups: readonly string[], options: Options): Promise<number> {
  const { sample, all } = options
  if (sample === 0) throw new FstoreError('USAGE', '--sample 0 looks at nothing.', { fix: 'Write a number above 0.' })
  return withStore(options, async ({ store }) => {
    const named = groups.length === 0 ? undefined : groups
    const report = await watched(options.json ?? false, (watch) =>
      store.verify({ groups: named, sample, all, ...watch }),
    )
    tell({ kind: 'verify', report })
    if (options.json) printJson({ ...report })
    else await print(report)
    return report.ok ? exit.done : exit.findings
  })
}

async function watched(
  isQuiet: boolean,
  verify: (watch: Pick<VerifyOptions, 'signal' | 'tell'>) => Promise<VerifyReport>,
): Promise<VerifyReport> {
  const view = activity(isQuiet)
  const tell = ({ group, place, rows }: VerifyEvent) => {
    const task = place === 'redis' ? `${group} in Redis` : group
    view.show({ type: 'advance', task, amount: rows, doing: rows === undefined ? 'comparing' : undefined })
    if (rows !== undefined) view.show({ type: 'end', task, as: 'done' })
  }
  try {
    return await interruptible({
      work: (signal) => verify({ signal, tell }),
      stopping: 'Stopping after this group',
      resume: `To start again: ${ownCommand()}`,
    })
  } finally {
    view.stop()
  }
}

const kinds = ['missing', 'extra', 'stale', 'different'] as const

async function print(report: VerifyReport): Promise<void> {
  const { groups, examples, ok } = report
  const rows = groups.flatMap((one) => [latestLine(one), ...redisLine(one)])
  if (rows.length === 0) return printResult(closing(report))
  const { drawn, printTable } = await import('../table.js')
  printTable({ columns, rows, fields })
  if (examples.length > 0) printAside(`\n${drawn(exampleColumns, examples)}`)
  printAside(`${isScreen() ? '\n' : ''}${ok ? glyph.good : glyph.bad} ${closing(report)}`)
  if (!ok) for (const advice of advices(report)) printNote(advice)
}

/** One place that the values of a group are kept in, against the history. */
interface Compared extends Record<(typeof kinds)[number], number> {
  readonly group: string
  readonly place: 'latest' | 'redis'
  readonly compared: number
  readonly behind: number | null
}

function latestLine({ group, entities, latest }: VerifiedGroup): Compared {
  return { group, place: 'latest', compared: entities, ...latest, behind: null }
}

function redisLine({ group, redis }: VerifiedGroup): Compared[] {
  return redis === null ? [] : [{ group, place: 'redis', compared: redis.rows, ...redis }]
}

const columns: readonly Column<Compared>[] = [
  { head: 'group', cell: ({ group }) => group, cut: true },
  { head: 'place', cell: (line) => `${kinds.some((kind) => line[kind] > 0) ? glyph.bad : glyph.good} ${line.place}` },
  ...(['compared', ...kinds, 'behind'] as const).map((name) => ({
    head: name,
    cell: (line: Compared) => (line[name] === null ? '' : digits(line[name])),
    right: true,
  })),
]

const fields = Object.fromEntries(
  (['group', 'place', 'compared', ...kinds, 'behind'] as const).map((name) => [name, (line: Compared) => line[name]]),
)

const exampleColumns: readonly Column<VerifyReport['examples'][number]>[] = [
  { head: 'group', cell: ({ group }) => group },
  { head: 'place', cell: ({ place }) => place },
  { head: 'finding', cell: ({ kind }) => kind },
  { head: 'key', cell: ({ key }) => key.join(' '), cut: true },
]

function closing({ ok, groups, all, tenant }: VerifyReport): string {
  if (groups.length === 0) return 'Nothing is live yet, so there is nothing to compare.'
  const scope = `${count(groups.length, 'group')} of tenant ${tenant}, ${all ? 'every entity' : 'a sample'}`
  return ok ? `All is as it should be: ${scope}.` : `Not all is as it should be: ${scope}.`
}

function advices({ groups }: VerifyReport): string[] {
  const has = (test: (group: VerifiedGroup) => boolean) => groups.filter(test).map(({ group }) => group)
  const unpublished = has((one) => one.unpublished)
  const behind = has(({ redis }) => redis !== null && redis.behind > 0)
  const wrong = has(({ redis }) => redis !== null && kinds.some((kind) => redis[kind] > 0))
  const latest = has(({ latest }) => kinds.some((kind) => latest[kind] > 0))
  return [
    ...(unpublished.length > 0
      ? [`Redis names another live version, or none, of ${unpublished.join(', ')}: run fstore sync.`]
      : []),
    ...(behind.length > 0 ? [`Not sent to Redis yet, of ${behind.join(', ')}: run fstore sync.`] : []),
    ...(wrong.length > 0 ? [`Redis is not what Postgres says of ${wrong.join(', ')}: run fstore sync --full.`] : []),
    ...(latest.length > 0
      ? [
          `Latest rows are not what the history says of ${latest.join(', ')}: by hand, or by a bug. Please report the latter.`,
        ]
      : []),
  ]
}
