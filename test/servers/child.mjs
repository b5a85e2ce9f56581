// A server as a child process: not as root, in a folder of its own, on a free port.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

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

/** Below those that connections going out are given, so that a server can be started again on its own. */
export async function freePort() {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 17_000)
    const server = createServer()
    const taken = once(server, 'error')
    const listening = once(server.listen(port, '127.0.0.1'), 'listening').then(() => true)
    if (!(await Promise.race([listening, taken.then(() => false)]).catch(() => false))) continue
    server.close()
    await once(server, 'close')
    return port
  }
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
