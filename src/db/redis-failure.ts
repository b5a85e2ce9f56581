/** What went wrong between us and Redis, as an error of ours; nothing of what was sent enters it. */
import { FstoreError } from '../errors.js'

/** Replies of a server that cannot serve anyone now, or does not know us. */
const unavailable =
  /^(LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOAUTH|WRONGPASS|ERR max number of clients|ERR invalid password)/

const noDatabase = /DB index is out of range/

/** What a server says of a command that it does not know: its words, and so those of AUTH, too. */
const echoed = /,? with args beginning with:.*/s

/** Whether it is Redis that failed, or refused. */
export function isRedisFailure(error: unknown): error is FstoreError {
  return error instanceof FstoreError && error.code.startsWith('REDIS_')
}

/** @param last what the connection said before it gave up on the command */
export function redisError(error: unknown, place: string, last?: Error): FstoreError {
  if (error instanceof FstoreError) return error
  const message = (error instanceof Error ? error.message : String(error)).replace(echoed, '')
  if (last !== undefined && isNoDatabase(last)) return redisError(last, place)
  if (isReply(error) && !unavailable.test(message)) {
    const { why, fix } = refusal(message)
    return new FstoreError('REDIS_REFUSED', `Redis at ${place} refused a command.`, { why, fix })
  }
  const told = isReply(error) ? error : (last ?? error)
  const { why, fix } = reason(told as NodeJS.ErrnoException)
  return new FstoreError('REDIS_UNREACHABLE', `Cannot reach Redis at ${place}.`, { why, fix })
}

export function tooSlow(place: string, ms: number): FstoreError {
  return new FstoreError('REDIS_UNREACHABLE', `Cannot reach Redis at ${place}.`, {
    why: `It did not answer within ${ms} ms.`,
    fix: 'Look at its load and its slow log (SLOWLOG GET).',
  })
}

/** Whether a cluster serves the keys elsewhere, or may do so in a moment. */
export function isRedirection(error: unknown): boolean {
  return error instanceof Error && /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN) |Connection is closed|aborted/.test(error.message)
}

/** Whether it only says that another error came before it. */
export function isVague(error: Error): boolean {
  return /^(Connection is closed|Failed to refresh slots cache)/.test(error.message)
}

/** Whether the number in the URL is none of the server's. */
export function isNoDatabase(error: Error): boolean {
  return isReply(error) && noDatabase.test(error.message)
}

function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError'
}

function refusal(message: string): { why: string; fix: string } {
  const why = `It said: ${message.replace(/\.?$/, '.')}`
  if (message.startsWith('OOM')) return { why, fix: 'Give it more memory (maxmemory), or run fstore cleanup.' }
  if (message.startsWith('READONLY'))
    return { why, fix: 'Name the primary in the Redis URL, or use redis-sentinel://.' }
  if (message.startsWith('MISCONF')) return { why, fix: 'It cannot save its data to disk: look at its log.' }
  if (noDatabase.test(message))
    return { why, fix: 'Name a database in the Redis URL that the server has (CONFIG GET databases).' }
  if (message.startsWith('NOPERM')) return { why, fix: 'Give the user the right to it (ACL SETUSER).' }
  return { why, fix: 'Look at its log.' }
}

const reasons: readonly (readonly [RegExp, string, string])[] = [
  [/ECONNREFUSED/, 'Nothing listens there.', 'Start Redis, or correct host and port.'],
  [/ENOTFOUND|EAI_AGAIN/, 'The host name does not resolve.', 'Check the Redis URL. Is its host right?'],
  [/sentinel.*Last error/i, 'No sentinel answers.', 'Check the sentinels in the Redis URL.'],
  [/sentinel/i, 'No sentinel knows that master.', 'Check the sentinels and the name after # in the Redis URL.'],
  [/startup nodes/, 'No node of the cluster answers.', 'Start Redis, or correct the nodes in the Redis URL.'],
  [/cluster support disabled/, 'It is no cluster.', 'Begin the URL with redis:// instead of redis-cluster://.'],
  [/CLUSTERDOWN|redirections/, 'The cluster is not whole.', 'Look at CLUSTER INFO.'],
  [
    /ECONNRESET|EPIPE|ended|is closed|aborted|max retries/,
    'The connection was cut.',
    'Look at its log; then try again.',
  ],
  [/EHOSTUNREACH|ENETUNREACH/, 'There is no way to that host.', 'Check the Redis URL.'],
  [/ETIMEDOUT|timed? ?out/i, 'It did not answer in time.', 'Check the Redis URL. Is a firewall in between?'],
  [/CERT|certificate|self.signed/i, 'Its certificate is not trusted.', 'Name its CA in NODE_EXTRA_CA_CERTS.'],
  [/SSL|TLS|EPROTO/, 'It does not speak TLS there.', 'Begin the URL with redis:// instead of rediss://.'],
  [/NOAUTH|WRONGPASS|invalid password/, 'It refused the user or the password.', 'Are both right in the Redis URL?'],
  [/LOADING/, 'It is loading its data.', 'Try again in a moment.'],
]

function reason(error: NodeJS.ErrnoException): { why: string; fix: string } {
  const text = `${error?.code ?? ''} ${error?.message ?? ''}`
  const [, why, fix] = reasons.find(([pattern]) => pattern.test(text)) ?? []
  return { why: why ?? 'The connection failed.', fix: fix ?? 'Check the Redis URL.' }
}
