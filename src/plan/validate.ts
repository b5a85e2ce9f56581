/** Config and SQL against the target database: every mistake at once, and nothing written. */
import { fromMicroseconds, toMicroseconds } from '../config/instant.js'
import { joinKeysOf } from '../config/join-keys.js'
import type { DatasetSpec, GroupSpec } from '../config/project.js'
import { findService } from '../config/reference.js'
import { requestFields } from '../config/request-fields.js'
import { readSql } from '../config/sql-source.js'
import { migrationStatus } from '../db/migrate.js'
import { FstoreError } from '../errors.js'
import type { CompiledGroup, OwnedSelect } from '../offline/compile.js'
import { examine, placeOfColumn } from '../offline/describe.js'
import { schemasOf } from '../offline/feature-table.js'
import { ensureVector, hasEmbedding, type VectorState, vectorState } from '../offline/vector-extension.js'
import { floorTo } from '../pipeline/window.js'
import { readClock } from '../registry/clock.js'
import { examineSpine } from '../training/spine-sql.js'
import { volatileParts } from '../transform/volatile.js'
import { examineEmbeddings } from './embeddings.js'
import type { BuildScope } from './execute.js'
import { type Finding, finding, findingOf } from './finding.js'
import { compileSound } from './sound.js'
import { examineOnDemand } from './validate-on-demand.js'

/** Everything that `validate` has found. */
export interface Validation {
  readonly groups: number
  readonly datasets: number
  readonly errors: number
  readonly warnings: number
  /** Errors first; then as the config has them. */
  readonly findings: readonly Finding[]
}

/** @throws FstoreError DATABASE_UNREACHABLE, LOCKED: what is wrong with the config's SQL is a finding, not an error */
export async function validateProject(scope: BuildScope): Promise<Validation> {
  const { project } = scope
  const target = await lookAt(scope)
  const { groups, findings: unreadable } = await compileSound(scope)
  const findings = [...unreadable, ...target.findings, ...examineEmbeddings(project.groups, target.vector)]
  for (const compiled of groups) {
    findings.push(...volatile(compiled))
    findings.push(...(await columnsOf(target, compiled)))
  }
  findings.push(...(await examineOnDemand(scope, target.role)))
  for (const dataset of project.datasets) findings.push(...(await spineOf(target, dataset)))
  findings.push(...unusedFeatures(scope))
  const order = ['error', 'warning', 'note']
  const amount = (severity: string) => findings.filter((one) => one.severity === severity).length
  return {
    groups: project.groups.length + project.onDemand.length,
    datasets: project.datasets.length,
    errors: amount('error'),
    warnings: amount('warning'),
    findings: findings.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity)),
  }
}

interface Target extends BuildScope {
  readonly role: 'app' | 'owner'
  readonly now: bigint
  /** Names of tables that are there. */
  readonly tables: ReadonlySet<string>
  readonly findings: readonly Finding[]
  readonly vector: VectorState
}

async function lookAt(scope: BuildScope): Promise<Target> {
  const { db, project } = scope
  const migrations = await migrationStatus({ db, schema: project.schema })
  const migrated = migrations.some(({ appliedAt }) => appliedAt !== null)
  const { offline } = schemasOf(project.schema)
  const { now, tables } = await db.transaction({ role: 'owner', readOnly: true }, async (tx) => {
    const found = await tx.query<{ name: string }>('SELECT tablename AS name FROM pg_tables WHERE schemaname = $1', [
      offline,
    ])
    return { now: await readClock(tx), tables: new Set(found.rows.map(({ name }) => name)) }
  })
  const message =
    'Whether fstore may read the sources was not checked: the role it reads as comes with `fstore migrate`.'
  const unknown = db.kind === 'postgres' && !migrated
  const findings = unknown ? [finding('note', 'NOT_CHECKED', {}, { message })] : []
  // The embedded database has it at hand, and one user.
  if (db.kind === 'pglite') await ensureVector(db, project.groups)
  const vector = await vectorState(db)
  // The embedded database grants its sources with each build.
  return { ...scope, vector, now, tables, findings, role: db.kind === 'pglite' || !migrated ? 'owner' : 'app' }
}

function volatile({ group, selects }: CompiledGroup): Finding[] {
  const what = { clock: 'the clock', chance: 'chance' }
  return selects.flatMap(({ select }) =>
    volatileParts(select).map(({ text, kind, where }) =>
      finding(
        'warning',
        kind === 'clock' ? 'CLOCK_IN_SQL' : 'CHANCE_IN_SQL',
        { group: group.name },
        {
          message: `The SQL of ${group.name} depends on ${what[kind]}: ${text}.`,
          where,
          why:
            kind === 'clock'
              ? 'A window that runs later, as every window of a backfill does, then yields what was not known at its end.'
              : 'A window that runs again then yields other values.',
          fix: kind === 'clock' ? 'Use :end_time, the instant as of which the row is known.' : 'Take it out.',
        },
      ),
    ),
  )
}

async function columnsOf(target: Target, compiled: CompiledGroup): Promise<Finding[]> {
  const { db, tenant, role, now, tables } = target
  const { group } = compiled
  // What is pushed has no SQL.
  if (compiled.selects.length === 0) return []
  // Its SQL names a type that is not there yet.
  if (target.vector !== 'installed' && hasEmbedding([group])) return []
  const findings: Finding[] = []
  const absent = new Set(compiled.reads.filter(({ table }) => !tables.has(table.name)).map(({ table }) => table.group))
  const bindings = { ...lastWindow(group, now), tenant_id: tenant }
  const shape = await examine({ db, compiled, bindings, role, absent }, (error) => {
    findings.push(findingOf({ group: group.name }, error))
  })
  for (const column of shape?.unused ?? []) {
    const message = `The SQL of ${group.name} yields "${column}", which the config does not declare.`
    const where = placeOfColumn(compiled.selects[0] as OwnedSelect, column)
    const fix = 'Declare it as a feature, or take it out of the SELECT.'
    findings.push(finding('warning', 'COLUMN_UNDECLARED', { group: group.name }, { message, where, fix }))
  }
  return findings
}

/** The last window that is over. */
function lastWindow({ every, end: last }: GroupSpec, now: bigint) {
  const limit = last === undefined || toMicroseconds(last) > now ? now : toMicroseconds(last)
  const end = floorTo(limit, every)
  return { start_time: fromMicroseconds(end - BigInt(every) * 1_000_000n), end_time: fromMicroseconds(end) }
}

async function spineOf(target: Target, { name, spine, service, labels }: DatasetSpec): Promise<Finding[]> {
  const { db, project, tenant, root, files, role } = target
  try {
    const { text, file } = await readSql({ source: spine, root, files })
    const asked = findService(project, service)
    const keys = new Map(joinKeysOf(project, asked).map((key) => [key.name, key.type]))
    const request = new Map([...requestFields(project, asked.picks)].map(([field, { group }]) => [field, group]))
    const columns = { keys, request, labels: labels.map((label) => label.name) }
    const context = { db, schemas: schemasOf(project.schema), tenant, ...columns }
    await examineSpine(context, { sql: text, file, role })
    return []
  } catch (error) {
    if (!(error instanceof FstoreError) || error.exitCode === 5) throw error
    return [findingOf({ dataset: name }, error)]
  }
}

/** A config without services serves its features by name, so none counts as unused. */
function unusedFeatures({ project }: BuildScope): Finding[] {
  if (project.services.length === 0) return []
  const picked = [
    ...project.services.flatMap(({ picks }) => picks),
    ...project.onDemand.flatMap(({ inputs }) => inputs),
  ]
  const used = new Set(picked.flatMap(({ group, features }) => features.map((name) => `${group}.${name}`)))
  return [...project.groups, ...project.onDemand].flatMap((group) => {
    const unused = group.features.map(({ name }) => `${group.name}.${name}`).filter((name) => !used.has(name))
    if (unused.length === 0) return []
    return [
      finding('note', 'FEATURE_UNUSED', { group: group.name }, { message: `No service uses ${unused.join(', ')}.` }),
    ]
  })
}
