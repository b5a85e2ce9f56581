/** Going back to an earlier version: the pointer and the views move, the rows stay, and what to know is told. */
import { expect, test } from '@jest/globals'
import { batch, entity } from '../../src/config/define.js'
import { int64 } from '../../src/config/feature.js'
import { rollbackGroup } from '../../src/plan/rollback.js'
import { diffVersions } from '../../src/plan/version-diff.js'
import { groupVersions } from '../../src/plan/versions.js'
import { describeEachDatabase } from '../servers/databases.js'
import { eachTrial } from './each-trial.js'
import { sqlOf, type Trial } from './trial.js'

const user = entity('user', { user_id: 'string' })

/** Its meaning is in the factor; a negative one has another feature beside it. */
function spent(factor: number, end = '2024-03-05') {
  const columns = `user_id, ${factor} * sum(amount) AS spent${factor < 0 ? ', count(*) AS orders' : ''}`
  const text = `SELECT ${columns} FROM orders WHERE at >= :start_time AND at < :end_time GROUP BY user_id`
  const features = { spent: int64(), ...(factor < 0 && { orders: int64() }) }
  return batch('spent', { entity: user, every: '1d', start: '2024-03-01', end, sql: sqlOf(text), features })
}

function twice({ schema }: Trial) {
  const text = `SELECT user_id, 2 * max(spent) AS twice FROM ${schema}_offline.spent GROUP BY user_id`
  const features = { twice: int64() }
  return batch('twice', {
    entity: user,
    every: '1d',
    start: '2024-03-01',
    end: '2024-03-05',
    sql: sqlOf(text),
    features,
  })
}

describeEachDatabase((given) => {
  let trial: Trial
  eachTrial(
    given,
    (own) => {
      trial = own
    },
    `CREATE TABLE orders (user_id text, at timestamptz, amount int);
     INSERT INTO orders SELECT 'u' || n % 2, timestamptz '2024-03-01Z' + n * interval '7 hours', n
       FROM generate_series(1, 12) AS n`,
  )

  const view = () =>
    trial.rows(`SELECT to_jsonb(s) - 'created_at' AS row FROM ${trial.schema}_online.spent AS s ORDER BY user_id`)
  const rollback = (version?: number, dryRun = false) => rollbackGroup(trial.scope, { group: 'spent', version, dryRun })
  const states = async () =>
    (await groupVersions(trial.scope, 'spent')).versions.map(({ live, stored }) => (live ? 'live' : stored))

  test('readers see the earlier version as it was, and its undo leads back', async () => {
    await trial.declare(spent(1)).built()
    const before = [await view(), await trial.everything('spent')]
    await trial.declare(spent(-2)).built()
    const after = await view()
    const ahead = await rollback(undefined, true)
    expect(ahead).toMatchObject({ done: false, version: 1, epoch: 3, from: { version: 2 }, undo: 2, declared: 2 })
    expect(ahead.features).toEqual([{ feature: 'orders', before: 'int64', after: null }])
    expect([await view(), await states()]).toEqual([after, [true, 'live']])
    const done = await rollback()
    expect(done).toEqual({ ...ahead, done: true, online: { state: 'latest' } })
    expect(await states()).toEqual(['live', true])
    const [{ active_fingerprint, epoch } = {}] = await trial.rows(`SELECT * FROM ${trial.schema}.groups`)
    expect([active_fingerprint, Number(epoch)]).toEqual([done.fingerprint, done.epoch])
    trial.declare(spent(1))
    expect([await view(), await trial.everything('spent')]).toEqual(before)
    expect(await rollback(2)).toMatchObject({ done: true, version: 2, undo: 1, declared: 1, epoch: 4 })
    expect(await view()).toEqual(after)
  })

  test('the next build makes live again what the config says', async () => {
    for (const factor of [1, 2]) await trial.declare(spent(factor)).built()
    await rollback()
    expect((await trial.built()).of('spent')).toMatchObject({ version: 2, windows: 0, promoted: true })
    await rollback()
    expect(await trial.declare(spent(1)).built()).toMatchObject({ status: 'done' })
    expect(await states()).toEqual(['live', true])
  })

  test('says what each tenant would miss, and which groups were computed from what is left', async () => {
    await trial.declare(spent(1, '2024-03-03'), twice(trial)).built()
    await trial.script(`INSERT INTO ${trial.schema}.tenants (tenant_id) VALUES ('acme'), ('new')`)
    await trial.as('acme').built()
    await trial.declare(spent(2), twice(trial)).built()
    await trial.as('acme').built()
    expect(await rollback()).toMatchObject({
      behind: ['acme', 'default'].map((tenant) => ({
        tenant,
        spans: [['2024-03-03T00:00:00Z', '2024-03-05T00:00:00Z']],
      })),
      readers: ['twice'],
    })
  })

  test('going back twice leads back, not forth', async () => {
    for (const factor of [1, 2, 3]) await trial.declare(spent(factor)).built()
    expect((await rollback()).version).toBe(2)
    expect((await rollback()).version).toBe(1)
    await expect(rollback()).rejects.toMatchObject({ code: 'ROLLBACK_REFUSED', fix: 'Versions to name: 2, 3.' })
  })

  test('refuses what was never live, what is live, and what is gone', async () => {
    await trial.migrate()
    trial.declare(spent(1))
    const unknown = rollbackGroup(trial.scope, { group: 'spend' })
    await expect(unknown).rejects.toMatchObject({ code: 'NAME_UNKNOWN', fix: 'Did you mean "spent"?' })
    await expect(rollback()).rejects.toMatchObject({ code: 'NOT_BUILT' })
    await trial.built()
    await trial.declare(spent(2)).built({ end: '2024-03-02' })
    await expect(rollback(2)).rejects.toMatchObject({
      code: 'ROLLBACK_REFUSED',
      message: expect.stringMatching('never'),
    })
    await expect(rollback(1)).rejects.toMatchObject({ code: 'ROLLBACK_REFUSED' })
    await expect(rollback(3)).rejects.toMatchObject({ code: 'NAME_UNKNOWN', fix: 'Versions: 1, 2.' })
    await trial.built()
    const gone = (await trial.declare(spent(1)).compiled('spent')).table
    await trial.script(`DROP TABLE ${gone.history}; DROP TABLE ${gone.latest}`)
    await expect(rollback()).rejects.toMatchObject({ code: 'ROLLBACK_REFUSED', why: 'A cleanup removed it.' })
    expect(await states()).toEqual([false, 'live'])
  })

  test('a user’s view on the group’s is named, and nothing moves', async () => {
    for (const factor of [1, 2]) await trial.declare(spent(factor)).built()
    await trial.script(`CREATE VIEW public.dashboard AS SELECT * FROM ${trial.schema}_online.spent`)
    const before = await view()
    const error = { code: 'PROMOTION_BLOCKED', why: expect.stringMatching('dashboard') }
    await expect(rollback()).rejects.toMatchObject({ ...error, fix: expect.stringMatching('fstore rollback') })
    expect([await view(), await states()]).toEqual([before, [true, 'live']])
  })

  test('of two at once, one moves the pointer', async () => {
    for (const factor of [1, 2, 3]) await trial.declare(spent(factor)).built()
    const both = await Promise.allSettled([rollback(1), rollback(2)])
    const done = both.filter(({ status }) => status === 'fulfilled')
    expect((await states()).filter((state) => state === 'live')).toHaveLength(1)
    // One after the other is as good: then the second went on from where the first had come to.
    if (done.length === 1) {
      const [refused] = both.filter((one) => one.status === 'rejected')
      expect(refused?.reason).toMatchObject({ code: 'ROLLBACK_REFUSED', message: expect.stringMatching('meanwhile') })
    }
  })

  test('a config whose SQL is broken does not stand in the way', async () => {
    for (const factor of [1, 2]) await trial.declare(spent(factor)).built()
    trial.declare(batch('spent', { entity: user, sql: sqlOf('SELECT ('), features: { spent: int64() } }))
    expect(await rollback()).toMatchObject({ done: true, version: 1, declared: 2 })
  })

  test('versions compare with each other, and with the config', async () => {
    await trial.declare(spent(1)).built()
    const diff = (from?: number, to?: number) => diffVersions(trial.scope, { group: 'spent', from, to })
    expect(await diff()).toMatchObject({ same: true, before: { version: 1 }, after: { version: 1, live: true } })
    trial.declare(spent(-2))
    expect(await diff()).toMatchObject({
      same: false,
      before: { version: 1, live: true, declared: false },
      after: { version: null, live: false, declared: true },
      change: {
        kind: 'breaking',
        features: [{ feature: 'orders', before: null, after: 'int64' }],
        sql: [{ feature: null, lines: [expect.stringMatching(/^- SELECT/), expect.stringMatching(/^\+ SELECT/)] }],
      },
    })
    await trial.built()
    expect(await diff()).toMatchObject({ before: { version: 1 }, after: { version: 2, live: true, declared: true } })
    expect(await diff(2)).toMatchObject({ same: true })
    expect(await diff(2, 1)).toMatchObject({ before: { version: 2 }, after: { version: 1 } })
    await expect(diff(1, 9)).rejects.toMatchObject({ code: 'NAME_UNKNOWN' })
  })
})
