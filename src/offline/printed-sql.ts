/** The SQL that a group runs for one window, as a person reads it: its parameters by name, the groups it reads as CTEs. */
import { Statement } from '../transform/statement.js'
import type { CompiledGroup } from './compile.js'
import { addAlone } from './rows.js'

const named = { start_time: ':start_time', end_time: ':end_time', tenant_id: ':tenant_id' }

/** Values stay where they are bound, so that a name is what is printed. */
class PrintedStatement extends Statement {
  override bind(value: unknown): string {
    return String(value)
  }
}

/** One text for each SELECT of the group; `feature` is whose it is where each has its own. */
export function printedSql(compiled: CompiledGroup): { readonly feature: string | null; readonly sql: string }[] {
  return compiled.selects.map((owned) => ({
    feature: owned.feature?.name ?? null,
    sql: addAlone(new PrintedStatement(), compiled, owned, named).text,
  }))
}
