/** Where a database is, in words that may be printed. */

import { FstoreError } from '../errors.js'

/** Whom we talk to; never the password. */
export interface Target {
  readonly user: string | undefined
  /** `host:port/database`. */
  readonly place: string
}

const form = 'postgres://user:password@host:5432/database'

/**
 * Reads a connection URL for what may be shown of it.
 *
 * @throws FstoreError CONFIG_INVALID where it is not one; the URL itself is not repeated, as it may hold a password.
 */
export function targetOfUrl(url: string): Target {
  const parsed = parsedUrl(url) ?? parsedUrl(url.replace('@/', '@localhost/'))
  if (parsed === undefined) throw invalidUrl('It cannot be read as a URL.')
  if (!/^postgres(ql)?:$/.test(parsed.protocol)) throw invalidUrl('It does not begin with postgres://.')
  // An unescaped / ? or # ends the host early: what looks like host and port then is a piece of the password.
  if (parsed.hash !== '' || parsed.pathname.includes('@') || parsed.search.includes('@')) {
    throw invalidUrl('The password, or another part, holds one of / ? # @ as it is.')
  }
  return targetOf({
    host: parsed.searchParams.get('host') ?? parsed.hostname,
    port: parsed.searchParams.get('port') ?? parsed.port,
    user: parsed.searchParams.get('user') ?? parsed.username,
    database: parsed.pathname.slice(1),
  })
}

function parsedUrl(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined
}

/** The same of a caller's pool, as far as its options tell. */
export function targetOfPool(pool: { options?: Options & { connectionString?: string | undefined } }): Target {
  const { connectionString, ...options } = pool.options ?? {}
  try {
    return connectionString ? targetOfUrl(connectionString) : targetOf(options)
  } catch {
    return targetOf({})
  }
}

interface Options {
  host?: string | undefined
  port?: number | string | undefined
  user?: string | undefined
  database?: string | undefined
}

function targetOf(options: Options): Target {
  const host = decoded(options.host || process.env.PGHOST || 'localhost')
  const user = decoded(options.user || process.env.PGUSER || '')
  const database = decoded(options.database || process.env.PGDATABASE || user)
  return {
    user: user === '' ? undefined : user,
    place: `${host}:${options.port || process.env.PGPORT || 5432}/${database}`,
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function invalidUrl(why: string): FstoreError {
  return new FstoreError('CONFIG_INVALID', 'The database URL is not valid.', {
    why,
    fix: `Write it as ${form}, with special characters percent-encoded (/ is %2F, @ is %40, # is %23, ? is %3F).`,
  })
}
