import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { acquireLock } from '../../src/db/lock.js'
import { mayRun, ownIdentity } from '../../src/db/process-identity.js'
import { type Child, startChild } from './child.js'

let folder: string
let path: string
let children: Child[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fstore-lock-'))
  path = join(folder, 'data.lock')
  children = []
})

afterEach(async () => {
  for (const child of children) child.process.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

async function startHolder(...options: 'polite'[]): Promise<Child> {
  const child = await startChild('./holder.ts', path, ...options)
  children.push(child)
  expect(await child.line()).toBe('ready')
  return child
}

async function hold(child: Child): Promise<string> {
  child.process.stdin?.write('go\n')
  return child.line()
}

test('is held once, and free again after release', async () => {
  const lock = await acquireLock(path)
  await expect(acquireLock(path)).rejects.toMatchObject({
    code: 'LOCKED',
    message: 'This process already holds the project.',
  })
  lock.release()
  lock.release()
  expect(existsSync(path)).toBe(false)
  const again = await acquireLock(path)
  lock.release()
  expect(existsSync(path)).toBe(true)
  again.release()
})

test('another process is named, and its lock is never taken while it lives', async () => {
  const holder = await startHolder()
  expect(await hold(holder)).toBe('held')
  const { pid } = holder.process
  await expect(acquireLock(path)).rejects.toMatchObject({
    code: 'LOCKED',
    exitCode: 6,
    message: expect.stringMatching(`^Process ${pid} \\(.+\\) holds the project`),
  })
  await holder.end()
  expect(existsSync(path)).toBe(false)
  const lock = await acquireLock(path)
  lock.release()
})

test('who only looks gives it back when another wants it, and waits for that one in its turn', async () => {
  const polite = await startHolder('polite')
  expect(await hold(polite)).toBe('held')
  const lock = await acquireLock(path)
  expect(await polite.line()).toBe('gave way')
  expect(existsSync(`${path}.wanted`)).toBe(false)
  const other = await startHolder('polite')
  expect(await hold(other)).toBe('LOCKED')
  lock.release()
})

test('who asked by a clock that was set back since is waited for by nobody', async () => {
  const later = Date.now() / 1000 + 3_600
  writeFileSync(`${path}.wanted`, '')
  utimesSync(`${path}.wanted`, later, later)
  const lock = await acquireLock(path, { whenWanted: () => {} })
  lock.release()
})

test('who takes over from one that died removes the drafts that such have left', async () => {
  const drafts = ['00000000-0000-4000-8000-000000000000', '00000000-0000-4000-8000-000000000001'].map(
    (id) => `${path}.${id}`,
  )
  for (const draft of [path, ...drafts]) writeFileSync(draft, '')
  utimesSync(drafts[0] as string, 0, 0)
  const lock = await acquireLock(path)
  expect(drafts.map((draft) => existsSync(draft))).toEqual([false, true])
  lock.release()
})

test('a process that was killed no longer holds it', async () => {
  const holder = await startHolder()
  expect(await hold(holder)).toBe('held')
  holder.process.kill('SIGKILL')
  await once(holder.process, 'exit')
  expect(existsSync(path)).toBe(true)
  const lock = await acquireLock(path)
  expect(JSON.parse(readFileSync(path, 'utf8')).pid).toBe(process.pid)
  lock.release()
})

test('a pid that came back for another process does not hold it', async () => {
  writeFileSync(path, JSON.stringify({ ...ownIdentity(), pid: process.ppid, started: '1', id: 'x' }))
  const lock = await acquireLock(path)
  lock.release()
})

test('nor does one of an earlier boot; one of another host is left alone', () => {
  expect(mayRun(ownIdentity())).toBe(true)
  expect(mayRun({ ...ownIdentity(), boot: 'another' })).toBe(false)
  expect(mayRun({ ...ownIdentity(), host: `not-${hostname()}`, pid: 2 ** 22 + 1 })).toBe(true)
})

test('of many that find a stale lock exactly one gets it', async () => {
  const stale = JSON.stringify({ ...ownIdentity(), started: '1', id: 'x' })
  for (let round = 0; round < 20; round++) {
    writeFileSync(path, stale)
    // A takeover cut short by a crash is stale as well.
    if (round % 2) writeFileSync(`${path}.takeover`, stale)
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => acquireLock(path)))
    const held = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    expect(held).toHaveLength(1)
    held[0]?.release()
    expect(existsSync(path)).toBe(false)
    expect(existsSync(`${path}.takeover`)).toBe(false)
  }
})

test('also among processes', async () => {
  const holders = await Promise.all([startHolder(), startHolder(), startHolder(), startHolder()])
  writeFileSync(path, JSON.stringify({ ...ownIdentity(), started: '1', id: 'x' }))
  const answers = await Promise.all(holders.map(hold))
  expect(answers.sort()).toEqual(['LOCKED', 'LOCKED', 'LOCKED', 'held'])
})
