/** Who may do what: by bearer token, and without one only who is on this machine. */
import type { IncomingHttpHeaders } from 'node:http'
import { HttpFailure } from './failure.js'
import { type Bearer, type Scope, scopes, type Tokens } from './tokens.js'

/** Everyone who can reach a server that has no tokens: it is bound to this machine. */
const anyone: Bearer = Object.freeze({ name: 'anyone', isAnyone: true, scopes })

/** @throws HttpFailure TOKEN_MISSING, TOKEN_UNKNOWN, FORBIDDEN */
export function authorize(tokens: Tokens, headers: IncomingHttpHeaders, scope: Scope): Bearer {
  const bearer = tokens.isEmpty ? anyone : bearerOf(tokens, headers)
  if (bearer.scopes.includes(scope)) return bearer
  throw new HttpFailure('FORBIDDEN', `The token ${bearer.name} has not the scope "${scope}".`, {
    why: `It has: ${bearer.scopes.join(', ')}.`,
    fix: `Ask with another token, or give this one the scope in the list of --tokens.`,
  })
}

function bearerOf(tokens: Tokens, { authorization }: IncomingHttpHeaders): Bearer {
  const [, token] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? []
  const headers = { 'WWW-Authenticate': 'Bearer' }
  if (token === undefined)
    throw new HttpFailure('TOKEN_MISSING', 'The route wants a bearer token.', {
      fix: 'Send the header Authorization: Bearer <token>.',
      headers,
    })
  const bearer = tokens.find(token)
  if (bearer === undefined)
    throw new HttpFailure('TOKEN_UNKNOWN', 'The server does not know the token.', {
      fix: 'Check it against what the server was started with: FSTORE_TOKEN, --token-file or --tokens.',
      headers,
    })
  return bearer
}

/** The tenant asked for; undefined where none is named. @throws HttpFailure FORBIDDEN, BODY_INVALID */
export function tenantOf({ name, tenant }: Bearer, headers: IncomingHttpHeaders): string | undefined {
  const header = headers['x-fstore-tenant'] as string | undefined
  if (header === undefined || header === '') return tenant
  const named = decoded(header)
  if (tenant === undefined || tenant === named) return named
  throw new HttpFailure('FORBIDDEN', `The token ${name} is good for one tenant, and "${named}" is not it.`, {
    fix: 'Leave the header X-Fstore-Tenant out, or ask with a token of that tenant.',
  })
}

/** A header holds ASCII; what a name has beyond it is percent-encoded. */
function decoded(header: string): string {
  try {
    return decodeURIComponent(header)
  } catch {
    throw new HttpFailure('BODY_INVALID', 'The header X-Fstore-Tenant is not percent-encoded.')
  }
}
