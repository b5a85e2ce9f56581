/** A lock file that only one living process holds. PGlite has none of its own, and two at once lose data. */

import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FstoreError } from '../errors.js'
import { errorCode } from './error-code.js'
import { Asking, letPass, whenAsked } from './lock-asking.js'
import { mayRun, ownIdentity, type ProcessIdentity } from './process-identity.js'

export interface Lock {
  /** Gives the lock back; a second call does nothing. */
  release(): void
}

export interface LockHolder extends ProcessIdentity {
  /** As soon as another process wants it. */
  readonly givesWay: boolean
}

/**
 * Takes the lock, also from a process that died without giving it back, never from a living one.
 *
 * @param options.whenWanted given by who only looks, and gives the lock back as soon as another process wants it: it is
 * called when one does. That process waits meanwhile.
 * @throws FstoreError LOCKED naming who holds it.
 */
export async function acquireLock(
  path: string,
  { whenWanted }: { readonly whenWanted?: (() => void) | undefined } = {},
): Promise<Lock> {
  mkdirSync(dirname(path), { recursive: true })
  const content = JSON.stringify({ ...ownIdentity(), id: randomUUID(), ...(whenWanted && { givesWay: true }) })
  if (whenWanted !== undefined) await letPass(path)
  const asking = new Asking(path)
  try {
    await take(path, content, asking)
  } finally {
    asking.end()
  }
  return held(path, content, whenWanted)
}

/** Who holds the lock now; nobody where it is free, or was left by a process that died. */
export function lockHolder(path: string): LockHolder | undefined {
  const found = read(path)
  if (found === undefined || isStale(found)) return undefined
  return { ...(holderIn(found) as ProcessIdentity), givesWay: givesWay(found) }
}

/** Tries until it holds the lock or meets a living holder that does not give way. */
async function take(path: string, content: string, asking?: Asking): Promise<void> {
  for (let attempt = 0; attempt < 200; ) {
    if (create(path, content)) return
    const found = read(path)
    if (found !== undefined && !isStale(found) && asking?.mayWait === true && givesWay(found)) {
      await asking.wait()
      continue
    }
    attempt++
    if (found === undefined) continue
    if (!isStale(found)) throw lockedBy(found, path)
    if (await replace(path, found, content)) return
    await sleep(10)
  }
  throw new FstoreError('LOCKED', `The lock ${path} could not be taken.`, {
    why: 'Other processes kept taking it over from one that died.',
    fix: 'Try again.',
  })
}

/** Written whole under another name first, so that nobody ever reads half a lock. */
function create(path: string, content: string): boolean {
  const draft = `${path}.${randomUUID()}`
  writeFileSync(draft, content)
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/**
 * Puts our lock in a stale one's place. Whoever does so holds a lock of the lock meanwhile and looks once more:
 * without it, the slower of two would throw out the new lock of the faster. If it too is stale, so on upwards.
 */
async function replace(path: string, stale: string, content: string): Promise<boolean> {
  const takeover = `${path}.takeover`
  try {
    await take(takeover, content)
  } catch (error) {
    if (error instanceof FstoreError) return false
    throw error
  }
  try {
    if (read(path) !== stale) return false
    const draft = `${path}.${randomUUID()}`
    writeFileSync(draft, content)
    renameSync(draft, path)
    removeDrafts(path)
    return true
  } finally {
    rmSync(takeover, { force: true })
  }
}

/** What processes that died have left half way: a draft lives for a moment. */
function removeDrafts(path: string): void {
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(`${basename(path)}.`) || !/\.[\da-f-]{36}$/.test(name)) continue
    const draft = join(dirname(path), name)
    const { mtimeMs } = statSync(draft, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() }
    if (Date.now() - mtimeMs > 60_000) rmSync(draft, { force: true })
  }
}

function held(path: string, content: string, whenWanted?: () => void): Lock {
  const looking = whenWanted === undefined ? undefined : whenAsked(path, whenWanted)
  const release = () => {
    clearInterval(looking)
    process.off('exit', release)
    if (read(path) === content) rmSync(path, { force: true })
  }
  process.on('exit', release)
  return { release }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function holderIn(content: string): ProcessIdentity | undefined {
  try {
    const holder = JSON.parse(content)
    return Number.isInteger(holder?.pid) ? holder : undefined
  } catch {
    return undefined
  }
}

function givesWay(content: string): boolean {
  const holder = holderIn(content) as (ProcessIdentity & { givesWay?: boolean }) | undefined
  return holder?.givesWay === true && holder.host === ownIdentity().host && holder.pid !== process.pid
}

/** A lock without a holder in it was not written by us in one piece: the disk was full, or someone edited it. */
function isStale(content: string): boolean {
  const holder = holderIn(content)
  return holder === undefined || !mayRun(holder)
}

function lockedBy(content: string, path: string): FstoreError {
  const { pid, command, host } = holderIn(content) as ProcessIdentity
  const own = ownIdentity()
  if (host !== own.host) {
    return new FstoreError('LOCKED', `Process ${pid} (${command}) on host ${host} holds the project.`, {
      why: 'Only one process at a time may open the embedded database, and this host cannot see that one.',
      fix: `Stop it, or if it is gone remove ${path}.`,
    })
  }
  const who = pid === own.pid ? 'This process already' : `Process ${pid} (${command})`
  return new FstoreError('LOCKED', `${who} holds the project.`, {
    why: 'Only one process at a time may open the embedded database; two would lose data.',
    fix:
      pid === own.pid
        ? 'Close the store that is open, or share it.'
        : `Wait for it or stop it, or give fstore a server with DATABASE_URL. Its lock is ${path}.`,
  })
}
