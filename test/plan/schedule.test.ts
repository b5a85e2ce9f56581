/** What a scheduler runs, and what it leaves: one process, the clock in the test's hand. */
import { expect, test } from '@jest/globals'
import { storeStatus } from '../../src/plan/status.js'
import { activateTenant, suspendTenant } from '../../src/registry/tenants.js'
import { describeEachDatabase } from '../servers/databases.js'
import { eachTrial } from './each-trial.js'
import { daily, StandingClock, scheduled, slow, Told } from './scheduled.js'
import { sqlOf, type Trial } from './trial.js'

const hourly = { schedule: '0 * * * *' }
describeEachDatabase((given) => {
  let trial: Trial
  let clock: StandingClock
  eachTrial(given, (own) => {
    trial = own
    clock = new StandingClock('2026-03-10T05:30:00Z')
  })

  const reads = (...groups: string[]) => {
    const rows = groups
      .map((group) => `SELECT user_id, amount FROM ${trial.schema}_offline.${group}`)
      .join(' UNION ALL ')
    return { sql: sqlOf(`SELECT user_id, sum(amount)::bigint AS amount FROM (${rows}) AS r GROUP BY user_id`) }
  }
  const owner = async (sql: string) => (await given.db.query({ role: 'owner' }, sql)).rows
  const once = (groups: string[] = []) => scheduled(trial.scope, { once: true, clock, groups })
  const runs = async () =>
    (
      await owner(
        `SELECT group_name, tick, status, attempts FROM ${trial.schema}.scheduled_runs ORDER BY tick, group_name`,
      )
    ).map((run) => [run.group_name, run.tick, run.status, run.attempts])
  /** By group, the windows that jobs of the tenant have run. */
  const windows = async (tenant = 'default') => {
    const sql = `SELECT group_name, sum(windows_done)::int AS n FROM ${trial.schema}.jobs GROUP BY 1`
    return Object.fromEntries((await trial.as(tenant).rows(sql)).map((row) => [row.group_name, row.n]))
  }
  const forget = (group: string) =>
    trial.rows(`UPDATE ${trial.schema}.coverage SET covered = '{}' WHERE group_name = '${group}'`)

  test('a tick is run once, and those that were missed by one run', async () => {
    trial.declare(
      daily('a', hourly),
      daily('b', { schedule: '0 3 * * *' }),
      daily('never', { schedule: '0 0 31 feb *' }),
    )
    expect(await once()).toMatchObject({ status: 'done', completed: 2, failed: 0 })
    expect(await runs()).toEqual([
      ['b', '2026-03-10T03:00:00Z', 'completed', 1],
      ['a', '2026-03-10T05:00:00Z', 'completed', 1],
    ])
    expect(await windows()).toEqual({ a: 5, b: 5 })
    clock.at = '2026-03-10T05:59:59.999Z'
    expect(await once()).toMatchObject({ status: 'done', completed: 0 })
    await forget('a')
    clock.at = '2026-03-10T17:00:00Z'
    expect(await once()).toMatchObject({ completed: 1, ended: { a: 'completed' } })
    expect((await runs()).at(-1)).toEqual(['a', '2026-03-10T17:00:00Z', 'completed', 1])
    expect(await runs()).toHaveLength(3)
    expect(await windows()).toEqual({ a: 10, b: 5 })
  })

  test('what has no schedule goes with what reads it or what it reads; what has one waits for its own', async () => {
    trial.declare(
      daily('source'),
      daily('a', { ...reads('source'), ...hourly }),
      daily('follower', reads('a', 'side')),
      daily('side'),
      daily('weekly', { ...reads('a'), schedule: '0 0 * * mon' }),
      daily('apart'),
    )
    const first = await once(['a'])
    expect(first.events[0]).toMatchObject({ groups: [{ group: 'a', builds: ['source', 'a', 'side', 'follower'] }] })
    expect(await windows()).toEqual({ source: 5, a: 5, follower: 5, side: 5 })
    expect(await once()).toMatchObject({ ended: { weekly: 'completed' } })
    expect(await windows()).toEqual({ source: 5, a: 5, follower: 5, side: 5, weekly: 5 })
    await expect(once(['apart'])).rejects.toMatchObject({ code: 'USAGE', message: 'apart has no schedule.' })
    await expect(once(['aa'])).rejects.toMatchObject({ code: 'NAME_UNKNOWN' })
    trial.declare(daily('apart'))
    await expect(once()).rejects.toMatchObject({ code: 'USAGE', message: 'No group has a schedule.' })
  })

  test('every active tenant of that moment, and one’s failure stops neither the others nor the other groups', async () => {
    const tenant = (name: string) =>
      given.db.transaction({ role: 'owner' }, (tx) => activateTenant(tx, trial.schema, { tenant: name }))
    await trial.migrate()
    for (const name of ['acme', 'bad', 'gone']) await tenant(name)
    await given.db.transaction({ role: 'owner' }, (tx) => suspendTenant(tx, trial.schema, 'gone'))
    const fails = sqlOf(
      "SELECT n AS user_id, 1 / (CASE :tenant_id WHEN 'bad' THEN 0 ELSE 1 END) AS amount FROM generate_series(1, 3) AS n",
    )
    trial.declare(daily('a', { ...hourly, sql: fails }), daily('b', { ...hourly, ...reads('a') }), daily('c', hourly))
    const first = await once()
    expect(first).toMatchObject({ status: 'failed', ended: { a: 'failed', c: 'completed' } })
    expect(first.events.find((event) => event.type === 'finished' && event.group === 'a')).toMatchObject({
      group: 'a',
      tenants: 3,
      windows: 10,
      error: expect.stringMatching(/^tenant bad: a: SQL_FAILED: /),
    })
    expect([await windows('acme'), await windows('bad'), await windows('gone')]).toEqual([
      { a: 5, b: 5, c: 5 },
      { a: 0, c: 5 },
      {},
    ])
    const { groups } = await storeStatus(trial.scope)
    expect(groups[0]).toMatchObject({
      schedule: '0 * * * *',
      nextTick: expect.stringMatching(/:00:00Z$/),
      scheduledRun: { status: 'failed', tick: '2026-03-10T05:00:00Z', dead: false, retryAt: expect.any(String) },
    })
    await tenant('later')
    await given.db.transaction({ role: 'owner' }, (tx) => suspendTenant(tx, trial.schema, 'bad'))
    expect(await once()).toMatchObject({ status: 'done', ended: { a: 'completed', b: 'completed' } })
    expect((await runs()).map(([group, , status, attempts]) => [group, status, attempts])).toEqual([
      ['a', 'completed', 2],
      ['b', 'completed', 2],
      ['c', 'completed', 1],
    ])
    expect(await windows('later')).toEqual({ a: 5, b: 5 })
  })

  test('a service runs what comes round while it lives, one run of a group at a time, and ends after the window in flight', async () => {
    trial.declare(slow('a', 0.03, hourly), daily('b', { schedule: '*/15 * * * *' }))
    const controller = new AbortController()
    const told = new Told()
    const service = scheduled(trial.scope, { clock, signal: controller.signal }, (event) => {
      if (event.type === 'started' || event.type === 'finished') {
        told.push(`${event.type} ${event.group} ${event.tick.slice(11, 16)}`)
      }
      // Three ticks go by while it is at work.
      if (event.type === 'window' && event.run === 'a' && clock.at < '2026-03-10T08') clock.at = '2026-03-10T08:07:00Z'
    })
    await Promise.all([told.until('finished a 08:00'), told.until('finished b 08:00')])
    await forget('a')
    clock.at = '2026-03-10T09:00:00Z'
    await told.until('started a 09:00')
    controller.abort()
    expect(await service).toMatchObject({ status: 'stopped' })
    expect((await runs()).filter(([group]) => group === 'a')).toEqual([
      ['a', '2026-03-10T05:00:00Z', 'completed', 1],
      ['a', '2026-03-10T08:00:00Z', 'completed', 1],
      ['a', '2026-03-10T09:00:00Z', 'cancelled', 1],
    ])
    // What was not finished is due.
    expect(await once()).toMatchObject({ ended: { a: 'completed' } })
    expect((await windows()).a).toBe(10)
  })

  test('a version that another made live since is left alone', async () => {
    trial.declare(daily('a', hourly))
    await trial.built()
    const controller = new AbortController()
    const told = new Told()
    const service = scheduled(trial.scope, { clock, signal: controller.signal }, ({ type }) => told.push(type))
    await told.until('finished')
    const newer = trial.as('default').declare(daily('a', { ...hourly, sql: sqlOf('SELECT 1 AS user_id, 7 AS amount') }))
    expect((await newer.built()).of('a')).toMatchObject({ version: 2, promoted: true })
    clock.at = '2026-03-10T06:00:00Z'
    await told.until('superseded')
    clock.at = '2026-03-10T07:00:00Z'
    controller.abort()
    const { events } = await service
    expect(events.filter(({ type }) => type === 'superseded' || type === 'started')).toMatchObject([
      { type: 'started', tick: '2026-03-10T05:00:00Z' },
      { type: 'superseded', group: 'a' },
    ])
    expect((await owner(`SELECT epoch FROM ${trial.schema}.groups`))[0]?.epoch).toBe(2)
  })
})
