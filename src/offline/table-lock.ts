/**
 * Who may write the table of one version for one tenant. A window has it alone; windows that run side by side share it,
 * and write one after another under the lock of its coverage. What must meet no rows on their way takes it, too.
 */

/** The key of an advisory lock, in SQL. @param table the quoted name of the history, and the tenant, as placeholders */
export function tableKey(table: string, tenant: string): string {
  return `hashtextextended(${table}, hashtextextended(${tenant}, 0))`
}
