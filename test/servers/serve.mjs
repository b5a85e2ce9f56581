// A server that is started, and what a test may do to it.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { unprivileged } from './child.mjs'

/**
 * Starts a server and waits until `ready` resolves.
 *
 * @param {object} options `signal` ends the server in order, `crash` at once; `folder` is removed by `stop`
 * @returns { pid, kill, pause, resume, restart, stop }: `restart` keeps the port and what is in the folder
 */
export async function serve({ command, args, env = {}, folder, ready, signal = 'SIGTERM', crash = 'SIGKILL' }) {
  let child
  let output = ''

  const isRunning = () => child.exitCode === null && child.signalCode === null

  async function start() {
    child = spawn(command, args, {
      ...unprivileged(),
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-5000)
      })
    }
    for (let attempt = 0; attempt < 600 && isRunning(); attempt++) {
      const isReady = await ready().then(
        () => true,
        () => false,
      )
      if (isReady) return
      await sleep(50)
    }
    await stop()
    throw new Error(`${command} did not start:\n${output}`)
  }

  async function end(by) {
    if (!isRunning()) return
    const ended = once(child, 'exit')
    child.kill(by)
    // One that is paused ends only when it goes on.
    child.kill('SIGCONT')
    await Promise.race([ended, sleep(10_000, undefined, { ref: false })])
    child.kill('SIGKILL')
  }

  async function stop() {
    await end(signal)
    rmSync(folder, { recursive: true, force: true })
  }

  await start()
  return {
    get pid() {
      return child.pid
    },
    stop,
    kill: () => end(crash),
    pause: async () => void child.kill('SIGSTOP'),
    resume: async () => void child.kill('SIGCONT'),
    async restart() {
      await end(signal)
      await start()
    },
  }
}
