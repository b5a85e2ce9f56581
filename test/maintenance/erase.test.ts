/** Erasing removes one entity, or one tenant, everywhere, and nothing else. */

import { beforeEach, expect, test } from '@jest/globals'
import { batch, entity } from '../../src/config/define.js'
import { int64 } from '../../src/config/feature.js'
import { type EraseOptions, type EraseReport, erase } from '../../src/maintenance/erase.js'
import { sqlOf, Trial } from '../plan/trial.js'
import { describeEachDatabase } from '../servers/databases.js'

const user = entity('user', { user_id: 'string' })
const route = entity('route', { origin: 'string', number: 'int64' })
const span = { start: '2024-02-28', end: '2024-03-02' } as const

/** Every user and route each day; what is 13 breaks a rule. */
const spent = (factor: number) =>
  batch('spent', {
    entity: user,
    ...span,
    sql: sqlOf(`SELECT user_id, ${factor} * n AS n FROM (VALUES ('u', 1), ('v''"', 2), ('13', 13)) AS s (user_id, n)`),
    features: { n: int64({ max: 12 }) },
  })
const visits = batch('visits', {
  entity: user,
  ...span,
  partition: 'none',
  sql: sqlOf(`SELECT * FROM (VALUES ('u', 1), ('v''"', 13), ('13', 1)) AS s (user_id, visits)`),
  features: { visits: int64({ max: 12 }) },
})
const legs = batch('legs', {
  entity: route,
  ...span,
  sql: sqlOf(
    `SELECT * FROM (VALUES ('SFO', 9007199254740993, 1), ('SFO', 7, 2), ('u', 7, 13)) AS s (origin, number, n)`,
  ),
  features: { n: int64({ max: 12 }) },
})

const scope = (trial: Trial) => ({ db: trial.db, project: trial.project, root: '/', files: [] })
const erased = (trial: Trial, options: EraseOptions) => erase(scope(trial), trial.tenant, options)
const places = ({ places }: EraseReport) =>
  Object.fromEntries(places.filter(({ rows }) => rows > 0).map(({ place, name, rows }) => [`${place} ${name}`, rows]))

let schemas = 0

describeEachDatabase((given) => {
  let trial: Trial
  let other: Trial

  beforeEach(async () => {
    trial = new Trial({ db: given.db, schema: `erase_${schemas++}` }).declare(visits, spent(1), legs)
    other = trial.as('o\'t"her')
    await trial.built()
    await other.built()
    // A second version, and an archived group.
    await trial.declare(spent(2), visits).built()
    await other.declare(spent(2), visits).built()
    await trial.built()
    trial.declare(spent(2), legs)
    await trial.built()
    other.declare(spent(2), legs)
  })

  /** All rows that any table of the three schemas has of a tenant, as text, but for its policies' own. */
  async function everything(who: Trial): Promise<string[]> {
    const tables = await who.rows(`SELECT c.oid::regclass::text AS name FROM pg_attribute AS a
      JOIN pg_class AS c ON c.oid = a.attrelid WHERE a.attname = 'tenant_id' AND c.relkind IN ('r', 'p')
      AND NOT c.relispartition AND c.relnamespace::regnamespace::text LIKE '${who.schema}%'
      AND c.relname <> 'tenants' ORDER BY 1`)
    const all: string[] = []
    for (const { name } of tables) {
      const rows = await who.rows(`SELECT to_jsonb(t)::text AS text FROM ${name} AS t WHERE tenant_id = $1`, [
        who.tenant,
      ])
      all.push(...rows.map(({ text }) => `${name} ${text}`))
    }
    return all.sort()
  }

  test('an entity: every version, archived groups, rejected rows; not another entity, nor another tenant', async () => {
    const before = await everything(trial)
    const others = await everything(other)
    const options = { entity: 'user', key: `v'"` }
    const dry = await erased(trial, { ...options, dryRun: true })
    expect(await everything(trial)).toEqual(before)
    const done = await erased(trial, options)
    expect(places(done)).toEqual(places(dry))
    expect(dry.places.every(({ rows, left }) => rows === left)).toBe(true)
    expect(done).toMatchObject({ left: 0, unproven: [], entity: 'user', keys: { user_id: `v'"` }, tenant: 'default' })
    expect(done.places.every(({ left }) => left === 0)).toBe(true)
    // Three days in two versions of spent; visits has rejected it three times.
    expect(done.rows).toBe(3 + 1 + 3 + 1 + 3)
    const mentions = (row: string) => row.includes(String.raw`"user_id": "v'\""`)
    expect(await everything(trial)).toEqual(before.filter((row) => !mentions(row)))
    expect(before.filter(mentions).length).toBe(done.rows)
    expect(await everything(other)).toEqual(others)
    expect((await erased(trial, options)).rows).toBe(0)
  })

  test('an entity of several keys, also where a number is beyond what JavaScript holds', async () => {
    const before = await everything(trial)
    const key = { origin: 'SFO', number: 9007199254740993n }
    expect(await erased(trial, { entity: 'route', key })).toMatchObject({ rows: 4, left: 0 })
    expect(await erased(trial, { entity: 'route', key: { origin: 'u', number: '7' } })).toMatchObject({ rows: 3 })
    expect((await everything(trial)).length).toBe(before.length - 7)
    expect(await erased(trial, { entity: 'route', key: { origin: 'SFO', number: 7 } })).toMatchObject({ rows: 4 })
    await expect(erased(trial, { entity: 'route', key: 'SFO' })).rejects.toMatchObject({ code: 'KEY_INVALID' })
    await expect(erased(trial, { entity: 'rout', key: 'SFO' })).rejects.toMatchObject({ code: 'NAME_UNKNOWN' })
  })

  test('an entity that only the registry knows', async () => {
    trial.declare(legs)
    expect(await erased(trial, { entity: 'user', key: 'u' })).toMatchObject({ rows: 4 + 4 + 4, left: 0 })
  })

  test('versions of other keys cannot be looked at by these, which is told; of another type they hold no such key', async () => {
    const features = { n: int64() }
    const renamed = batch('spent', {
      entity: entity('user', { id: 'string' }),
      features,
      ...span,
      sql: sqlOf(`SELECT 'u' AS id, 1 AS n`),
    })
    trial.declare(renamed)
    await trial.built()
    const done = await erased(trial, { entity: 'user', key: 'u' })
    expect(done).toMatchObject({ left: 0, rows: 4 })
    expect(done.unproven).toEqual(
      ['spent v1', 'spent v2', 'visits v1'].map((name) => `${name} has other keys: user_id`),
    )
    const retyped = entity('user', { id: 'int64' })
    trial.declare(batch('spent', { entity: retyped, features, ...span, sql: sqlOf('SELECT 7 AS id, 1 AS n') }))
    await trial.built()
    expect(await erased(trial, { entity: 'user', key: 7 })).toMatchObject({ left: 0, rows: 4 })
  })

  test('a tenant: all of it and nothing of another; what still writes for it is found', async () => {
    const mine = await everything(trial)
    const before = await everything(other)
    const dry = await erased(trial, { tenant: other.tenant, dryRun: true })
    expect(dry.rows).toBe(before.length + 1)
    expect(await everything(other)).toEqual(before)
    const done = await erased(trial, { tenant: other.tenant })
    expect(places(done)).toEqual(places(dry))
    expect(done).toMatchObject({ tenant: other.tenant, entity: null, left: 0 })
    expect(await everything(other)).toEqual([])
    expect(await everything(trial)).toEqual(mine)
    const tenants = await trial.db.query({ role: 'owner' }, `SELECT tenant_id FROM ${trial.schema}.tenants`)
    expect(tenants.rows).toEqual([{ tenant_id: 'default' }])
    expect((await erased(trial, { tenant: other.tenant })).rows).toBe(0)
    expect((await other.built()).of('spent').written).toBe(6)

    expect(await erased(trial, { tenant: 'default' })).toMatchObject({ rows: mine.length, left: 0 })
    expect((await trial.plan()).steps).toMatchObject([{ kind: 'materialize' }, { kind: 'materialize' }])
  })

  test('a build that is under way ends well', async () => {
    const long = batch('long', {
      ...span,
      entity: user,
      start: '2023-01-01',
      sql: sqlOf(`SELECT 'u' AS user_id, 1 AS n`),
      features: { n: int64() },
    })
    other.declare(spent(2), legs, long)
    const building = other.build()
    let rows = 0
    for (let i = 0; i < 5; i++) rows += (await erased(trial, { tenant: other.tenant })).rows
    expect((await building).status).toBe('done')
    expect((await erased(trial, { tenant: other.tenant })).rows + rows).toBeGreaterThan(400)
    expect(await everything(other)).toEqual([])
  })
})
