import { Writable } from 'node:stream'
import { packageVersion } from '../../config/package.js'
import { AnyStore } from '../../store.js'
import type { Globals } from '../globals.js'
import { lendStore } from '../lent-store.js'
import { findProject } from '../open.js'
import { printNote } from '../output.js'

/** Serves until the client hangs up, or until the process is told to end. */
export async function run(options: Globals): Promise<number> {
  const protocol = claimStdout()
  const ended = ending(protocol)
  const { loaded, profile } = await findProject(options)
  const { project, root, files, functions } = loaded
  const open = () => new AnyStore({ project, profile, root, files, functions })
  // An embedded database has one process at a time, and people have work to do beside an agent that waits.
  const store = profile.database ? open() : lendStore({ project, tenant: profile.tenant, open })
  try {
    const { serveMcp } = await import('../../agents/mcp-stdio.js')
    const onError = (error: unknown) => printNote(`fstore mcp: ${error instanceof Error ? error.message : error}`)
    const server = serveMcp(store, { version: await packageVersion(), onError, output: protocol })
    printNote(`fstore mcp: features of ${project.name}, tenant ${store.tenant}, on stdin and stdout`)
    await ended
    await server.close()
    return 0
  } finally {
    await store.close()
  }
}

/** The protocol alone may write to stdout: what a config prints while it is loaded goes to stderr. */
function claimStdout(): Writable {
  const write = process.stdout.write.bind(process.stdout)
  process.stdout.write = process.stderr.write.bind(process.stderr)
  return new Writable({
    write: (chunk, _encoding, done) => void write(chunk, (error) => done(error ?? null)),
  })
}

function ending(protocol: Writable): Promise<void> {
  const events: readonly (readonly [NodeJS.EventEmitter, string])[] = [
    [process.stdin, 'end'],
    [process.stdin, 'close'],
    [protocol, 'error'],
    [process, 'SIGTERM'],
    [process, 'SIGINT'],
  ]
  return new Promise((resolve) => {
    for (const [emitter, event] of events) emitter.once(event, () => resolve())
  })
}
