import { exit, FstoreError } from '../../errors.js'
import type { VerifiedGroup, VerifyReport } from '../../online/verify.js'
import { count } from '../format.js'
import type { Globals } from '../globals.js'
import { withStore } from '../open.js'
import { printJson, printNote, printResult } from '../output.js'

interface Options extends Globals {
  readonly sample: number
  readonly all?: boolean
}

export async function run(groups: readonly string[], options: Options): Promise<number> {
  const { sample, all } = options
  if (sample === 0) throw new FstoreError('USAGE', '--sample 0 looks at nothing.', { fix: 'Write a number above 0.' })
  return withStore(options, async ({ store }) => {
    const report = await store.verify({ groups: groups.length === 0 ? undefined : groups, sample, all })
    if (options.json) printJson({ ...report })
    else await print(report)
    return report.ok ? exit.done : exit.findings
  })
}

const kinds = ['missing', 'extra', 'stale', 'different'] as const

async function print(report: VerifyReport): Promise<void> {
  const { groups, examples, ok } = report
  const rows = groups.flatMap((one) => [latestLine(one), ...redisLine(one)])
  if (rows.length > 0) {
    const { table } = await import('../table.js')
    printResult(table(['group', 'place', 'compared', ...kinds, 'behind'], rows, [2, 3, 4, 5, 6, 7]))
  }
  if (examples.length > 0) {
    const { table } = await import('../table.js')
    const lines = examples.map(({ group, place, kind, key }) => [group, place, kind, key.join(' ')])
    printResult(`\n${table(['group', 'place', 'finding', 'key'], lines)}`)
  }
  printResult(rows.length > 0 ? `\n${closing(report)}` : closing(report))
  if (!ok) for (const advice of advices(report)) printNote(advice)
}

function latestLine({ group, entities, latest }: VerifiedGroup): string[] {
  return [group, 'latest', number(entities), ...kinds.map((kind) => number(latest[kind])), '']
}

function redisLine({ group, redis }: VerifiedGroup): string[][] {
  if (redis === null) return []
  return [[group, 'redis', number(redis.rows), ...kinds.map((kind) => number(redis[kind])), number(redis.behind)]]
}

function number(amount: number): string {
  return amount.toLocaleString('en-US')
}

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
