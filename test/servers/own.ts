/** Servers of one test alone, which it may kill, pause and start again. The keeper ends them if the test cannot. */

import { ask, type Servers } from './server.js'

export interface OwnNode {
  readonly url: string
  /** Of the process as it was last started. */
  readonly pid: number
  /** At once, as by a crash; resolves when it is gone. */
  kill(): Promise<void>
  /** It keeps its connections and answers nothing. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** On the same port, with what it has on disk; ends it first where it runs. Resolves when it answers. */
  restart(): Promise<void>
}

export interface OwnServer {
  /** As a profile names it. */
  readonly url: string
  /** Of a `redis-sentinel` the master, the replica, then the sentinels. */
  readonly nodes: readonly OwnNode[]
  /** For good. */
  stop(): Promise<void>
}

type Kind = Exclude<keyof Servers, 'pgbouncer' | 'compiled'>
interface Reached {
  readonly id: string
  readonly nodes: readonly { readonly url: string; readonly pid: number }[]
}

interface OwnOptions {
  /** Of Redis's program, such as `['--maxmemory', '2mb']`. */
  readonly args?: readonly string[]
  /** Of PostgreSQL: all that are not its own defaults. */
  readonly settings?: Readonly<Record<string, string>>
}

export async function startOwn<Name extends Kind>(
  kind: Name,
  options: OwnOptions = {},
): Promise<Omit<Servers[Name], 'nodes'> & OwnServer> {
  const reach = await ask<Reached & Servers[Name]>(kind, options)
  const { id } = reach
  const nodes = reach.nodes.map((node, i) => ownNode(id, i, node))
  const stop = async () => void (await ask(`${id}/all/stop`, {}))
  return Object.assign(reach as Omit<Servers[Name], 'nodes'>, { nodes, stop })
}

/** A server of one process, which is also its only node. */
export type OwnRedis = OwnServer & OwnNode

export async function startOwnRedis(options: Pick<OwnOptions, 'args'> = {}): Promise<OwnRedis> {
  return single(await startOwn('redis', options))
}

/** The URL is a superuser's. What it has acknowledged survives a kill of its processes. */
export async function startOwnPostgres(): Promise<OwnServer & OwnNode> {
  return single(await startOwn('postgres', { settings: { fsync: 'off', shared_buffers: '64MB' } }))
}

function single(own: OwnServer): OwnServer & OwnNode {
  return Object.assign(own.nodes[0] as OwnNode, own)
}

function ownNode(id: string, index: number, { url, pid }: Reached['nodes'][number]): OwnNode {
  const node = { url, pid, kill: act('kill'), pause: act('pause'), resume: act('resume'), restart: act('restart') }
  return node

  function act(action: string): () => Promise<void> {
    return async () => {
      const { nodes } = await ask<Reached>(`${id}/${index}/${action}`, {})
      node.pid = nodes[index]?.pid ?? node.pid
    }
  }
}
