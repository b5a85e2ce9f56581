/** Several schedulers on one PostgreSQL, in processes of their own: killed, cut off, and never running a tick twice. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { openPostgres } from '../../src/db/postgres.js'
import { openRedis } from '../../src/db/redis.js'
import { readActive } from '../../src/online/redis-publish.js'
import { activateTenant } from '../../src/registry/tenants.js'
import { compileScript } from '../compiled.js'
import { asSuperuser, createDatabase, type OwnDatabase } from '../servers/databases.js'
import { startOwnRedis } from '../servers/own.js'
import { daily, StandingClock, scheduled, service } from './scheduled.js'
import { Trial } from './trial.js'

let folder: string
let script: string
let own: OwnDatabase
let trial: Trial
let services: Service[] = []

interface Line {
  readonly pid: number
  readonly type: string
  readonly group?: string
  readonly tick?: string
  readonly status?: string
  readonly attempt?: number
}

/** A scheduler, and all that it has printed. */
class Service {
  readonly lines: Line[] = []
  readonly process: ChildProcess
  readonly ended: Promise<unknown>

  constructor() {
    this.process = spawn(process.execPath, [script, own.ownerUrl, join(folder, 'clock')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.ended = once(this.process, 'close')
    createInterface({ input: this.process.stdout as NodeJS.ReadableStream }).on('line', (line) =>
      this.lines.push(JSON.parse(line)),
    )
  }

  async until(fits: (line: Line) => boolean): Promise<Line> {
    for (;;) {
      const found = this.lines.find(fits)
      if (found !== undefined) return found
      if (this.process.exitCode !== null) throw new Error('The scheduler has ended.')
      await sleep(10)
    }
  }
}

const start = () => {
  const service = new Service()
  services.push(service)
  return service
}
/** Replaced in one step: a clock is never read half written. */
const set = async (at: string) => {
  await writeFile(join(folder, 'next'), at)
  await rename(join(folder, 'next'), join(folder, 'clock'))
}
const rows = async (sql: string) => (await trial.db.query({ role: 'owner' }, sql)).rows
const runs = () => rows('SELECT * FROM fstore.scheduled_runs ORDER BY tick, group_name')
/** Until so many runs have come to their end, and none is under way. */
const finished = async (count: number) => {
  for (;;) {
    const all = await runs()
    if (all.length === count && all.every(({ status }) => status === 'completed')) return all
    await sleep(20)
  }
}
const jobs = async (tenant: string) =>
  trial.as(tenant).rows('SELECT group_name, status, windows_done, pid, error_message FROM fstore.jobs ORDER BY id')
const windows = async (tenant: string) => (await jobs(tenant)).reduce((sum, job) => sum + job.windows_done, 0)
/** Every window is due again. */
const forget = async () => {
  for (const tenant of ['acme', 'default']) await trial.as(tenant).rows(`UPDATE fstore.coverage SET covered = '{}'`)
}
const stop = async () => {
  for (const { process } of services) process.kill('SIGTERM')
  await Promise.all(services.map(({ ended }) => ended))
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fstore-schedule-'))
  script = await compileScript(new URL('schedule-service.ts', import.meta.url))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
beforeEach(async () => {
  own = await createDatabase()
  trial = new Trial({ db: openPostgres({ url: own.ownerUrl }) }).declare(...service)
  await trial.migrate()
  await trial.db.transaction({ role: 'owner' }, (tx) => activateTenant(tx, 'fstore', { tenant: 'acme' }))
  await set('2026-03-10T00:00:00Z')
})
afterEach(async () => {
  for (const { process } of services) process.kill('SIGKILL')
  services = []
  await trial.db.close()
  await own.drop()
})

test('two schedulers run each tick once, for every tenant', async () => {
  const both = [start(), start()]
  await finished(2)
  // An hour, in which one of the two groups is due, and another, in which both are.
  for (const [hour, all] of [
    ['01', 3],
    ['02', 5],
  ] as const) {
    await forget()
    await set(`2026-03-10T${hour}:00:30Z`)
    await finished(all)
  }
  await stop()
  expect(both.map(({ lines }) => lines.at(-1))).toMatchObject(both.map(() => ({ type: 'ended', status: 'stopped' })))
  const all = await runs()
  expect(all.map(({ attempts, error_message }) => [attempts, error_message])).toEqual(all.map(() => [1, null]))
  const started = both.flatMap(({ lines }) => lines.filter(({ type }) => type === 'started'))
  expect(started.map(({ group, tick }) => `${group} ${tick}`).sort()).toEqual(
    all.map(({ group_name, tick }) => `${group_name} ${tick}`).sort(),
  )
  // Five windows each: the coverage of both was forgotten before each tick.
  expect([await windows('default'), await windows('acme')]).toEqual([5 * 5, 5 * 5])
})

test('what one was killed in the middle of, the other takes over, and does no window twice', async () => {
  await set('2026-03-09T23:59:00Z')
  await rows(`INSERT INTO fstore.scheduled_runs (group_name, tick, status, claimed_by, host, pid)
    SELECT name, '2026-03-09T23:00:00Z', 'completed', gen_random_uuid(), '', 0 FROM unnest('{quick,slow}'::text[]) AS name`)
  const both = [start(), start()]
  // Both are there before there is anything to do.
  await Promise.all(both.map((one) => one.until(({ type }) => type === 'scheduling')))
  await set('2026-03-10T00:00:00Z')
  const isAtIt = ({ type, group }: Line) => type === 'window' && group === 'slow'
  const first = await Promise.race(both.map((one) => one.until(isAtIt).then(() => one)))
  const second = both.find((one) => one !== first) as Service
  first.process.kill('SIGKILL')
  await second.until(({ type, group }) => type === 'finished' && group === 'slow')
  expect((await finished(4)).findLast(({ group_name }) => group_name === 'slow')).toMatchObject({
    status: 'completed',
    attempts: 2,
    pid: second.process.pid,
  })
  for (const tenant of ['default', 'acme']) expect(await windows(tenant)).toBe(10)
  const failed = [...(await jobs('acme')), ...(await jobs('default'))].filter(({ status }) => status !== 'completed')
  for (const job of failed)
    expect(job).toMatchObject({ status: 'failed', error_message: 'its process died', pid: first.process.pid })
  expect(failed.length).toBeGreaterThan(0)
  await stop()
})

test('a database that is gone for a while is told once and waited for; its run goes on', async () => {
  const only = start()
  await only.until(({ type, group }) => type === 'window' && group === 'slow')
  await asSuperuser(
    own.url.replace(own.name, 'postgres'),
    `ALTER DATABASE ${own.name} ALLOW_CONNECTIONS false;
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${own.name}'`,
  )
  await only.until(({ type }) => type === 'outage')
  await sleep(1500)
  expect(only.process.exitCode).toBeNull()
  await asSuperuser(own.url.replace(own.name, 'postgres'), `ALTER DATABASE ${own.name} ALLOW_CONNECTIONS true`)
  await only.until(({ type }) => type === 'recovered')
  await finished(2)
  expect(only.lines.filter(({ type }) => type === 'outage')).toHaveLength(1)
  for (const tenant of ['default', 'acme']) expect(await windows(tenant)).toBe(10)
  await stop()
})

test('where there is a Redis, it gets what is built; where it fails, the run is tried again', async () => {
  const server = await startOwnRedis()
  const redis = openRedis({ url: server.url })
  try {
    const scope = { ...trial.declare(daily('a', { schedule: '0 * * * *' })).scope, redis }
    const clock = new StandingClock('2026-03-10T00:00:00Z')
    expect(await scheduled(scope, { once: true, clock })).toMatchObject({ ended: { a: 'completed' } })
    expect([...(await readActive(redis, 'trial')).keys()]).toEqual(['a'])
    await server.stop()
    clock.at = '2026-03-10T01:00:00Z'
    expect(await scheduled(scope, { once: true, clock })).toMatchObject({ status: 'failed', ended: { a: 'failed' } })
    expect((await runs()).at(-1)).toMatchObject({
      status: 'failed',
      error_message: expect.stringMatching('REDIS_UNREACHABLE'),
    })
  } finally {
    await redis.close()
    await server.stop()
  }
})
