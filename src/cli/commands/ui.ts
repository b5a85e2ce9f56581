import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { packageVersion } from '../../config/package.js'
import { isLoopback } from '../../serve/host.js'
import { AnyStore } from '../../store.js'
import type { Opened } from '../../ui/lending.js'
import { createUi } from '../../ui/server.js'
import { openBrowser } from '../browser.js'
import type { Globals } from '../globals.js'
import { findProject } from '../open.js'
import { printJson, printNote, printResult } from '../output.js'
import { serveLog } from '../serve-log.js'
import { stoppable } from '../stoppable.js'

interface Options extends Globals {
  readonly port?: number
  readonly host: string
  readonly open: boolean
}

export async function run(options: Options): Promise<number> {
  const { port, host, json } = options
  const { loaded, profile } = await findProject(options)
  const token = isLoopback(host) ? undefined : randomBytes(24).toString('base64url')
  const { log, flush } = serveLog('warn')
  const server = createUi({
    open: (whenWanted) => openStore(options, whenWanted),
    version: await packageVersion(),
    log,
    ...(token !== undefined && { token: { name: 'ui', token } }),
  })
  const work = async (signal: AbortSignal) => {
    try {
      const listening = await server.listen({ port, host })
      const url = `${listening.url}/${token === undefined ? '' : `?token=${token}`}`
      const about = { project: loaded.project.name, tenant: profile.tenant }
      if (json) printJson({ event: 'listening', ...listening, url, ...about })
      else printResult(`${about.project} at ${url}`)
      if (['0.0.0.0', '::'].includes(listening.host))
        printNote("From elsewhere, put this machine's name in the address; it opens everything to whoever has it.")
      if (profile.database === undefined)
        printNote('The database is embedded: other commands may run beside this; the page waits while they write.')
      if (options.open && !json) openBrowser(url)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      return 0
    } finally {
      await server.close()
    }
  }
  try {
    return await stoppable(work, 'Stopping')
  } finally {
    flush()
  }
}

/** The config is read again each time: the page shows what it says now. */
async function openStore(options: Globals, whenWanted: () => void): Promise<Opened> {
  const { mark, loaded, profile } = await look(options)
  const { project, root, files, functions } = loaded
  // The page shows what Redis and Postgres have, and not what this process once read.
  const cache = { max: 0 }
  const store = new AnyStore({ project, profile, root, files, functions, cache, connections: 6, whenWanted })
  return { store, isCurrent: async () => (await look(options)).mark === mark }
}

async function look(options: Globals) {
  const { loaded, profile } = await findProject(options)
  const changed = loaded.files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs)
  return { loaded, profile, mark: JSON.stringify([loaded.project, profile, changed]) }
}
