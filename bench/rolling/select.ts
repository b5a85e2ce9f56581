/** The SELECT of a config's only group as plain text, over a span of time. */
import { parseConfig } from '../../src/config/parse.js'
import { compileProject } from '../../src/offline/compile.js'
import { printedSql } from '../../src/offline/printed-sql.js'

export async function selectOf(config: unknown, { start, end }: { start: string; end: string }): Promise<string> {
  const [compiled] = await compileProject({ project: parseConfig(config), root: '/' })
  const [select] = compiled === undefined ? [] : printedSql(compiled)
  if (select === undefined) throw new Error('The config has no group')
  return select.sql.replaceAll(':start_time', `'${start}Z'`).replaceAll(':end_time', `'${end}Z'`)
}
