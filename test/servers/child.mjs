// A server as a child process: not as root, in a folder of its own, on a free port.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Servers refuse root; as root they run as a user without rights. */
export function unprivileged() {
  if (process.getuid?.() !== 0) return {}
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const [, , uid, gid] = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  return { uid: Number(uid), gid: Number(gid) }
}

/** A folder that the server's user owns; short, since a socket's path has to be. */
export function ownFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `fstore-${name}-`))
  const { uid, gid } = unprivileged()
  if (uid !== undefined) chownSync(folder, uid, gid)
  return folder
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** Runs a program to its end; rejects with what it printed where it fails. */
export async function run(command, args, options = {}) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let stdout = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command} ${args[0] ?? ''} ended with ${code}:\n${output}`)
  return stdout
}

/** Starts a server and waits until `ready` resolves. `stop` ends it and removes its folder. */
export async function serve({ command, args, env = {}, folder, ready, signal = 'SIGTERM' }) {
  const child = spawn(command, args, {
    ...unprivileged(),
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output = (output + chunk).slice(-5000)
    })
  }
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal)
      await Promise.race([once(child, 'exit'), sleep(10_000, undefined, { ref: false })])
      child.kill('SIGKILL')
    }
    rmSync(folder, { recursive: true, force: true })
  }
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) break
    if (
      await ready().then(
        () => true,
        () => false,
      )
    )
      return { stop }
    await sleep(50)
  }
  await stop()
  throw new Error(`${command} did not start:\n${output}`)
}
