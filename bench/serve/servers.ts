/** The server of the benchmark in a process of its own, and a client that asks it. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const loader = fileURLToPath(new URL('./load.mjs', import.meta.url))
const child = fileURLToPath(new URL('./child.js', import.meta.url))

interface Quantiles {
  readonly p50: number
  readonly p99: number
}

export interface Load extends Quantiles {
  /** Requests a second. */
  readonly rate: number
  readonly failed: number
  /** Of the answers up to each of `until`. */
  readonly parts: readonly Quantiles[]
}

interface Order {
  readonly port: number
  readonly path: string
  readonly bodies: readonly string[]
  readonly connections: number
  readonly seconds: number
  /** Another server of that route: the client asks it first, so that its own start is in no figure. */
  readonly practiseOn?: number
  /** Answers are told apart by their number, and those after the last are not waited for. */
  readonly until?: readonly number[]
}

export interface Running {
  readonly port: number
  readonly bare: number
  tell(message: { bytes?: string }): Promise<{ rss: number; heap: number }>
}

export async function load(order: Order): Promise<Load> {
  const client = spawn(process.execPath, [loader], { stdio: ['pipe', 'pipe', 'inherit'] })
  client.stdin.end(JSON.stringify(order))
  return JSON.parse(await text(client.stdout))
}

/** Each is asked for as long before any is measured: servers run for days, and Node compiles in its first seconds. */
export async function warmUp(
  orders: readonly Omit<Order, 'connections' | 'seconds'>[],
  seconds: number,
): Promise<void> {
  for (const order of orders) await load({ ...order, connections: 32, seconds })
}

/** @param config a file that exports one as `config` */
export async function withServer(
  tier: 'memory' | 'redis',
  config: string,
  work: (server: Running) => Promise<void>,
): Promise<void> {
  const options = {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
  }
  const server: ChildProcess = fork(child, [tier, config], options as never)
  const [{ port, bare }] = await once(server, 'message')
  const tell = async (message: object) => {
    const told = once(server, 'message')
    server.send(message)
    return (await told)[0]
  }
  try {
    await work({ port, bare, tell })
  } finally {
    server.send({ end: true })
    await once(server, 'exit')
  }
}
