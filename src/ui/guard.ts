/** Who may see the page: this machine alone, or who brings the token. */
import { HttpFailure } from '../serve/failure.js'
import { requireLocalName } from '../serve/host.js'
import type { Tokens } from '../serve/tokens.js'

/** Nothing from elsewhere is loaded, nothing is sent elsewhere, and no page of another site may hold this one. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

export class Guard {
  readonly #tokens: Tokens

  /** @param tokens none: whoever is on this machine may */
  constructor(tokens: Tokens) {
    this.#tokens = tokens
  }

  get isOpen(): boolean {
    return this.#tokens.isEmpty
  }

  /** Cookies know no ports: two pages on one machine would log each other out. */
  cookieName(port: string): string {
    return `fstore_ui_${port || '80'}`
  }

  /** @throws HttpFailure FORBIDDEN, TOKEN_MISSING, TOKEN_UNKNOWN */
  check(request: Request): void {
    const { headers } = request
    if (headers.get('sec-fetch-site') === 'cross-site' && headers.get('sec-fetch-mode') !== 'navigate')
      throw new HttpFailure('FORBIDDEN', 'A page of another site asks.')
    if (this.isOpen) requireLocalName(headers.get('host') ?? undefined)
    else this.#checkToken(request)
  }

  #checkToken(request: Request): void {
    const token = this.#given(request)
    if (token === undefined)
      throw new HttpFailure('TOKEN_MISSING', 'The page wants the token that `fstore ui` has printed.', {
        fix: 'Open the address that it printed, with ?token=… in it.',
      })
    if (!this.knows(token))
      throw new HttpFailure('TOKEN_UNKNOWN', 'The token is not the one of this server.', {
        fix: 'Open the address that `fstore ui` printed when it was last started.',
      })
  }

  knows(token: string): boolean {
    return this.#tokens.find(token) !== undefined
  }

  #given({ headers, url }: Request): string | undefined {
    const [, bearer] = /^Bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '') ?? []
    if (bearer !== undefined) return bearer
    const name = this.cookieName(portOf(headers, url))
    const cookies = (headers.get('cookie') ?? '').split(';').map((one) => one.trim())
    return cookies.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1)
  }
}

/** As the browser sees it: a proxy may listen on another. */
export function portOf(headers: Headers, url: string): string {
  return /:(\d+)$/.exec(headers.get('host') ?? '')?.[1] ?? new URL(url).port
}
