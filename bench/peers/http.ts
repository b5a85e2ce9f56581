/** Both servers, asked by the same client for the same users. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Bench } from '../harness.js'
import { type Load, load, warmUp, withServer } from '../serve/servers.js'
import { spread } from '../spread.js'
import type { Comparison } from './comparison.js'
import { asked } from './facts.js'
import { quiet } from './python.js'

/** A route, what it is asked for users, and their values out of its answer, printed. */
export interface Route {
  readonly path: string
  bodyOf(users: readonly string[]): string
  valuesOf(answer: unknown): string
}

const shapes = [
  [1, 1],
  [10, 1],
  [100, 1],
  [1, 32],
  [100, 32],
] as const

export async function httpRows(
  { scale, runs }: Bench,
  { users, ours, theirs, port }: { users: number; ours: Route; theirs: Route; port: number },
): Promise<Comparison[]> {
  const seconds = Math.max(0.5, 4 * scale)
  const rows: Comparison[] = []
  await withServer('redis', fileURLToPath(new URL('./facts.js', import.meta.url)), async (own) => {
    const sides = [
      { port: own.port, route: ours },
      { port, route: theirs },
    ] as const
    const order = ({ port, route }: (typeof sides)[number], entities: number) => {
      const bodies = asked(users, entities, 200).map(route.bodyOf)
      return { port, path: route.path, bodies, seconds }
    }
    const all = [1, 100].flatMap((entities) => sides.map((side) => order(side, entities)))
    await warmUp(all, 4 * seconds)
    for (const [entities, connections] of shapes) {
      const same = await compareAnswers(asked(users, entities, 1)[0] as string[], sides)
      const times: [Load[], Load[]] = [[], []]
      for (let turn = 0; turn < runs; turn++)
        for (const i of [0, 1] as const) times[i].push(await load({ ...order(sides[i], entities), connections }))
      rows.push(...rowsOf(`${entities} × ${connections}`, times, same))
    }
  })
  return rows
}

function rowsOf(shape: string, [ours, theirs]: [Load[], Load[]], same: Pick<Comparison, 'same' | 'differs'>) {
  const failed = ours.concat(theirs).reduce((sum, one) => sum + one.failed, 0)
  const of = (key: 'rate' | 'p50' | 'p99') => ({
    ours: spread(ours.map((one) => one[key])),
    theirs: spread(theirs.map((one) => one[key])),
    ...(failed === 0 ? same : { differs: `${failed} requests failed` }),
  })
  return [
    { what: `${shape}, requests/s`, isRate: true, ...of('rate') },
    { what: `${shape}, p50 ms`, ...of('p50') },
    { what: `${shape}, p99 ms`, ...of('p99') },
  ]
}

async function compareAnswers(
  users: readonly string[],
  sides: readonly { readonly port: number; readonly route: Route }[],
): Promise<Pick<Comparison, 'same' | 'differs'>> {
  const [ours, theirs] = await Promise.all(
    sides.map(async ({ port, route }) => {
      const headers = { 'content-type': 'application/json' }
      const asked = { method: 'POST', headers, body: route.bodyOf(users) }
      const answer = await fetch(`http://127.0.0.1:${port}${route.path}`, asked)
      if (answer.status !== 200) throw new Error(`${route.path} answered ${answer.status}: ${await answer.text()}`)
      return route.valuesOf(await answer.json())
    }),
  )
  return ours === theirs ? { same: 'all values' } : { differs: 'the values differ' }
}

/** A peer's server, from when its `/health` answers. */
export async function withPeerServer(
  { command, words, cwd }: { command: string; words: (port: number) => readonly string[]; cwd: string },
  work: (port: number) => Promise<void>,
): Promise<void> {
  const port = await freePort()
  const server = spawn(command, words(port), { cwd, env: { ...process.env, ...quiet }, stdio: 'ignore' })
  try {
    await ready(server, port)
    await work(port)
  } finally {
    const ended = once(server, 'exit')
    if (server.kill()) await ended
  }
}

async function ready(server: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (server.exitCode !== null) throw new Error('The peer’s server ended')
    const isUp = await fetch(`http://127.0.0.1:${port}/health`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isUp) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('The peer’s server did not start')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
