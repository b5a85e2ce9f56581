/** What drivers throw, turned into what fstore throws. Parameters, rows and passwords stay behind. */

import { FstoreError } from '../errors.js'
import { DatabaseError, type Session } from './database.js'
import { errorCode } from './error-code.js'
import { appRole } from './session.js'

/** The fields both drivers put on an error of the server's. */
export interface ServerError extends Error {
  readonly severity: string
  readonly code: string
  readonly detail?: string | undefined
  readonly hint?: string | undefined
  readonly position?: string | undefined
  readonly where?: string | undefined
  readonly schema?: string | undefined
  readonly table?: string | undefined
  readonly constraint?: string | undefined
}

/** Whether the server itself said it, rather than the driver or the network. */
export function isServerError(error: unknown): error is ServerError {
  return errorCode(error) !== undefined && 'severity' in (error as object)
}

/** Not null and check violations print the whole row as their detail. */
const printsRow = new Set(['23502', '23514'])

/** The server's error without anything it was given. */
export function databaseError(error: ServerError): DatabaseError {
  return new DatabaseError({
    code: error.code,
    message: error.message,
    detail: printsRow.has(error.code) ? undefined : (error.detail ?? placeInCopy(error.where)),
    hint: error.hint,
    position: error.position === undefined ? undefined : Number(error.position),
    schema: error.schema,
    table: error.table,
    constraint: error.constraint,
  })
}

/** `COPY flights, line 3, column delay: "x"` without the value. */
function placeInCopy(context: string | undefined): string | undefined {
  return context?.match(/^COPY .*?, line \d+(, column \w+)?/)?.[0]
}

/**
 * Why the role of a session could not be taken: there is no such role, or it is not the user's to take.
 *
 * @param directory of an embedded database, which a program run elsewhere, or without its variables, makes by mistake
 */
export function roleError(error: unknown, session: Session, directory?: string): FstoreError | undefined {
  if (session.role !== 'app' || !isServerError(error)) return undefined
  if (error.code === '22023') {
    const database = directory === undefined ? 'database' : `embedded database ${directory}`
    const elsewhere =
      'If another is meant: set DATABASE_URL (programs do not read .env, the command line does), or give createFeatureStore the folder of the config as `root`.'
    return new FstoreError('NOT_MIGRATED', `The ${database} has no role ${appRole}.`, {
      why: 'fstore reads and writes data as that role, which its first migration makes.',
      fix: `Run \`fstore build\`, or \`fstore migrate\` alone.${directory === undefined ? '' : ` ${elsewhere}`}`,
    })
  }
  if (error.code !== '42501') return undefined
  return new FstoreError('PERMISSION_DENIED', `The database user may not act as ${appRole}.`, {
    why: 'fstore reads and writes data as that role, so that row-level security holds.',
    fix: `As a superuser: GRANT ${appRole} TO the user in the database URL; or run \`fstore migrate\` as that user.`,
  })
}

/** The transaction failed earlier and its work went on regardless: a COMMIT would quietly have been a ROLLBACK. */
export function abortedError(): DatabaseError {
  return new DatabaseError({
    code: '25P02',
    message: 'The transaction was rolled back, because a statement in it had failed',
  })
}
