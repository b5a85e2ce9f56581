/** SQL of on-demand groups against the target database: its columns, and whether a training set can have it. */
import type { OnDemandSpec } from '../config/project.js'
import { exit, FstoreError } from '../errors.js'
import { columnsOf, type Described, placeOfColumn, together } from '../offline/describe.js'
import {
  addProbe,
  askedSql,
  compileOnDemand,
  type OnDemandSelect,
  onDemandError,
  requireAt,
  selectedKeys,
} from '../offline/on-demand-sql.js'
import { Catalog, type CatalogEntries } from '../registry/catalog.js'
import { Statement } from '../transform/statement.js'
import { volatileParts } from '../transform/volatile.js'
import type { BuildScope } from './execute.js'
import { type Finding, finding, findingOf } from './finding.js'

export async function examineOnDemand(scope: BuildScope, role: 'app' | 'owner'): Promise<Finding[]> {
  const own = scope.project.onDemand.filter(({ sql }) => sql !== undefined)
  if (own.length === 0) return []
  const catalog = await new Catalog(scope.db, scope.project.schema).entries().catch(() => new Map())
  const findings: Finding[] = []
  for (const group of own) findings.push(...(await examineGroup(scope, group, role, catalog)))
  return findings
}

async function examineGroup(
  scope: BuildScope,
  group: OnDemandSpec,
  role: 'app' | 'owner',
  catalog: CatalogEntries,
): Promise<Finding[]> {
  const owner = { group: group.name }
  const findings: Finding[] = []
  const report = (error: unknown) => {
    if (!(error instanceof FstoreError) || error.exitCode === exit.unreachable) throw error
    const { message, fix } = error
    const isUnbuilt = error.code === 'NOT_BUILT'
    findings.push(isUnbuilt ? finding('note', 'NOT_CHECKED', owner, { message, fix }) : findingOf(owner, error))
  }
  try {
    const compiled = await compileOnDemand(scope, group)
    findings.push(...timeOf(compiled))
    findings.push(...(await examineColumns(scope, compiled, role, catalog, report)))
  } catch (error) {
    report(error)
  }
  return findings
}

function timeOf(compiled: OnDemandSelect): Finding[] {
  const { group, select } = compiled
  const owner = { group: group.name }
  const clocks = volatileParts(select).map(({ text, where }) =>
    finding('warning', 'CLOCK_IN_SQL', owner, {
      message: `The SQL of ${group.name} depends on the clock or on chance: ${text}.`,
      where,
      why: 'A row of a training set then has another value than was served at its time.',
      fix: 'Use :at, the instant that is asked about.',
    }),
  )
  try {
    requireAt(compiled)
    return clocks
  } catch (error) {
    if (!(error instanceof FstoreError)) throw error
    const { message, where, why, fix } = error
    return [...clocks, finding('warning', 'NOT_EXPORTABLE', owner, { message, where, why, fix })]
  }
}

async function examineColumns(
  { db, tenant }: BuildScope,
  compiled: OnDemandSelect,
  role: 'app' | 'owner',
  catalog: CatalogEntries,
  report: (error: unknown) => void,
): Promise<Finding[]> {
  const { group, select } = compiled
  const statement = new Statement().add('SELECT r.* FROM ')
  statement.add(`${askedSql(statement, group, [], undefined)} CROSS JOIN LATERAL `)
  addProbe(statement, compiled, { tenant, catalog }).add(' AS r')
  const columns = await db
    .transaction({ role, tenant, readOnly: true }, (tx) => columnsOf(tx, statement))
    .catch((error: unknown) => Promise.reject(onDemandError(error, statement, compiled)))
  const needed = selectedKeys(compiled)
  const entity = { ...group.entity, keys: group.entity.keys.filter(({ name }) => needed.includes(name)) }
  const described: Described = { group: { ...group, entity }, selects: [{ select }] }
  const { unused } = together(described, columns, report)
  const known = group.entity.keys.map(({ name }) => name)
  return unused
    .filter((name) => !known.includes(name))
    .map((name) => {
      const message = `The SQL of ${group.name} yields "${name}", which the config does not declare.`
      const where = placeOfColumn({ select }, name)
      const fix = 'Declare it as a feature, or take it out of the SELECT.'
      return finding('warning', 'COLUMN_UNDECLARED', { group: group.name }, { message, where, fix })
    })
}
