import { exit } from '../../errors.js'
import type { Rollback } from '../../plan/rollback.js'
import { spans } from '../ago.js'
import { changeLines } from '../change.js'
import { confirm } from '../confirm.js'
import type { Globals } from '../globals.js'
import { withStore } from '../open.js'
import { tell } from '../outcome.js'
import { colors, printJson, printNote, printResult, printWarning } from '../output.js'
import { parseVersion } from './diff.js'

interface Options extends Globals {
  readonly yes?: boolean
  readonly dryRun?: boolean
}

export async function run(group: string, version: string | undefined, options: Options): Promise<number> {
  const request = { group, version: parseVersion(version) }
  return withStore(options, async ({ store }) => {
    const ahead = await store.rollback({ ...request, dryRun: true })
    if (options.json && options.dryRun) printJson({ ...ahead })
    else if (!options.json) print(ahead)
    if (options.dryRun) return 0
    if (!(await confirm(`Make version ${ahead.version} of ${group} live`, options.yes))) {
      printNote('Nothing was changed.')
      return 0
    }
    const done = await store.rollback({ group, version: ahead.version })
    tell({ kind: 'rollback', rollback: done })
    if (options.json) printJson({ ...done, undoCommand: undoOf(done) })
    else printResult(`Version ${done.version} of ${group} is live. To undo it: ${undoOf(done)}`)
    if (done.online?.state !== 'behind') return exit.done
    printWarning(`Redis still shows version ${done.from.version}: ${done.online.why} Run fstore sync when it is back.`)
    return exit.failed
  })
}

function undoOf({ group, undo }: Rollback): string {
  return `fstore rollback ${group} ${undo} --yes`
}

function print(rollback: Rollback): void {
  const { group, version, from, behind, readers, declared } = rollback
  const c = colors(process.stdout)
  printResult(c.bold(`${group}: version ${from.version} → version ${version}`))
  for (const reason of rollback.reasons) printResult(`  ${reason}`)
  for (const line of changeLines({ features: rollback.features, sql: [] }, c)) printResult(`  ${line}`)
  for (const { tenant, spans: missing } of behind)
    printResult(
      `  tenant ${tenant}: version ${version} has nothing of ${spans(missing)}, which version ${from.version} has`,
    )
  for (const reader of readers) printResult(`  ${reader} was computed from version ${from.version}, and stays as it is`)
  if (declared !== null)
    printResult(
      `  the config still says version ${declared}: the next build makes that live again, and runs no window of version ${version}; put back what the config said to keep it`,
    )
}
