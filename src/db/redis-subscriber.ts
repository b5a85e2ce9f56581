/** A connection that hears what is published on one channel, made anew on another when it ends. */
import type { Cluster, Redis as Single } from 'ioredis'
import type { RedisClient } from './redis-client.js'

export interface SubscriberOptions {
  readonly channel: string
  readonly connected: () => Promise<RedisClient>
  /** Milliseconds before another connection is tried, the how many-th in a row. */
  readonly retryAfter: (times: number) => number
  readonly onMessage: (message: string) => void
  /** Called when messages may have been missed. */
  readonly onGap: () => void
}

export class Subscriber {
  readonly #options: SubscriberOptions
  #connection: Single | undefined
  #timer: NodeJS.Timeout | undefined
  #failures = 0
  #closed = false

  constructor(options: SubscriberOptions) {
    this.#options = options
  }

  /** Resolves when it listens, or the first attempt to has failed; it goes on trying. */
  async listen(): Promise<void> {
    const { channel, connected, onMessage, onGap } = this.#options
    const client = await connected()
    if (this.#closed) return
    const connection = connectionOf(client)
    this.#connection = connection
    connection.on('error', () => {})
    connection.on('message', (_: string, message: string) => onMessage(message))
    connection.once('end', () => {
      onGap()
      this.again()
    })
    try {
      await connection.subscribe(channel)
    } catch {
      // It ends, or has ended.
      return connection.disconnect()
    }
    this.#failures = 0
    // Of what was written before it listened it knows nothing.
    onGap()
  }

  again(): void {
    if (this.#closed) return
    this.#timer = setTimeout(() => this.listen().catch(() => this.again()), this.#options.retryAfter(++this.#failures))
    this.#timer.unref()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#connection?.disconnect()
  }
}

/** In a cluster any node hears what is published on another. */
function connectionOf(client: RedisClient): Single {
  const once = { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0, socketTimeout: undefined }
  if (!client.isCluster) return (client as Single).duplicate(once)
  const nodes = (client as Cluster).nodes('master')
  const node = nodes[Math.floor(Math.random() * nodes.length)]
  if (node === undefined) throw new Error('No node of the cluster is known.')
  return node.duplicate(once)
}
