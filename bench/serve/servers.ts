/** The server of the benchmark in a process of its own, and a client that asks it. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const loader = fileURLToPath(new URL('./load.mjs', import.meta.url))
const child = fileURLToPath(new URL('./child.ts', import.meta.url))

export interface Load {
  /** Requests a second. */
  readonly rate: number
  readonly p50: number
  readonly p99: number
  readonly failed: number
}

export interface Running {
  readonly port: number
  readonly bare: number
  tell(message: { bytes?: string }): Promise<{ rss: number; heap: number }>
}

export async function load(order: {
  readonly port: number
  readonly path: string
  readonly bodies: readonly string[]
  readonly connections: number
  readonly seconds: number
}): Promise<Load> {
  const client = spawn(process.execPath, [loader], { stdio: ['pipe', 'pipe', 'inherit'] })
  client.stdin.end(JSON.stringify(order))
  return JSON.parse(await text(client.stdout))
}

/** @param config a file that exports one as `config` */
export async function withServer(
  tier: 'memory' | 'redis',
  config: string,
  work: (server: Running) => Promise<void>,
): Promise<void> {
  const options = {
    execArgv: ['--import', 'jiti/register', '--expose-gc'],
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
