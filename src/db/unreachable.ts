/** Failures to reach a server, each with its own fix. */

import { FstoreError } from '../errors.js'
import { errorCode } from './error-code.js'
import { isServerError } from './failure.js'
import type { Target } from './target.js'

/** SQLSTATEs by which a server, or a pooler before it, ends or refuses a connection. */
const endsConnection = /^(08...|57P0[1-5])$/

/** What the driver says of a connection that broke while in use; the network's own errors carry a `syscall`. */
const saysBroken = /^Connection terminated|connection error and is not queryable|^Client was closed/

/** Whether the connection was lost, so that nothing is known of what was asked. */
export function isConnectionFailure(error: unknown): boolean {
  if (isServerError(error)) return endsConnection.test(error.code)
  if (typeof error !== 'object' || error === null) return false
  return 'syscall' in error || isAggregate(error) || saysBroken.test(messageOf(error))
}

/** The error to raise: it names the place and the user, never the password. */
export function unreachable(error: unknown, target: Target): FstoreError {
  const user = target.user === undefined ? '' : ` as ${target.user}`
  const { why, fix } = reason(error, target)
  return new FstoreError('DATABASE_UNREACHABLE', `Cannot reach the database at ${target.place}${user}.`, { why, fix })
}

interface Reason {
  why: string
  fix: string
}

const checkUrl = 'Check the database URL.'

function reason(error: unknown, target: Target): Reason {
  const code = codeOf(error)
  const known = reasons.find(([pattern]) => pattern.test(code))
  if (known) return known[1](target)
  const message = messageOf(error)
  if (/timeout/i.test(message))
    return { why: 'It did not answer in time.', fix: `${checkUrl} Is a firewall in between?` }
  if (/password must be a string/.test(message))
    return { why: 'It asks for a password.', fix: `${checkUrl} It has none.` }
  if (/SSL|TLS|certificate/i.test(message)) return { why: `${message}.`, fix: 'Set sslmode in the database URL.' }
  if (/terminated|connection error|not queryable/.test(message)) {
    return { why: 'The connection was closed while in use.', fix: 'Look at the server’s log; then try again.' }
  }
  return {
    why: isServerError(error) ? `The server said: ${message}.` : code || 'The connection failed.',
    fix: checkUrl,
  }
}

const reasons: readonly (readonly [RegExp, (target: Target) => Reason])[] = [
  [/^ECONNREFUSED$/, () => ({ why: 'Nothing listens there.', fix: 'Start PostgreSQL, or correct host and port.' })],
  [
    /^(ENOTFOUND|EAI_AGAIN)$/,
    () => ({ why: 'The host name does not resolve.', fix: `${checkUrl} Is its host right?` }),
  ],
  [/^ENOENT$/, () => ({ why: 'There is no such socket.', fix: 'Start PostgreSQL, or correct the socket’s folder.' })],
  [/^(EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/, () => ({ why: 'There is no way to that host.', fix: checkUrl })],
  [
    /^(ECONNRESET|EPIPE)$/,
    () => ({ why: 'The connection was cut.', fix: 'Look at the server’s log; then try again.' }),
  ],
  [/CERT|ERR_TLS/, () => ({ why: 'Its certificate is not trusted.', fix: 'Give sslrootcert in the database URL.' })],
  [/^28/, () => ({ why: 'It refused the user or the password.', fix: `${checkUrl} Are user and password right?` })],
  [
    /^3D000$/,
    (target) => ({
      why: 'There is no such database.',
      fix: `Run \`createdb ${target.place.split('/').at(-1)}\`, or correct the name in the database URL.`,
    }),
  ],
  [
    /^53300$/,
    () => ({ why: 'It has no connection left.', fix: 'Raise max_connections, or connect through a pooler.' }),
  ],
  [/^57P03$/, () => ({ why: 'It is starting up or shutting down.', fix: 'Try again in a moment.' })],
  [/^57P0/, () => ({ why: 'The server ended the connection.', fix: 'Look at the server’s log; then try again.' })],
]

/** A node or SQLSTATE code. A host with several addresses fails as an AggregateError with an empty message. */
function codeOf(error: unknown): string {
  return errorCode(error) ?? (isAggregate(error) ? codeOf(error.errors[0]) : '')
}

function isAggregate(error: unknown): error is AggregateError {
  return typeof error === 'object' && error !== null && 'errors' in error && Array.isArray(error.errors)
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : ''
}
