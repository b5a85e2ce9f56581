/** What a request is refused with: a status, a stable code, and what a person needs to mend it. Never a stack. */
import { type ErrorCode, FstoreError, type Problem } from '../errors.js'

/** Codes that only a server has, beside those of the library. */
export const httpCodes = {
  BODY_INVALID: [400, 'The body or the path is not what the route takes; every mistake is listed.'],
  TOKEN_MISSING: [401, 'The route wants a bearer token.'],
  TOKEN_UNKNOWN: [401, 'The server does not know the token.'],
  FORBIDDEN: [403, 'The token, the tenant or the Host header does not allow it.'],
  TENANT_SUSPENDED: [403, 'The tenant is suspended.'],
  TENANT_UNKNOWN: [404, 'There is no such tenant.'],
  ROUTE_UNKNOWN: [404, 'There is no such route.'],
  METHOD_NOT_ALLOWED: [405, 'The route takes another method; `Allow` names it.'],
  BUSY: [409, 'Another run is under way.'],
  BODY_TOO_LARGE: [413, 'The body, or what it asks for, is larger than the server takes.'],
  CONTENT_TYPE: [415, 'The body is not said to be JSON, or is compressed.'],
  OVERLOADED: [503, 'The server has as many requests under way as it takes.'],
  TIMED_OUT: [504, 'The answer took longer than the server waits.'],
} as const satisfies Record<string, readonly [number, string]>

export type HttpCode = keyof typeof httpCodes

interface Details {
  readonly why?: string | undefined
  readonly fix?: string | undefined
  readonly problems?: readonly Problem[] | undefined
  readonly headers?: Readonly<Record<string, string>>
}

export class HttpFailure extends Error {
  override readonly name = 'HttpFailure'
  readonly status: number
  readonly code: HttpCode
  readonly details: Details

  constructor(code: HttpCode, message: string, details: Details = {}) {
    super(message)
    this.status = httpCodes[code][0]
    this.code = code
    this.details = details
  }
}

/** Statuses of the library's errors; of those that are not here it is 500. */
const statuses: Partial<Record<ErrorCode, number>> = {
  USAGE: 400,
  TIMESTAMP_INVALID: 400,
  RANGE_EMPTY: 400,
  NAME_AMBIGUOUS: 400,
  NAME_COLLISION: 400,
  KEY_INVALID: 400,
  VALUE_INVALID: 400,
  PUSH_REFUSED: 400,
  NOT_COMPUTED: 400,
  REQUEST_INVALID: 400,
  NAME_UNKNOWN: 404,
  NOT_BUILT: 409,
  LOCKED: 409,
  PROMOTION_BLOCKED: 409,
  ROW_REJECTED: 422,
  NOT_MIGRATED: 503,
  DATABASE_UNREACHABLE: 503,
  REDIS_UNREACHABLE: 503,
  REDIS_REFUSED: 503,
  INTERRUPTED: 503,
}

export interface ErrorBody {
  readonly code: string
  readonly message: string
  readonly why?: string
  readonly fix?: string
  readonly problems?: readonly Problem[]
}

export interface Refusal {
  readonly status: number
  readonly body: ErrorBody
  readonly headers: Readonly<Record<string, string>>
  /** Nobody but whoever runs the server can mend it. */
  readonly isBug: boolean
}

/** @param requestId under which the log tells what the client is not told */
export function refusalOf(error: unknown, requestId: string): Refusal {
  if (error instanceof HttpFailure) {
    const { status, code, message, details } = error
    return { status, body: bodyOf({ code, message, ...details }), headers: details.headers ?? {}, isBug: false }
  }
  if (error instanceof FstoreError && error.code !== 'INTERNAL') {
    const status = statuses[error.code] ?? 500
    const headers: Record<string, string> = status === 503 ? { 'Retry-After': '1' } : {}
    return { status, body: bodyOf(error), headers, isBug: false }
  }
  const fix = `The server's log tells more under the request id ${requestId}.`
  return { status: 500, body: { code: 'INTERNAL', message: 'fstore ran into a bug.', fix }, headers: {}, isBug: true }
}

/** Files of the server, which an error may name, are nobody else's business. */
export function bodyOf(error: {
  readonly code: string
  readonly message: string
  readonly why?: string | undefined
  readonly fix?: string | undefined
  readonly problems?: readonly Problem[] | undefined
}): ErrorBody {
  const { code, message, why, fix, problems = [] } = error
  return {
    code,
    message,
    ...(why !== undefined && { why }),
    ...(fix !== undefined && { fix }),
    ...(problems.length > 0 && { problems }),
  }
}
