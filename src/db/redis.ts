/** The one way to Redis: a server, a Sentinel's master, a Cluster, or the caller's own client. */
import type { Cluster, Redis as Single } from 'ioredis'
import { FstoreError } from '../errors.js'
import type { RedisClient } from './redis-client.js'
import { isNoDatabase, isRedirection, isVague, redisError, tooSlow } from './redis-failure.js'
import { Subscriber } from './redis-subscriber.js'
import { type RedisTarget, redisTarget } from './redis-target.js'

export type { RedisClient }

export type RedisCommand = readonly [name: string, ...words: (string | number)[]]

/** A Lua script, by the name it is loaded under once. */
export interface RedisScript {
  readonly lua: string
  /** SHA-1 in hex. */
  readonly sha: string
}

/** Milliseconds that any command may take, unless the caller waits for less. */
const longest = 10_000
/** Milliseconds that the first command waits for a connection. */
const connectWithin = 1_000

/** Sends one command by itself. */
type Alone = (name: string, words: readonly (string | number)[]) => Promise<unknown>

/** Nothing is loaded or connected before the first command. @throws FstoreError CONFIG_INVALID where the URL is none */
export function openRedis({ url, client }: { url?: string | undefined; client?: RedisClient | undefined }): Redis {
  return new Redis(client ?? redisTarget(url ?? ''))
}

export class Redis {
  /** Where it is, in words that may be printed. */
  readonly place: string
  /** A command may then name keys of one slot only. */
  readonly isCluster: boolean
  readonly #target: RedisTarget | undefined
  #client: Promise<RedisClient> | undefined
  readonly #subscribers: Subscriber[] = []
  #slotOf: ((key: string) => number) | undefined
  #alone: Alone | undefined
  #lastError: Error | undefined
  #closed = false

  constructor(from: RedisTarget | RedisClient) {
    if ('nodes' in from && 'place' in from) {
      this.#target = from
      this.isCluster = from.kind === 'cluster'
      this.place = from.place
    } else {
      const client = from as RedisClient
      this.isCluster = client.isCluster
      this.#client = this.#prepared(client)
      this.place = client.isCluster
        ? 'the cluster of your client'
        : `${(client as Single).options.host}:${(client as Single).options.port}`
    }
  }

  /** @throws FstoreError REDIS_UNREACHABLE, REDIS_REFUSED */
  async command(name: string, ...words: (string | number)[]): Promise<unknown> {
    return this.#limited((client) => this.#call(client, name, words))
  }

  /** Several commands in one round trip (in a cluster, one a node), their replies in order. The first failure is thrown. */
  async send(commands: readonly RedisCommand[], within = longest): Promise<unknown[]> {
    return this.#limited(async (client) => {
      // A pipeline of one costs more than the command.
      if (client.isCluster || commands.length === 1)
        return Promise.all(commands.map((command) => this.#call(client, command[0], command.slice(1))))
      const replies = await client.pipeline(commands.map(([name, ...words]) => [name.toLowerCase(), ...words])).exec()
      return (replies ?? []).map(([error, reply]) => {
        if (error !== null) throw error
        return reply
      })
    }, within)
  }

  /** Splits keys, by their places in the list, into groups that one command may name: all, or in a cluster a slot's. */
  async together(keys: readonly string[]): Promise<readonly (readonly number[])[]> {
    if (!this.isCluster) return [keys.map((_, i) => i)]
    await this.#connected()
    const slotOf = this.#slotOf as (key: string) => number
    const slots = new Map<number, number[]>()
    for (const [i, key] of keys.entries()) {
      const slot = slotOf(key)
      const group = slots.get(slot)
      if (group === undefined) slots.set(slot, [i])
      else group.push(i)
    }
    return [...slots.values()]
  }

  /** Runs a script that is loaded when the server does not know it yet. The keys must be of one slot in a cluster. */
  async script(
    script: RedisScript,
    keys: readonly string[],
    words: readonly (string | number)[],
    within?: number,
  ): Promise<unknown> {
    return this.#limited(async (client) => {
      try {
        return await this.#call(client, 'evalsha', [script.sha, keys.length, ...keys, ...words])
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
        return this.#call(client, 'eval', [script.lua, keys.length, ...keys, ...words])
      }
    }, within)
  }

  /** Every key that begins so, taken literally; a key may come twice, one written meanwhile may not come. */
  async *scan(prefix: string): AsyncGenerator<string[]> {
    const client = await this.#connected()
    // Before it is connected a cluster has no nodes, and none would be asked.
    if (client.isCluster) await this.command('ping')
    const match = `${prefix.replace(/[\\*?[\]]/g, (character) => `\\${character}`)}*`
    const nodes = client.isCluster ? (client as Cluster).nodes('master') : [client as Single]
    for (const node of nodes)
      for (let cursor = '0', first = true; first || cursor !== '0'; first = false) {
        const reply = await this.#limited(() => node.scan(cursor, 'MATCH', match, 'COUNT', 1000))
        cursor = reply[0]
        if (reply[1].length > 0) yield reply[1]
      }
  }

  /** @returns how many there were */
  async unlink(keys: readonly string[]): Promise<number> {
    const groups = await this.together(keys)
    const replies = await this.send(groups.map((group) => ['unlink', ...group.map((i) => keys[i] as string)]))
    return replies.reduce<number>((sum, count) => sum + (count as number), 0)
  }

  /**
   * Listens on a connection of its own until this one is closed. Resolves when it listens, or the first attempt has
   * failed; it goes on trying.
   *
   * @param onGap called when messages may have been missed
   */
  async subscribe(channel: string, onMessage: (message: string) => void, onGap: () => void): Promise<void> {
    const subscriber = new Subscriber({ channel, connected: () => this.#connected(), retryAfter, onMessage, onGap })
    this.#subscribers.push(subscriber)
    await subscriber.listen().catch(() => subscriber.again())
  }

  /** The caller's own client stays open. */
  async close(): Promise<void> {
    this.#closed = true
    for (const subscriber of this.#subscribers) subscriber.close()
    const client = this.#target === undefined ? undefined : this.#client
    this.#client = undefined
    if (client !== undefined) (await client.catch(() => undefined))?.disconnect()
  }

  /** In a cluster, commands that ioredis sent together are not led to where their keys have moved; one alone is. */
  async #call(client: RedisClient, name: string, words: readonly (string | number)[]): Promise<unknown> {
    try {
      return await client.call(name, ...words)
    } catch (error) {
      if (this.#alone === undefined || !isRedirection(error)) throw error
      return this.#alone(name, words)
    }
  }

  async #prepared<Client extends RedisClient>(client: Client): Promise<Client> {
    if (!client.isCluster) return client
    const { Command } = await import('ioredis')
    this.#slotOf = (await import('cluster-key-slot')).default
    this.#alone = (name, words) =>
      client.sendCommand(new Command(name, words.map(String), { replyEncoding: 'utf8' })) as Promise<unknown>
    return client
  }

  async #limited<T>(work: (client: RedisClient) => Promise<T>, within = longest): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    try {
      const client = await this.#connected()
      return await new Promise<T>((resolve, reject) => {
        // A process that was busy itself first takes what has come meanwhile.
        timer = setTimeout(() => setImmediate(() => reject(tooSlow(this.place, within))), within)
        work(client).then(resolve, reject)
      })
    } catch (error) {
      throw redisError(error, this.place, this.#lastError)
    } finally {
      clearTimeout(timer)
    }
  }

  #connected(): Promise<RedisClient> {
    if (this.#closed) return Promise.reject(new FstoreError('INTERNAL', 'Redis was used after it was closed.'))
    this.#client ??= this.#open(this.#target as RedisTarget)
    return this.#client
  }

  async #open(target: RedisTarget): Promise<RedisClient> {
    const { Redis, Cluster } = await import('ioredis')
    const client =
      target.kind === 'cluster'
        ? new Cluster([...target.nodes], {
            lazyConnect: true,
            enableAutoPipelining: true,
            clusterRetryStrategy: retryAfter,
            redisOptions: login(target),
          })
        : new Redis({ ...login(target), ...server(target) })
    await this.#prepared(client)
    const onError = (error: Error) => {
      if (!isVague(error)) this.#lastError = error
      // It would go on in database 0, where another application may live.
      if (isNoDatabase(error)) client.disconnect()
    }
    // Without a listener ioredis prints to the console.
    client.on('error', onError)
    if (client.isCluster) (client as Cluster).on('node error', onError)
    client.on('ready', () => {
      this.#lastError = undefined
    })
    // When no sentinel answered for a while it gives up for good.
    client.on('end', () => {
      this.#client = undefined
    })
    // What a first command may take does not begin before there is a connection; that it fails, the command will tell.
    const { promise, cancel } = pause(connectWithin)
    await Promise.race([client.connect().catch(() => {}), promise])
    cancel()
    // Until the server has taken the number, nothing may be sent.
    if (target.db > 0 && client.status === 'ready') await (client as Single).select(target.db)
    return client
  }
}

function pause(ms: number): { promise: Promise<void>; cancel: () => void } {
  let timer: NodeJS.Timeout | undefined
  const promise = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  return { promise, cancel: () => clearTimeout(timer) }
}

/** ioredis would try a dead server for a minute before the first command failed. */
function login({ username, password, tls, verified }: RedisTarget) {
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: { rejectUnauthorized: verified } }),
    // Every server, proxy and managed service speaks it.
    protocol: 2 as const,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    connectTimeout: 500,
    // A server that hangs would keep the process for two seconds after its work is done.
    disconnectTimeout: 100,
    // One that brought nothing for so long is dead, or its server was replaced.
    socketTimeout: longest,
    keepAlive: 10_000,
    connectionName: 'fstore',
    retryStrategy: retryAfter,
  }
}

function server({ kind, nodes, db, master, tls, verified }: RedisTarget) {
  if (kind === 'single') return { ...(nodes[0] as RedisTarget['nodes'][number]), db }
  return {
    sentinels: nodes.map(({ host, port }) => ({ host, port })),
    name: master as string,
    db,
    sentinelRetryStrategy: (times: number) => (times > 3 ? null : retryAfter(times)),
    ...(tls && { enableTLSForSentinelMode: true, sentinelTLS: { rejectUnauthorized: verified } }),
  }
}

function retryAfter(times: number): number {
  return Math.min(50 * times, 1000)
}
