/** Tenants come and go; a build for all of them goes through them one by one, and promotes when the last is whole. */
import { expect, test } from '@jest/globals'
import { batch, entity } from '../../src/config/define.js'
import { int64 } from '../../src/config/feature.js'
import type { BuildEvent } from '../../src/plan/apply.js'
import { type BuildOptions, type BuildResult, build } from '../../src/plan/execute.js'
import { forEachTenant } from '../../src/plan/tenants.js'
import { activateTenant, listTenants, suspendTenant } from '../../src/registry/tenants.js'
import { describeEachDatabase } from '../servers/databases.js'
import { eachTrial } from './each-trial.js'
import { sqlOf, type Trial } from './trial.js'

const user = entity('user', { user_id: 'string' })
const spent = (factor = 1) =>
  batch('spent', {
    entity: user,
    every: '1d',
    start: '2024-03-01',
    end: '2024-03-03',
    sql: sqlOf(`SELECT user_id, ${factor} * sum(amount) AS spent FROM tenant_orders
      WHERE tenant = :tenant_id GROUP BY user_id`),
    features: { spent: int64({ max: 1000 }) },
    maxRejected: 0,
  })

describeEachDatabase((given) => {
  let trial: Trial
  eachTrial(
    given,
    async (own) => {
      trial = own.declare(spent())
      await trial.migrate()
    },
    `CREATE TABLE tenant_orders (tenant text, user_id text, amount int);
     INSERT INTO tenant_orders VALUES ('acme', 'a', 1), ('acme', 'b', 2), ('zeta', 'a', 3), ('big', 'a', 5000)`,
  )

  const add = (tenant: string, displayName?: string) =>
    given.db.transaction({ role: 'owner' }, (tx) => activateTenant(tx, trial.schema, { tenant, displayName }))
  const suspend = (tenant: string) =>
    given.db.transaction({ role: 'owner' }, (tx) => suspendTenant(tx, trial.schema, tenant))
  const list = async () =>
    (await given.db.transaction({ role: 'owner' }, (tx) => listTenants(tx, trial.schema))).map(
      ({ tenant, status, displayName }) => [tenant, status, displayName],
    )
  async function buildAll(options: BuildOptions = {}): Promise<BuildResult & { events: BuildEvent[] }> {
    const work = forEachTenant(trial.scope, (own) => build(own, options))
    const events: BuildEvent[] = []
    for (;;) {
      const next = await work.next()
      if (next.done) return { ...next.value, events }
      events.push(next.value)
    }
  }
  const seen = async (tenant: string) =>
    (await trial.as(tenant).current('spent')).map(({ user_id, spent }) => `${user_id} ${spent}`)

  test('are added, suspended and added again', async () => {
    expect(await add('acme', 'Acme Ltd')).toMatchObject({
      tenant: 'acme',
      status: 'active',
      createdAt: expect.any(String),
    })
    expect(await suspend('acme')).toMatchObject({ status: 'suspended', displayName: 'Acme Ltd' })
    expect(await list()).toEqual([
      ['acme', 'suspended', 'Acme Ltd'],
      ['default', 'active', null],
    ])
    expect(await add('acme')).toMatchObject({ status: 'active', displayName: 'Acme Ltd' })
    await expect(suspend('acne')).rejects.toMatchObject({ code: 'NAME_UNKNOWN', fix: 'Did you mean "acme"?' })
    for (const name of ['', ' acme', 'acme ']) await expect(add(name)).rejects.toMatchObject({ code: 'USAGE' })
  })

  test('each is built for on its own, and the last makes the new version live', async () => {
    for (const tenant of ['acme', 'zeta', 'gone']) await add(tenant)
    await suspend('gone')
    const done = await buildAll()
    expect(done).toMatchObject({
      status: 'done',
      upToDate: false,
      groups: [{ group: 'spent', status: 'built', windows: 6, written: 6, promoted: true }],
      tenants: ['acme', 'default', 'zeta'].map((tenant) => ({ tenant, status: 'done', groups: [{ windows: 2 }] })),
    })
    expect(done.events.filter(({ type }) => type === 'tenant')).toEqual(
      ['acme', 'default', 'zeta'].map((tenant, done) => ({ type: 'tenant', tenant, done, total: 3 })),
    )
    expect([await seen('acme'), await seen('zeta'), await seen('default')]).toEqual([
      ['a 1', 'a 1', 'b 2', 'b 2'],
      ['a 3', 'a 3'],
      [],
    ])
    trial.declare(spent(10))
    const again = await buildAll()
    expect(again.groups).toMatchObject([{ version: 2, promoted: true, windows: 6 }])
    expect(again.groups[0]).not.toHaveProperty('notPromoted')
    expect(again.events.filter(({ type }) => /promoted/.test(type)).map(({ type }) => type)).toEqual(['promoted'])
    expect(again.tenants?.map(({ groups }) => groups[0]?.promoted)).toEqual([false, false, true])
    expect(await buildAll()).toMatchObject({ upToDate: true, status: 'done', groups: [{ status: 'unchanged' }] })
  })

  test('one’s failure does not keep the others from being built', async () => {
    for (const tenant of ['big', 'zeta']) await add(tenant)
    expect(await buildAll()).toMatchObject({
      status: 'failed',
      groups: [{ status: 'failed', error: { code: 'TOO_MANY_REJECTED' } }],
      tenants: [
        { tenant: 'big', status: 'failed' },
        { tenant: 'default', status: 'done' },
        { tenant: 'zeta', status: 'done' },
      ],
    })
    expect(await seen('zeta')).toEqual(['a 3', 'a 3'])
  })

  test('Ctrl-C ends it with the tenant in flight', async () => {
    await add('acme')
    const controller = new AbortController()
    controller.abort()
    expect(await buildAll({ signal: controller.signal })).toMatchObject({
      status: 'cancelled',
      tenants: [{ tenant: 'acme', status: 'cancelled' }],
    })
  })

  test('of none that is active, nothing is built', async () => {
    await suspend('default')
    await expect(buildAll()).rejects.toMatchObject({ code: 'USAGE', message: 'Every tenant is suspended.' })
  })
})
