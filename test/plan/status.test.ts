/** How a store stands: what is live and how fresh, what ran, and what of it died. */
import { expect, test } from '@jest/globals'
import { type BatchOptions, batch, type Entity, entity, type Features } from '../../src/config/define.js'
import { int64 } from '../../src/config/feature.js'
import { ownIdentity } from '../../src/db/process-identity.js'
import { type JobFilter, listJobs } from '../../src/pipeline/job-list.js'
import { failDeadJobs } from '../../src/pipeline/jobs.js'
import { storeStatus } from '../../src/plan/status.js'
import { describeEachDatabase } from '../servers/databases.js'
import { eachTrial } from './each-trial.js'
import { sqlOf, type Trial } from './trial.js'

const user = entity('user', { user_id: 'string' })
const spent = (options: Partial<BatchOptions<Entity, Features>> = {}, name = 'spent') =>
  batch(name, {
    entity: user,
    every: '1d',
    start: '2024-03-01',
    end: '2024-03-07',
    sql: sqlOf("SELECT 'u' || n AS user_id, n AS spent FROM generate_series(1, 3) AS n"),
    features: { spent: int64({ max: 2 }) },
    ...options,
  } as BatchOptions<Entity, Features>)

const day = 86_400_000
/** A day so many days ago, midnight UTC. */
const ago = (days: number) => `${new Date(Date.now() - days * day).toISOString().slice(0, 10)}T00:00:00Z`

describeEachDatabase((given) => {
  let trial: Trial
  eachTrial(given, (own) => {
    trial = own
  })

  const status = () => storeStatus(trial.scope)
  const jobs = (filter?: JobFilter) => listJobs({ db: given.db, schema: trial.schema, tenant: trial.tenant }, filter)

  test('before the first build', async () => {
    trial.declare(spent())
    const { kind } = given.db
    expect(await status()).toMatchObject({
      project: 'trial',
      tenant: 'default',
      database: { kind, version: expect.stringMatching(/^\d\d\./), now: expect.any(String) },
      migrations: { applied: 0, pending: expect.arrayContaining(['registry']) },
      tenants: { active: 0, suspended: 0 },
      groups: [{ group: 'spent', liveVersion: null, rows: null, freshness: 'not built', due: 6, lastRun: null }],
    })
  })

  test('of a history that has ended, and of a config whose SQL is broken', async () => {
    await trial.declare(spent()).built()
    const group = {
      group: 'spent',
      entity: 'user',
      liveVersion: 1,
      rows: 12,
      entities: 2,
      newest: '2024-03-07T00:00:00Z',
      coveredUntil: '2024-03-07T00:00:00Z',
      freshness: 'complete',
      lastRun: { status: 'completed', rowsProcessed: 18, rowsRejected: 6, windowsDone: 6, progress: 1, dead: false },
    }
    const complete = await status()
    expect(complete).toMatchObject({
      migrations: { pending: [] },
      tenants: { active: 1 },
      groups: [{ ...group, due: 0 }],
    })
    expect(complete).not.toHaveProperty('problem')
    expect(complete.groups[0]?.ageSeconds).toBeGreaterThan(365 * 86_400)
    trial.declare(spent({ sql: sqlOf('SELECT (') }))
    expect(await status()).toMatchObject({
      groups: [{ ...group, due: null }],
      problem: expect.stringMatching('SQL_INVALID'),
    })
  })

  test.each<[string, Partial<BatchOptions<Entity, Features>>, number]>([
    ['fresh', {}, 0],
    ['due', {}, 1],
    ['expired', { ttl: '36h' }, 3],
    ['due', { ttl: '30d' }, 3],
    ['overdue', { schedule: '0 0 * * *' }, 1],
    ['due', { schedule: `0 0 ${new Date(Date.now() - 10 * day).getUTCDate()} * *` }, 1],
  ])('%s, with %o and %d days behind', async (freshness, options, behind) => {
    trial.declare(spent({ start: ago(8), end: undefined, ...options } as Partial<BatchOptions<Entity, Features>>))
    await trial.built({ end: ago(behind) })
    expect((await status()).groups).toMatchObject([{ freshness, due: behind, coveredUntil: ago(behind) }])
  })

  test('jobs are listed newest first, by group and status', async () => {
    trial.declare(spent(), spent({ sql: sqlOf('SELECT nothing') }, 'broken'))
    await trial.build()
    await trial.materialize({ groups: ['spent'], start: '2024-03-02', end: '2024-03-04' })
    const all = await jobs()
    expect(all.map(({ group, type, status }) => [group, type, status])).toEqual([
      ['spent', 'full', 'completed'],
      ['broken', 'incremental', 'failed'],
      ['spent', 'incremental', 'completed'],
    ])
    expect(all[0]).toEqual({
      id: expect.any(Number),
      tenant: 'default',
      group: 'spent',
      version: 1,
      fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
      type: 'full',
      start: '2024-03-02T00:00:00Z',
      end: '2024-03-04T00:00:00Z',
      status: 'completed',
      dead: false,
      windowsTotal: 2,
      windowsDone: 2,
      progress: 1,
      rowsProcessed: 6,
      rowsWritten: 0,
      rowsSuperseded: 0,
      rowsRejected: 2,
      error: null,
      startedAt: expect.any(String),
      completedAt: expect.any(String),
      durationMs: expect.any(Number),
      heartbeatAt: expect.any(String),
      host: ownIdentity().host,
      pid: process.pid,
    })
    expect(await jobs({ status: 'failed' })).toMatchObject([
      { group: 'broken', error: expect.stringMatching('SQL_FAILED') },
    ])
    expect(await jobs({ group: 'spent', limit: 1 })).toMatchObject([{ type: 'full' }])
    await expect(jobs({ status: 'fialed' })).rejects.toMatchObject({ code: 'USAGE', fix: 'Did you mean "failed"?' })
    expect(await listJobs({ db: given.db, schema: trial.schema, tenant: 'acme' })).toEqual([])
  })

  test('a job whose process is gone is told, and the next build runs its windows again', async () => {
    await trial.declare(spent()).built({ end: '2024-03-03' })
    const [{ fingerprint } = { fingerprint: '' }] = await jobs()
    const values = `'default', 'spent', '${fingerprint}', 'incremental', '2024-03-03Z', '2024-03-07Z', 4, 1`
    await trial.rows(`INSERT INTO ${trial.schema}.jobs (tenant_id, group_name, fingerprint, job_type, start_time, end_time,
        windows_total, windows_done, host, pid, heartbeat_at)
      VALUES (${values}, 'elsewhere', 7, clock_timestamp() - interval '61 seconds'),
        (${values}, '${ownIdentity().host}', ${process.pid}, clock_timestamp())`)
    expect(await jobs({ status: 'running' })).toMatchObject([
      { dead: false, progress: 0.25, completedAt: null },
      { dead: true, host: 'elsewhere' },
    ])
    expect(await failDeadJobs({ db: given.db, schema: trial.schema, tenant: 'default' })).toBe(1)
    expect(await jobs({ status: 'failed' })).toMatchObject([
      { host: 'elsewhere', error: 'its process died', dead: false },
    ])
    expect((await trial.built()).of('spent').windows).toBe(4)
  })
})
