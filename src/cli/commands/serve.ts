import { readFile } from 'node:fs/promises'
import { parseDuration } from '../../config/duration.js'
import { packageVersion } from '../../config/package.js'
import { exit, FstoreError } from '../../errors.js'
import { createServer } from '../../serve/server.js'
import { parseTokens, soleToken, type Token } from '../../serve/tokens.js'
import { AnyStore } from '../../store.js'
import type { Globals } from '../globals.js'
import { findProject } from '../open.js'
import { printJson, printResult } from '../output.js'
import { serveLog } from '../serve-log.js'
import { stoppable } from '../stoppable.js'

interface Options extends Globals {
  readonly port: number
  readonly host: string
  readonly tokenFile?: string
  readonly tokens?: string
  readonly bodyLimit: number
  readonly maxKeys: number
  readonly timeout: string
  readonly grace: string
  readonly logLevel: 'info' | 'warn' | 'error' | 'silent'
}

export async function run(options: Options): Promise<number> {
  const { port, host, bodyLimit, maxKeys, json } = options
  const [timeout, grace] = [milliseconds('--timeout', options.timeout), milliseconds('--grace', options.grace)]
  const { loaded, env, profile } = await findProject(options)
  const { project, root, files, functions } = loaded
  const tokens = await tokensOf(options, env)
  const { log, flush } = serveLog(options.logLevel)
  const store = new AnyStore({ project, profile, root, files, functions, connections: 10 })
  const server = createServer(store, { tokens, log, bodyLimit, maxKeys, timeout, version: await packageVersion() })
  const work = async (signal: AbortSignal) => {
    const { url, ...address } = await server.listen({ port, host })
    if (json) printJson({ event: 'listening', url, ...address, project: project.name, tenant: store.tenant })
    else printResult(`Serving ${project.name} on ${url}`)
    log.info({ url, project: project.name, tenant: store.tenant, tokens: tokens.length }, 'listening')
    await aborted(signal)
    log.info({}, 'stopping')
    const { cutOff } = await server.close({ grace })
    log[cutOff > 0 ? 'warn' : 'info']({ cutOff }, 'stopped')
    return cutOff > 0 ? exit.failed : exit.done
  }
  try {
    return await stoppable(work, 'Answering what is under way')
  } finally {
    await store.close()
    flush()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Of every place that tokens may be in. @throws FstoreError TOKENS_INVALID */
async function tokensOf(options: Options, env: Readonly<Record<string, string>>): Promise<Token[]> {
  const { tokenFile, tokens: listFile } = options
  const { FSTORE_TOKEN: token, FSTORE_TOKENS: list, CRON_SECRET: cron } = env
  return [
    ...(token === undefined ? [] : [soleToken(token, 'FSTORE_TOKEN')]),
    ...(tokenFile === undefined ? [] : [soleToken((await read(tokenFile)).trim(), tokenFile)]),
    ...(list === undefined ? [] : parseTokens(list, 'FSTORE_TOKENS')),
    ...(listFile === undefined ? [] : parseTokens(await read(listFile), listFile)),
    // What schedulers such as Vercel's send.
    ...(cron === undefined ? [] : [soleToken(cron, 'CRON_SECRET', ['admin'])]),
  ]
}

async function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(({ code }: NodeJS.ErrnoException) => {
    throw new FstoreError('TOKENS_INVALID', `The file ${file} cannot be read: ${code}.`, {
      fix: 'Name a file that the user who runs the server may read.',
    })
  })
}

function milliseconds(option: string, text: string): number {
  const seconds = parseDuration(text)
  if (seconds !== undefined && seconds > 0) return seconds * 1000
  throw new FstoreError('USAGE', `${option} ${text} is not a duration.`, { fix: 'Write it as 30s or 5m.' })
}
