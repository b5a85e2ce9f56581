/** A project whose first group is over a table of the user's own. */
import { parseInstant } from '../../config/instant.js'
import { nameProblem } from '../../config/parse/names.js'
import { type Database, DatabaseError } from '../../db/database.js'
import { FstoreError } from '../../errors.js'
import { visible } from '../format.js'
import { boundsOf } from './bounds.js'
import { configText, type UrlVariables } from './config-text.js'
import { type GroupText, groupText } from './group-text.js'
import { ownSchema } from './own-schema.js'
import type { NewFile } from './project-files.js'
import type { Proposal } from './proposal.js'
import { readSpan, type Span } from './span.js'
import { projectName, type Surroundings } from './surroundings.js'
import { type Warning, warningsOf } from './warnings.js'

export interface OwnProject {
  readonly group: GroupText
  /** Of fstore's own tables. */
  readonly schema: string
  readonly span: Span
  /** Its rows are told apart by tenant. */
  readonly hasTenant: boolean
  readonly files: readonly NewFile[]
  readonly warnings: readonly Warning[]
}

export interface OwnOptions {
  readonly entity?: string | undefined
  readonly start?: string | undefined
}

/**
 * Reads what is needed of the table, and writes nothing.
 *
 * @throws FstoreError USAGE where the entity cannot be called so; TIMESTAMP_INVALID; DatabaseError
 */
export async function ownProject(
  db: Database,
  around: Surroundings,
  proposal: Proposal,
  { entity, start }: OwnOptions,
): Promise<OwnProject> {
  if (entity !== undefined) checkEntity(entity)
  if (start !== undefined) parseInstant(start)
  const span = await spanOf(db, proposal)
  const group = groupText(proposal, entity)
  const variables = variablesOf(around)
  const project = projectName(around)
  const schema = await ownSchema(db, project)
  const config = configText({
    project,
    schema,
    group,
    source: visible(proposal.table.name),
    bounds: boundsOf(span, start),
    hasTenant: proposal.tenant !== undefined,
    ...(variables && { variables }),
  })
  const hasSecrets = around.database?.from.startsWith('.env') ?? false
  const files = [
    { name: 'featurestore.config.ts', content: config },
    { name: `features/${group.name}.sql`, content: group.sql },
    { name: '.gitignore', content: `.fstore/\n${hasSecrets ? '.env\n.env.local\n' : ''}node_modules/\n` },
  ]
  return { group, schema, span, hasTenant: proposal.tenant !== undefined, files, warnings: warningsOf(proposal, span) }
}

async function spanOf(db: Database, proposal: Proposal): Promise<Span> {
  return readSpan(db, proposal).catch((error: unknown) => {
    if (!(error instanceof DatabaseError)) throw error
    throw new FstoreError('SQL_FAILED', `${proposal.table.sql} cannot be read: ${error.message}.`, {
      why: error.detail,
      fix: error.hint ?? 'Name another table with --from.',
    })
  })
}

function checkEntity(name: string): void {
  const problem = nameProblem(name, 'entity')
  if (problem)
    throw new FstoreError('USAGE', `The entity's name will not do: ${problem.message}.`, { fix: problem.fix })
}

/** Of a project that keeps its URLs in variables of other names than fstore's. */
function variablesOf({ database, directUrl }: Surroundings): UrlVariables | undefined {
  if (database === undefined) return undefined
  const direct = directUrl === undefined || directUrl.variable === 'DIRECT_URL' ? undefined : directUrl.variable
  if (database.variable === 'DATABASE_URL' && direct === undefined) return undefined
  return { database: database.variable, ...(direct !== undefined && { directUrl: direct }) }
}
