/** What doctor says of who has the embedded database open. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Database } from '../../src/db/database.js'
import { ownIdentity } from '../../src/db/process-identity.js'
import { diagnose } from '../../src/doctor/doctor.js'
import { checkLock } from '../../src/doctor/lock.js'
import { group, project } from '../project.js'

let directory: string
beforeAll(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'fstore-doctor-')), 'pglite')
  mkdirSync(directory)
})
afterAll(() => rmSync(join(directory, '..'), { recursive: true }))

const own = ownIdentity()
const { started: _, ...someone } = { ...own, pid: process.ppid, command: 'fstore build' }

test.each([
  ['nobody', undefined, 'ok', /^free/],
  ['this process', own, 'ok', /^held by this process$/],
  ['another', someone, 'failed', /^process \d+ \(fstore build\) has the database open/],
  ['one that gives way', { ...someone, givesWay: true }, 'ok', /^process \d+ .*gives way$/],
  ['one that died', { ...own, started: '1' }, 'ok', /^free/],
  ['one on another host', { ...someone, host: 'elsewhere' }, 'failed', /on host elsewhere has/],
])('%s', (_name, holder, state, message) => {
  rmSync(`${directory}.lock`, { force: true })
  if (holder !== undefined) writeFileSync(`${directory}.lock`, JSON.stringify(holder))
  expect(checkLock(directory)).toMatchObject({ state, message: expect.stringMatching(message) })
})

test('where another has it open nothing else is tried', async () => {
  writeFileSync(`${directory}.lock`, JSON.stringify(someone))
  const db = { kind: 'pglite' } as Database
  const checks = await diagnose({ project: project(group('visits')), db, redis: undefined, url: undefined, directory })
  expect(checks.map(({ name, state }) => `${name} ${state}`)).toEqual(['lock failed', 'reachable ok'])
})
