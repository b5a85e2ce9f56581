/** A peer at work: a Python program that is asked over lines of JSON, so that its start and imports are not measured. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Peer {
  /** @returns what its function of that name returns, called with `given` as keywords */
  ask<T = unknown>(name: string, given?: object): Promise<T>
  end(): Promise<void>
}

/** @param script in `programs`; it says `answer(globals())` at its end */
export async function startPeer({
  python,
  script,
  cwd,
  env = {},
}: {
  readonly python: string
  readonly script: string
  readonly cwd: string
  readonly env?: Record<string, string>
}): Promise<Peer> {
  const here = fileURLToPath(new URL('./programs/', import.meta.url))
  const child = spawn(python, [`${here}${script}`], {
    cwd,
    env: { ...process.env, ...quiet, ...env, PYTHONPATH: here },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let told = ''
  child.stderr.on('data', (bytes) => {
    told = `${told}${bytes}`.slice(-4_000)
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = once(child, 'close')
  const peer: Peer = {
    async ask<T>(name: string, given: object = {}) {
      child.stdin.write(`${JSON.stringify({ name, given })}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error(`${script} ended during ${name}:\n${told}`)
      const { answer, error } = JSON.parse(value) as { answer: T; error?: string }
      if (error !== undefined) throw new Error(`${script}, ${name}:\n${error}`)
      return answer
    },
    async end() {
      child.stdin.end()
      await ended
    },
  }
  await peer.ask('ready')
  return peer
}

/** Peers send statistics of their use home unless told; nothing is there to take them. */
export const quiet = {
  FEAST_USAGE: 'False',
  FEAST_TELEMETRY: 'False',
  PYTHONWARNINGS: 'ignore',
  PYTHONUNBUFFERED: '1',
  PYTHONDONTWRITEBYTECODE: '1',
}
