/** A changed meaning is built beside the live one, and takes its place when it is whole. */

import { expect, test } from '@jest/globals'
import { batch, entity } from '../../src/config/define.js'
import type { Duration } from '../../src/config/duration.js'
import { int64 } from '../../src/config/feature.js'
import { describeEachDatabase } from '../servers/databases.js'
import { eachTrial } from './each-trial.js'
import { sqlOf, type Trial } from './trial.js'

const user = entity('user', { user_id: 'string' })

interface Change {
  readonly factor?: number
  readonly sql?: string
  readonly every?: Duration
  readonly start?: string | undefined
  readonly end?: string
  readonly description?: string
}

function spent(change: Change = {}) {
  const { factor = 1, every = '1d', description = 'as it was', end = '2024-03-07' } = change
  const start = 'start' in change ? change.start : '2024-03-01'
  const text = `SELECT user_id, ${factor} * sum(amount) AS spent FROM orders
    WHERE at >= :start_time AND at < :end_time GROUP BY user_id`
  const span = start === undefined ? {} : { start }
  return batch('spent', {
    ...span,
    end,
    entity: user,
    every,
    description,
    sql: sqlOf(change.sql ?? text),
    features: { spent: int64() },
  })
}

describeEachDatabase((given) => {
  let trial: Trial
  eachTrial(
    given,
    (own) => {
      trial = own.declare(spent())
    },
    `CREATE TABLE orders (user_id text, at timestamptz, amount int);
     INSERT INTO orders SELECT 'u' || n % 2, timestamptz '2024-03-01Z' + n * interval '11 hours', n
       FROM generate_series(1, 12) AS n`,
  )

  /** What a person with psql reads. */
  const view = async (which: 'offline' | 'online' = 'online') =>
    (await trial.rows(`SELECT spent FROM ${trial.schema}_${which}.spent ORDER BY user_id, event_timestamp`)).map(
      ({ spent }) => spent,
    )
  const active = async () => {
    const columns = 'v.version, v.fingerprint, g.epoch'
    const from = `${trial.schema}.groups AS g JOIN ${trial.schema}.versions AS v ON v.fingerprint = g.active_fingerprint`
    return (await trial.rows(`SELECT ${columns} FROM ${from}`))[0]
  }

  test('readers see the old version until the new one is whole', async () => {
    await trial.built()
    const [old, first] = [await view(), await active()]
    const history = await trial.everything('spent')
    trial.declare(spent({ factor: 10 }))
    const part = await trial.built({ end: '2024-03-03' })
    expect(part.of('spent')).toMatchObject({ version: 2, windows: 2, promoted: false })
    expect(part.of('spent').notPromoted).toMatch(/^tenant default lacks 2024-03-03T00:00:00Z to 2024-03-07T00:00:00Z;/)
    expect([await view(), await active()]).toEqual([old, first])
    expect((await trial.built()).of('spent')).toMatchObject({ version: 2, windows: 4, promoted: true })
    expect(await view()).toEqual(old.map((value) => value * 10))
    expect(await view('offline')).toEqual((await trial.current('spent')).map(({ spent }) => spent))
    expect(await active()).toMatchObject({ version: 2, epoch: 2 })
    trial.declare(spent())
    expect(await trial.everything('spent')).toEqual(history)
  })

  test('the old SQL again is the old table and its number again', async () => {
    await trial.built()
    const first = await active()
    const before = await trial.everything('spent')
    await trial.declare(spent({ factor: 3 })).built()
    trial.declare(spent())
    expect((await trial.plan()).steps).toMatchObject([
      { kind: 'register', change: 'restored', version: 1 },
      { kind: 'promote', version: 1 },
    ])
    expect((await trial.built()).of('spent')).toMatchObject({ version: 1, windows: 0, promoted: true })
    expect(await active()).toEqual({ ...first, epoch: 3 })
    expect(await trial.everything('spent')).toEqual(before)
    expect((await trial.built()).upToDate).toBe(true)
  })

  test.each<[string, Change]>([
    ['a description', { description: 'said otherwise' }],
    [
      'a comment and white space',
      {
        sql: `-- note\nselect USER_ID,  1 * sum(amount) AS spent FROM orders
      WHERE at >= :start_time AND at < :end_time GROUP BY user_id ;`,
      },
    ],
  ])('%s rebuilds nothing', async (_, change) => {
    await trial.built()
    const before = [await trial.everything('spent'), await active()]
    expect((await trial.declare(spent(change)).built()).of('spent')).toMatchObject({ version: 1, windows: 0 })
    expect([await trial.everything('spent'), await active()]).toEqual(before)
    expect((await trial.built()).upToDate).toBe(true)
    const [group] = await trial.rows(`SELECT description FROM ${trial.schema}.groups`)
    expect(group?.description).toBe(change.description ?? 'as it was')
  })

  test('a later start or end changes what is due, not the version', async () => {
    await trial.declare(spent({ end: '2024-03-04' })).built()
    expect((await trial.declare(spent()).built()).of('spent')).toMatchObject({ version: 1, windows: 3 })
    const earlier = spent({ start: '2024-02-27' })
    expect((await trial.declare(earlier).built()).of('spent')).toMatchObject({ version: 1, windows: 3 })
  })

  test('while another tenant lacks what the old version covered, it stays, and the tenant is named', async () => {
    await trial.built()
    await trial.script(`INSERT INTO ${trial.schema}.tenants (tenant_id, status) VALUES
      ('acme', 'active'), ('gone', 'suspended'), ('new', 'active')`)
    for (const tenant of ['acme', 'gone']) await trial.as(tenant).built({ end: '2024-03-04' })
    trial.declare(spent({ factor: 2 }))
    const lacking = (await trial.built()).of('spent')
    expect(lacking.notPromoted).toMatch(
      /^tenant acme lacks 2024-03-01T00:00:00Z to 2024-03-04T00:00:00Z; `fstore build --all-tenants`/,
    )
    expect(await active()).toMatchObject({ version: 1 })
    expect((await trial.as('acme').built()).of('spent')).toMatchObject({ promoted: true })
    expect(await active()).toMatchObject({ version: 2 })
  })

  test('a user’s view on the group’s is named, and nothing moves until it is gone', async () => {
    await trial.built()
    await trial.script(`CREATE VIEW public.dashboard AS SELECT * FROM ${trial.schema}_online.spent`)
    const old = [await view(), await active()]
    trial.declare(spent({ factor: 2 }))
    const { of } = await trial.build()
    expect(of('spent')).toMatchObject({ status: 'failed', error: { code: 'PROMOTION_BLOCKED' } })
    expect(of('spent').error?.why).toContain('dashboard')
    expect([await view(), await active()]).toEqual(old)
    await trial.script('DROP VIEW public.dashboard')
    expect((await trial.built()).of('spent')).toMatchObject({ status: 'built', windows: 0, promoted: true })
  })

  test('windows of another length take over too, though they do not fit the old ones', async () => {
    // 2024-03-04 is a Monday: no whole week lies in the range.
    await trial.declare(spent({ end: '2024-03-13' })).built()
    const weekly = spent({ every: '7d', end: '2024-03-13' })
    expect((await trial.declare(weekly).built()).of('spent')).toMatchObject({ windows: 1, promoted: true })
    const daily = spent({ end: '2024-03-13', factor: 2 })
    expect((await trial.declare(daily).built()).of('spent')).toMatchObject({ windows: 12, promoted: true })
  })

  test('without a start, a new version goes back as far as the one that is live', async () => {
    await trial.declare(spent({ start: undefined })).built()
    await trial.materialize({ groups: ['spent'], start: '2024-03-02', end: '2024-03-05' })
    expect((await trial.built()).of('spent')).toMatchObject({ windows: 1 })
    trial.declare(spent({ start: undefined, factor: 2 }))
    expect((await trial.built()).of('spent')).toMatchObject({ version: 2, windows: 5, promoted: true })
  })
})
