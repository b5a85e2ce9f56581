/** Where a Redis is, read from its URL. */
import { FstoreError } from '../errors.js'

export interface RedisTarget {
  readonly kind: 'single' | 'sentinel' | 'cluster'
  /** The server, or the sentinels or nodes to ask first. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  readonly username?: string
  readonly password?: string
  readonly db: number
  readonly tls: boolean
  /** False where the URL says `?rejectUnauthorized=false`: certificates are then not checked. */
  readonly verified: boolean
  /** What a Sentinel calls the master. */
  readonly master?: string
  /** `host:port`, of all nodes; never the password. */
  readonly place: string
}

const form =
  /^(?:redis|valkey)(s?)(-sentinel|-cluster)?:\/\/(?:([^@]*)@)?([^/?#]+)(?:\/(\d*))?(?:\?([^#]*))?(?:#(.+))?$/

/**
 * `redis://user:password@host:6379/0`; `rediss://` for TLS; `redis-cluster://a:6379,b:6379`;
 * `redis-sentinel://a:26379,b:26379/0#master`; `valkey` is the same as `redis`.
 *
 * @throws FstoreError CONFIG_INVALID; the URL itself is not repeated, as it may hold a password.
 */
export function redisTarget(url: string): RedisTarget {
  const match = form.exec(url.trim())
  if (match === null) throw invalid('It cannot be read as a URL.')
  const [, tls, mode = '', login = '', hosts = '', db = '', query = '', master] = match
  const kind = mode === '-cluster' ? 'cluster' : mode === '-sentinel' ? 'sentinel' : 'single'
  const nodes = hosts.split(',').map((host) => nodeOf(host, kind))
  if (kind === 'single' && nodes.length > 1) throw invalid('It names several hosts: begin it with redis-cluster://.')
  if (kind === 'sentinel' && master === undefined) throw invalid('It does not name the master after a #.')
  if (kind === 'cluster' && Number(db) > 0) throw invalid('A cluster has no database but 0.')
  const [username, password] = login.split(/:(.*)/s).map(decoded)
  return {
    kind,
    nodes,
    ...(username && { username }),
    ...(password && { password }),
    db: Number(db),
    tls: tls === 's',
    verified: new URLSearchParams(query).get('rejectUnauthorized') !== 'false',
    ...(master !== undefined && { master: decoded(master) }),
    place: nodes.map(({ host, port }) => `${host}:${port}`).join(','),
  }
}

function nodeOf(text: string, kind: RedisTarget['kind']) {
  const match = /^(\[[\da-f:.]+\]|[^:[\]@\s]+)(?::(\d{1,5}))?$/i.exec(text)
  if (match === null) throw invalid('A host of it cannot be read.')
  const [, host = '', port] = match
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port ?? (kind === 'sentinel' ? 26_379 : 6379)) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function invalid(why: string): FstoreError {
  return new FstoreError('CONFIG_INVALID', 'The Redis URL is not valid.', {
    why,
    fix: 'Write it as redis://user:password@host:6379/0 (rediss:// for TLS, redis-cluster://a:6379,b:6379, redis-sentinel://a:26379/0#master), with special characters percent-encoded.',
  })
}
