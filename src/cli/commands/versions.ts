import type { VersionState } from '../../plan/versions.js'
import { ago, since, spans } from '../ago.js'
import type { Globals } from '../globals.js'
import { glyph } from '../glyph.js'
import { withStore } from '../open.js'
import { printJson } from '../output.js'
import { type Column, printTable } from '../table.js'

export async function run(group: string, options: Globals): Promise<number> {
  return withStore(options, async ({ store }) => {
    const found = await store.versions(group)
    if (options.json) printJson({ ...found })
    else printTable({ columns, rows: found.versions, fields })
    return 0
  })
}

const signs = { live: glyph.good, retired: glyph.none, 'not live yet': glyph.odd, 'cleaned up': glyph.bad }

const columns: readonly Column<VersionState>[] = [
  { head: 'version', cell: ({ version }) => String(version), right: true },
  { head: 'state', cell: (version) => `${signs[stateOf(version)]} ${stateOf(version)}` },
  { head: 'fingerprint', cell: ({ fingerprint }) => fingerprint, drop: 2 },
  {
    head: 'last live since',
    cell: ({ promotedAt }) => ago(promotedAt),
    short: ({ promotedAt }) => since(promotedAt),
    drop: 1,
  },
  { head: 'covers', cell: ({ covered }) => spans(covered) },
  { head: 'change', cell: ({ changeSummary }) => changeSummary, cut: true },
]

const fields = {
  version: ({ version }: VersionState) => version,
  state: stateOf,
  fingerprint: ({ fingerprint }: VersionState) => fingerprint,
  promoted_at: ({ promotedAt }: VersionState) => promotedAt,
  covered: ({ covered }: VersionState) => covered,
  change: ({ changeSummary }: VersionState) => changeSummary,
}

function stateOf({ live, stored, promotedAt }: VersionState): keyof typeof signs {
  if (live) return 'live'
  if (!stored) return 'cleaned up'
  return promotedAt === null ? 'not live yet' : 'retired'
}
