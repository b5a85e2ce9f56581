/** Every answer that the page is given, over HTTP. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'
import { givenProject } from '../servers/redis-project.js'
import { server as shared } from '../servers/server.js'
import { hostile, type Looked, lookedAt } from './project.js'

describe.each(['pglite', 'postgres with redis'])('on %s', (kind) => {
  const project = givenProject('redis')
  const hasRedis = kind !== 'pglite'
  let own: OwnDatabase | undefined
  let looked: Looked

  beforeAll(async () => {
    if (hasRedis) own = await createDatabase()
    const where = own === undefined ? {} : { project, database: own.ownerUrl, redis: (await shared('redis')).url }
    looked = await lookedAt(where)
  }, 180_000)
  afterAll(async () => {
    await looked?.close()
    await own?.drop()
  })

  const get = async (path: string) => {
    const { status, body } = await looked.ask(`/ui/api/${path}`)
    expect({ status, error: body.error }).toEqual({ status: 200, error: undefined })
    return body
  }

  test('the overview: what needs a person first', async () => {
    const body = await get('overview')
    expect(body).toMatchObject({
      tenant: 'default',
      tenants: [
        { tenant: 'acme', displayName: 'Acme', status: 'active' },
        { tenant: 'default', status: 'active' },
      ],
      database: { kind: hasRedis ? 'postgres' : 'pglite' },
      redis: hasRedis ? { reachable: true, lagSeconds: expect.any(Number) } : null,
      migrations: { pending: [] },
      onDemand: ['half', 'asked'],
      problem: null,
    })
    expect(body.groups.map((group: any) => [group.group, group.freshness, group.entities])).toEqual([
      ['spent', 'expired', 3],
      // What it reads was corrected.
      ['level', 'due', 3],
      ['never', 'not built', null],
      ['clicks', 'fresh', 1],
    ])
    expect(body.groups[0]).toMatchObject({
      liveVersion: 2,
      newest: '2024-03-04T00:00:00Z',
      nextTick: expect.stringMatching(/T03:00:00Z$/),
      lastRun: { type: 'full', status: 'completed' },
      owner: 'growth',
      due: 0,
      estimated: false,
    })
    expect(body.runs[0]).not.toHaveProperty('host')
    const { groups } = await get('overview?tenant=acme')
    expect(groups.find(({ group }: any) => group === 'spent')).toMatchObject({
      entities: 2,
      lastRun: { status: 'completed' },
    })
  })

  test('the plan, the catalogue and the lineage', async () => {
    const plan = await get('plan')
    expect(plan.groups.map(({ group, kind }: any) => [group, kind])).toContainEqual(['never', 'added'])
    const catalogue = await get('catalogue')
    expect(catalogue.groups[0]).toMatchObject({ name: 'spent', description: hostile, tags: ['money'], version: 2 })
    expect(catalogue.groups[0].features[0]).toMatchObject({
      name: 'amount',
      description: 'Of the day',
      rules: ['not null', 'min 0', 'max 8'],
    })
    expect(catalogue.groups.map(({ name, sourceType }: any) => `${name} ${sourceType}`)).toContain('half on_demand')
    expect(catalogue.services[0].features).toContainEqual({ alias: 'level', group: 'level', feature: 'share' })
    const { edges } = await get('lineage')
    expect(edges.map(({ from, to }: any) => `${from} > ${to}`).sort()).toEqual([
      'event:clicked > group:clicks',
      'group:level > service:buyer',
      'group:spent > group:half',
      'group:spent > group:level',
      'group:spent > service:buyer',
      'service:buyer > dataset:buyers',
      'source:crm.orders > dataset:buyers',
      'source:purchases > group:spent',
    ])
  })

  test('a group: its SQL, its versions line by line, its rows in every place', async () => {
    const body = await get('groups/spent')
    expect(body).toMatchObject({
      liveVersion: 2,
      keys: [{ name: 'user_id', type: 'string' }],
      pending: null,
      problem: null,
      upstream: { sources: ['purchases'], groups: [] },
      downstream: { groups: ['level', 'half'], services: ['buyer'] },
      counts: {
        historyRows: 9,
        supersededRows: 1,
        historyEntities: 3,
        latestRows: 3,
        redis: hasRedis ? { looked: 3, found: 3 } : null,
      },
    })
    expect(body.sql[0].text).toContain('FROM purchases')
    expect(body.versions.map(({ version, live, stored }: any) => [version, live, stored])).toEqual([
      [2, true, true],
      [1, false, true],
    ])
    expect(body.versions[0].change.features).toEqual([{ feature: 'doubled', before: null, after: 'int64' }])
    expect(body.versions[0].change.sql[0].lines.some((line: string) => line.startsWith('+ '))).toBe(true)
    expect(body.versions[0].covered).toEqual([['2024-03-01T00:00:00Z', '2024-03-04T00:00:00Z']])
    expect(await get('groups/half')).toMatchObject({ sourceType: 'on_demand', inputs: ['spent.amount'], versions: [] })
    expect(await get('groups/clicks')).toMatchObject({ events: { clicked: { made: 'increment' } } })
    expect(await get('groups/never')).toMatchObject({ liveVersion: null, versions: [], counts: null })
  })

  test('statistics tell numbers, and texts only when asked', async () => {
    const body = await get('groups/spent/statistics')
    expect(body).toMatchObject({ version: 2, source: 'runs', masked: true, drift: { status: 'compared' } })
    const [amount, place] = body.features
    expect(amount).toMatchObject({ feature: 'amount', newest: { rows: 3, nulls: 0, mean: expect.any(Number) } })
    expect(amount.series).toHaveLength(body.runs.length)
    expect(JSON.stringify(place)).not.toContain('in default')
    expect(JSON.stringify(await get('groups/spent/statistics?reveal=1'))).toContain('in default')
    expect(await get('groups/clicks/statistics')).toMatchObject({ source: 'latest' })
  })

  test('rejected rows have their reasons, and their values only when asked', async () => {
    const body = await get('groups/spent/rejected')
    expect(body).toMatchObject({ total: 1, masked: true, reasons: [{ rows: 1 }] })
    expect(body.rows[0]).toMatchObject({ content: { user_id: null, amount: null, place: null } })
    expect((await get('groups/spent/rejected?reveal=1')).rows[0].content).toMatchObject({ amount: 99, place: 'secret' })
    expect(await get('groups/spent/rejected?tenant=acme&reveal=1')).toMatchObject({ total: 0, rows: [] })
  })

  test('runs page by page, and what they covered', async () => {
    const all = (await get('runs')).runs.map(({ id }: any) => id)
    const first = await get('runs?limit=2')
    expect(first).toMatchObject({ more: true, runs: [{ id: all[0] }, { id: all[1] }] })
    expect((await get(`runs?limit=2&before=${all[1]}`)).runs[0].id).toBe(all[2])
    expect((await get('runs?group=level')).runs.every(({ group }: any) => group === 'level')).toBe(true)
    expect((await get('runs?since=2999-01-01')).runs).toEqual([])
    const { span, groups } = await get('coverage')
    expect(span).toEqual(['2024-03-01T00:00:00Z', '2024-03-06T00:00:00Z'])
    expect(groups.map(({ group, gaps, stale }: any) => [group, gaps, stale])).toEqual([
      ['spent', [], []],
      ['level', [], [[expect.any(String), expect.any(String)]]],
      ['never', [['2024-03-01T00:00:00Z', '2024-03-04T00:00:00Z']], []],
    ])
  })

  test('an entity, now and as it was known, masked until asked for', async () => {
    const values = (body: any) =>
      Object.fromEntries(
        body.groups.flatMap(({ group, features }: any) =>
          features.map(({ feature, status, value }: any) => [`${group}.${feature}`, [status, value]]),
        ),
      )
    const masked = await get('entities/user?key.user_id=u1')
    expect(values(masked)['clicks.made']).toEqual(['PRESENT', null])
    expect(masked.groups[0].features[0]).toMatchObject({
      status: 'EXPIRED',
      tier: hasRedis ? expect.anything() : 'latest',
    })
    expect(masked.groups.map(({ group, problem }: any) => [group, problem === null])).toEqual([
      ['spent', true],
      ['level', true],
      ['clicks', true],
      ['never', false],
      ['half', true],
      ['asked', false],
    ])
    expect(values(await get('entities/user?key.user_id=u1&reveal=1'))['clicks.made']).toEqual(['PRESENT', 2])
    const at = 'entities/user?key.user_id=u1&reveal=1&at=2024-03-04'
    expect(values(await get(at))).toMatchObject({ 'spent.amount': ['PRESENT', 0], 'half.of_amount': ['PRESENT', 0] })
    const { rows } = await get('entities/user/history?key.user_id=u1&feature=spent.amount&reveal=1')
    const old = rows.find(({ supersededAt }: any) => supersededAt !== null)
    expect(old).toMatchObject({ value: 4, eventTimestamp: '2024-03-04T00:00:00Z' })
    const then = await get(`${at}&knownAt=${encodeURIComponent(old.createdAt)}`)
    expect(values(then)).toMatchObject({ 'spent.amount': ['PRESENT', 4] })
    const known = await get(
      `entities/user/history?key.user_id=u1&feature=spent.amount&knownAt=${encodeURIComponent(old.createdAt)}`,
    )
    expect(known.rows.map(({ value, masked }: any) => [value, masked])).toEqual([
      [null, true],
      [null, true],
      [null, true],
    ])
    expect(values(await get('entities/user?key.user_id=u3&tenant=acme'))['level.share']).toEqual(['NOT_FOUND', null])
  })

  test('Redis is behind by the age of what it has not got', async () => {
    if (!hasRedis) return
    await looked.store.query("UPDATE purchases SET amount = 1 WHERE user_id = 'u2' AND tenant = 'default'")
    await looked.store.materialize({ groups: ['spent'], start: '2024-03-03', end: '2024-03-04' })
    const patience = Date.now() + 60_000
    while ((await get('overview')).redis.lagSeconds === 0) expect(Date.now()).toBeLessThan(patience)
    // A long transaction of another database of the server holds back what counts as sent.
    do await looked.store.sync()
    while ((await get('overview')).redis.lagSeconds > 0 && Date.now() < patience)
    expect((await get('overview')).redis).toMatchObject({ lagSeconds: 0, unsent: [] })
  })

  test.each([
    ['groups/nope', 404, 'NAME_UNKNOWN'],
    ['groups/%3Cscript%3E', 404, 'NAME_UNKNOWN'],
    ['entities/user', 400, 'KEY_INVALID'],
    ['entities/user?key.user_id=u1&at=yesterday', 400, 'TIMESTAMP_INVALID'],
    ['runs?limit=-1', 400, 'USAGE'],
    ['overview?tenant=nobody', 404, 'TENANT_UNKNOWN'],
    ['groups/never/statistics', 409, 'NOT_BUILT'],
    ['nothing', 404, 'ROUTE_UNKNOWN'],
  ])('%s is refused: %i %s', async (path, status, code) => {
    const answer = await looked.ask(`/ui/api/${path}`)
    expect(answer).toMatchObject({ status, body: { error: { code } } })
    expect(answer.headers.get('content-type')).toMatch('application/json')
  })
})
