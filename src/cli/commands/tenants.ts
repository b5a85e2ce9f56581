import { FstoreError } from '../../errors.js'
import type { Tenant } from '../../registry/tenants.js'
import type { AnyStore } from '../../store.js'
import { ago, since } from '../ago.js'
import type { Globals } from '../globals.js'
import { glyph } from '../glyph.js'
import { withStore } from '../open.js'
import { printJson, printResult } from '../output.js'
import { type Column, printTable } from '../table.js'

interface Options extends Globals {
  readonly displayName?: string
}

export async function run(action: string, name: string | undefined, options: Options): Promise<number> {
  if ((action === 'list') !== (name === undefined))
    throw new FstoreError('USAGE', action === 'list' ? 'list takes no tenant.' : `${action} needs a tenant.`, {
      fix: action === 'list' ? 'Run `fstore tenants`.' : `Write \`fstore tenants ${action} NAME\`.`,
    })
  if (action === 'remove')
    throw new FstoreError('USAGE', 'A tenant is removed with all that is kept of it.', {
      fix: `\`fstore erase --tenant ${name} --dry-run\` counts that, and without --dry-run erases it. \`fstore tenants suspend\` keeps it.`,
    })
  return withStore(options, async ({ store }) => {
    if (name === undefined) await list(store, options)
    else if (action === 'add') await add(store, name, options)
    else await suspend(store, name, options)
    return 0
  })
}

async function list(store: AnyStore, { json }: Globals): Promise<void> {
  const tenants = await store.tenants()
  if (json) return printJson({ tenants })
  printTable({ columns, rows: tenants, fields })
}

const columns: readonly Column<Tenant>[] = [
  { head: 'tenant', cell: ({ tenant }) => tenant, cut: true },
  { head: 'status', cell: ({ status }) => `${status === 'active' ? glyph.good : glyph.none} ${status}` },
  { head: 'name', cell: ({ displayName }) => displayName ?? '-', cut: true },
  { head: 'since', cell: ({ createdAt }) => ago(createdAt), short: ({ createdAt }) => since(createdAt) },
]

const fields = {
  tenant: ({ tenant }: Tenant) => tenant,
  status: ({ status }: Tenant) => status,
  name: ({ displayName }: Tenant) => displayName,
  created_at: ({ createdAt }: Tenant) => createdAt,
}

async function add(store: AnyStore, tenant: string, { displayName, json }: Options): Promise<void> {
  const added = await store.addTenant({ tenant, displayName })
  if (json) return printJson({ ...added })
  printResult(`${tenant} is active: promotions wait for it, and \`fstore build --all-tenants\` builds for it.`)
}

async function suspend(store: AnyStore, tenant: string, { json }: Globals): Promise<void> {
  const suspended = await store.suspendTenant(tenant)
  if (json) return printJson({ ...suspended })
  printResult(`${tenant} is suspended: no promotion waits for it, and --all-tenants leaves it out. Its rows stay.`)
}
