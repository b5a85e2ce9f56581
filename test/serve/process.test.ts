/** `fstore serve` in a process of its own: how it starts, what it says, and how it ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { Fstore, type Project } from '../cli/fstore.js'
import { ask } from './ask.js'
import { startClients } from './load.js'

const secret = 'a-secret-that-is-long-enough'

let fstore: Fstore
let project: Project
let child: ChildProcess | undefined

beforeAll(async () => {
  fstore = await Fstore.compile()
  project = await fstore.directory('minimal')
  expect(await project.run(['init'])).toMatchObject({ code: 0 })
  expect(await project.run(['build'])).toMatchObject({ code: 0 })
})
afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await once(child, 'close')
  }
})
afterAll(() => fstore.remove())

interface Serving {
  readonly url: string
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
  end(signal: NodeJS.Signals): void
}

async function serve(args: readonly string[] = [], env: Record<string, string> = {}): Promise<Serving> {
  const words = [fstore.binary, 'serve', '--port', '0', '--json', ...args]
  const started = spawn(process.execPath, words, { cwd: project.folder, env: fstore.environment(env) })
  child = started
  const heard = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) started[stream].on('data', (text) => (heard[stream] += text))
  const ended = once(started, 'close').then(([code]) => ({ code, ...heard }))
  const [line] = await Promise.race([
    once(createInterface(started.stdout), 'line'),
    ended.then(() => Promise.reject(new Error(heard.stderr))),
  ])
  return { url: JSON.parse(line).url, ended, end: (signal) => started.kill(signal) }
}

const read = { entity: 'user', keys: ['ada'] }

test('SIGTERM under load: every request that was taken is answered, and the process ends well', async () => {
  const { url, ended, end } = await serve(['--log-level', 'warn'])
  const clients = startClients(url, { clients: 32, body: read })
  while (clients.answered < 500) await sleep(20)
  end('SIGTERM')
  const { statuses, unanswered } = await clients.ended
  expect([[...statuses.keys()], unanswered]).toEqual([[200], 0])
  expect(await ended).toMatchObject({ code: 0 })
})

test('what is under way is answered, and a probe is told to send no more', async () => {
  const { url, ended, end } = await serve()
  const { hostname, port } = new URL(url)
  const text = JSON.stringify(read)
  const head = `POST /v1/features HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n`
  const answers = ['', '']
  const sockets = [head, ''].map((first, i) => {
    const socket = connect(Number(port), hostname, () => socket.write(first))
    return socket.setEncoding('utf8').on('data', (chunk) => (answers[i] = `${answers[i]}${chunk}`))
  })
  const [slow, probe] = sockets as [Socket, Socket]
  await ask(`${url}/health`)
  end('SIGTERM')
  while (
    await ask(`${url}/health`).then(
      () => true,
      () => false,
    )
  )
    await sleep(20)
  probe.write(`GET /ready HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`)
  slow.write(text)
  await Promise.all(sockets.map((socket) => once(socket, 'close')))
  expect(answers[0]).toMatch(/^HTTP\/1.1 200 [\s\S]*Connection: close[\s\S]*"entity":"user"/)
  expect(answers[1]).toMatch(/^HTTP\/1.1 503 [\s\S]*"ready":false,"stopping":true/)
  expect(await ended).toMatchObject({ code: 0 })
})

test('a request that never comes to its end is cut off after the grace', async () => {
  const { url, ended, end } = await serve(['--grace', '1s'])
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname, () =>
    socket.write('POST /v1/features HTTP/1.1\r\nHost: localhost\r\n'),
  )
  await ask(`${url}/health`)
  end('SIGINT')
  await once(socket.resume(), 'close')
  expect(await ended).toMatchObject({ code: 130 })
})

test('logs are JSON lines that tell of requests, and never of tokens or keys', async () => {
  const { url, ended, end } = await serve([], { FSTORE_TOKEN: secret, CRON_SECRET: `cron-${secret}` })
  const token = { authorization: `Bearer ${secret}` }
  expect(await ask(`${url}/v1/features`, read, token)).toMatchObject({ status: 200 })
  expect(await ask(`${url}/v1/features`, read, { authorization: 'Bearer wrong-token' })).toMatchObject({ status: 401 })
  expect(await ask(`${url}/v1/materialize`, undefined, { authorization: `Bearer cron-${secret}` })).toMatchObject({
    status: 200,
  })
  end('SIGTERM')
  const { stdout, stderr } = await ended
  expect(stdout.trim().split('\n')).toHaveLength(1)
  const lines = stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
  expect(lines.map(({ msg, status }) => status ?? msg)).toEqual(['listening', 200, 401, 200, 'stopping', 'stopped'])
  expect(lines[1]).toMatchObject({ level: 'info', route: '/v1/features', bearer: 'FSTORE_TOKEN', keys: 1 })
  for (const word of [secret, 'wrong-token', 'ada']) expect(stderr).not.toContain(word)
})

test.each([
  ['a host that others can reach, without a token', ['--host', '0.0.0.0'], {}, 2, 'Set FSTORE_TOKEN'],
  ['a secret that can be guessed', [], { FSTORE_TOKEN: 'secret' }, 2, 'openssl rand'],
  ['a list of tokens that is none', ['--tokens', 'package.json'], {}, 2, 'TOKENS_INVALID'],
  ['an address that is not of this machine', ['--host', '203.0.113.1'], { FSTORE_TOKEN: secret }, 3, 'LISTEN_FAILED'],
])('%s is refused', async (_, args, env, code, words) => {
  const { stderr, ...outcome } = await project.run(['serve', '--port', '0', ...args], {
    env: env as Record<string, string>,
  })
  expect(outcome).toMatchObject({ code, stdout: '' })
  expect(stderr).toContain(words)
  expect(stderr).not.toContain(secret)
})
