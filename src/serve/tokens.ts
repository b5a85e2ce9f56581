/** Bearer tokens: who may ask for what, and of which tenant. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { FstoreError } from '../errors.js'

export const scopes = ['read', 'write', 'admin'] as const

/** `read`: features, vectors, the catalogue; `write`: events; `admin`: materialize. */
export type Scope = (typeof scopes)[number]

/** Who may do what: a secret or its SHA-256 in hex, its scopes, and its tenant if it is for one alone. */
export interface Token {
  /** How the log names its bearer. */
  readonly name: string
  /** The secret itself, or its SHA-256 in hex. */
  readonly token?: string | undefined
  readonly sha256?: string | undefined
  /** The only tenant it is good for. Absent: all. */
  readonly tenant?: string | undefined
  /** `read` when absent. */
  readonly scopes?: readonly Scope[] | undefined
}

/** Who sent a request, as far as the server can tell. */
export interface Bearer {
  readonly name: string
  /** Nobody was asked for a token. */
  readonly isAnyone?: boolean
  readonly tenant?: string | undefined
  readonly scopes: readonly Scope[]
}

/** Shorter ones can be guessed, and a header ends at a space. */
const strong = /^[\x21-\x7e]{16,}$/
const weak = 'is shorter than 16 characters, or holds others than ASCII without spaces'

const schema = z.array(
  z
    .strictObject({
      name: z.string().min(1).max(64),
      token: z.string().regex(strong, weak).optional(),
      sha256: z
        .string()
        .regex(/^[\da-f]{64}$/i, 'is not a SHA-256 in hex')
        .optional(),
      tenant: z.string().min(1).optional(),
      scopes: z.array(z.enum(scopes)).min(1).optional(),
    })
    .refine(({ token, sha256 }) => (token === undefined) !== (sha256 === undefined), 'needs either token or sha256'),
)

/** @param source where they come from, for whoever has to mend them @throws FstoreError TOKENS_INVALID */
export function parseTokens(text: string, source: string): Token[] {
  const fix = 'Write a JSON list: [{"name": "ranker", "token": "…", "tenant": "acme", "scopes": ["read"]}].'
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new FstoreError('TOKENS_INVALID', `${source} is not JSON.`, { fix })
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.') || source, message }))
  throw new FstoreError('TOKENS_INVALID', `${source} holds what is no list of tokens.`, { problems, fix })
}

/** One secret, with every right, for every tenant. @throws FstoreError TOKENS_INVALID */
export function soleToken(token: string, source: string, of: readonly Scope[] = scopes): Token {
  if (strong.test(token)) return { name: source, token, scopes: of }
  throw new FstoreError('TOKENS_INVALID', `${source} ${weak}.`, {
    fix: 'Make one with `openssl rand -hex 32`.',
  })
}

export class Tokens {
  readonly #key = randomBytes(32)
  readonly #bearers = new Map<string, { readonly digest: Buffer; readonly bearer: Bearer }>()

  constructor(tokens: readonly Token[]) {
    for (const { name, token, sha256, tenant, scopes: own = ['read'] as const } of tokens) {
      const digest = this.#digest(sha256 === undefined ? hash(token ?? '') : Buffer.from(sha256, 'hex'))
      const bearer = Object.freeze({ name, tenant, scopes: own })
      this.#bearers.set(digest.toString('base64'), { digest, bearer })
    }
  }

  get isEmpty(): boolean {
    return this.#bearers.size === 0
  }

  /**
   * How long it takes tells nothing of the tokens: what is looked up and compared is keyed with what nobody but this
   * process knows.
   */
  find(token: string): Bearer | undefined {
    const digest = this.#digest(hash(token))
    const found = this.#bearers.get(digest.toString('base64'))
    return found !== undefined && timingSafeEqual(found.digest, digest) ? found.bearer : undefined
  }

  #digest(hashed: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(hashed).digest()
  }
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
