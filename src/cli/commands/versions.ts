import type { VersionState } from '../../plan/versions.js'
import { ago, spans } from '../ago.js'
import type { Globals } from '../globals.js'
import { withStore } from '../open.js'
import { printJson, printResult } from '../output.js'
import { table } from '../table.js'

export async function run(group: string, options: Globals): Promise<number> {
  return withStore(options, async ({ store }) => {
    const found = await store.versions(group)
    if (options.json) printJson({ ...found })
    else
      printResult(
        table(['version', 'state', 'fingerprint', 'last live since', 'covers', 'change'], found.versions.map(row)),
      )
    return 0
  })
}

function row(version: VersionState): string[] {
  const { version: number, fingerprint, promotedAt, covered, changeSummary } = version
  return [String(number), stateOf(version), fingerprint, ago(promotedAt), spans(covered), changeSummary]
}

function stateOf({ live, stored, promotedAt }: VersionState): string {
  if (live) return 'live'
  if (!stored) return 'cleaned up'
  return promotedAt === null ? 'not live yet' : 'retired'
}
