/** The columns of source tables by which SQL tells tenants apart. */
import type { Select } from '../transform/select.js'

const name = '("(?:[^"]|"")+"|[^\\s"\'().]+)'
const comparisons = [
  `${name}(?: :: \\S+)? = (?:cast )?(?:\\( )*:tenant_id(?!\\S)`,
  `:tenant_id(?: :: \\S+| as \\S+)?(?: \\))* = (?:\\S+ \\. )*${name}`,
]

/** Columns compared with `:tenant_id`, and those that are called as usual; none where the SQL never says it. */
export function tenantColumns({ canonical, uses }: Select): string[] {
  if (!uses.has('tenant_id')) return []
  const compared = comparisons.flatMap((pattern) => [...canonical.matchAll(new RegExp(pattern, 'g'))])
  return ['tenant', 'tenant_id', ...compared.map(([, column]) => unquoted(column as string))]
}

function unquoted(column: string): string {
  return column.startsWith('"') ? column.slice(1, -1).replaceAll('""', '"') : column
}
