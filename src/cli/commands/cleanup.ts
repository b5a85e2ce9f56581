import { exit } from '../../errors.js'
import type { CleanupReport } from '../../maintenance/cleanup.js'
import type { Removal, RemovalKind } from '../../maintenance/removal.js'
import { count } from '../format.js'
import type { Globals } from '../globals.js'
import { interruptible } from '../interruptible.js'
import { withStore } from '../open.js'
import { tell } from '../outcome.js'
import { printJson, printResult, printWarning } from '../output.js'
import { ownCommand } from '../own-command.js'

interface Options extends Globals {
  readonly dryRun?: boolean
  readonly keepVersions: number
  readonly archived?: boolean
  readonly only?: readonly RemovalKind[]
}

export async function run(options: Options): Promise<number> {
  const { dryRun, keepVersions, archived, only } = options
  return withStore(options, async ({ store }) => {
    const report = await interruptible({
      work: (signal) => store.cleanup({ dryRun, keepVersions, archived, only, signal }),
      stopping: 'Stopping after this step',
      resume: `To go on: ${ownCommand()}`,
    })
    tell({ kind: 'cleanup', report })
    if (options.json) printJson({ ...report })
    else await print(report)
    return report.skipped.length > 0 ? exit.failed : exit.done
  })
}

async function print({ dryRun, removed, skipped }: CleanupReport): Promise<void> {
  for (const { name, why, fix } of skipped) printWarning(`${name} was left: ${why} ${fix}`)
  if (removed.length === 0) return printResult('Nothing to clean up.')
  const { printTable } = await import('../table.js')
  const { past, rest } = apart(removed)
  printTable({
    columns: [dryRun ? 'would remove' : 'removed', 'of', 'tenant', 'amount'].map((head, i) => ({
      head,
      cell: (line: readonly string[]) => line[i] ?? '',
      cut: head === 'of',
    })),
    rows: [...rest.map(line), ...past],
  })
}

type Past = Extract<Removal, { kind: 'history' }>

/** The partitions of one history are a line. */
function apart(removed: readonly Removal[]): { past: string[][]; rest: Exclude<Removal, Past>[] } {
  const histories = new Map<string, Past[]>()
  const rest: Exclude<Removal, Past>[] = []
  for (const removal of removed) {
    if (removal.kind !== 'history') {
      rest.push(removal)
      continue
    }
    const name = `${removal.group} v${removal.version} ${removal.tenant ?? ''}`
    histories.set(name, [...(histories.get(name) ?? []), removal])
  }
  return { past: [...histories.values()].map(historyLine), rest }
}

function historyLine(past: readonly Past[]): string[] {
  const [{ group, version, tenant, partition }] = past as [Past, ...Past[]]
  const rows = count(
    past.reduce((sum, one) => sum + one.rows, 0),
    'row',
  )
  const amount = partition === null ? rows : `${count(past.length, 'partition')}, ${rows}`
  return ['history past retention', `${group} v${version}`, tenant ?? 'all', amount]
}

function line(removal: Exclude<Removal, Past>): string[] {
  switch (removal.kind) {
    case 'version':
      return [
        'retired version',
        `${removal.group} v${removal.version}`,
        'all',
        `${count(removal.rows, 'row')}, ${count(removal.values, 'online value')}`,
      ]
    case 'expired':
      return ['expired values', `${removal.group} v${removal.version}`, removal.tenant, count(removal.rows, 'row')]
    case 'events':
      return ['ids of old events', `${removal.group} v${removal.version}`, removal.tenant, count(removal.rows, 'id')]
    case 'staging':
      return ["crashed export's spine", removal.table, '-', '1 table']
    case 'redis':
      return ['orphans in Redis', '-', '-', `${count(removal.keys, 'key')}, ${count(removal.fields, 'field')}`]
  }
}
