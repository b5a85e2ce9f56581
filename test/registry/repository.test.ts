import { beforeEach, expect, test } from '@jest/globals'
import type { Session } from '../../src/db/database.js'
import { migrate } from '../../src/db/migrate.js'
import { entity, float64, int64, sql, string, timestamp } from '../../src/index.js'
import type { CompiledGroup } from '../../src/offline/compile.js'
import {
  activeTenants,
  archiveGroups,
  claimStore,
  metadataOf,
  promote,
  type RegisteredGroup,
  readRegistry,
  registerGroup,
} from '../../src/registry/repository.js'
import { compileOne } from '../project.js'
import { describeEachDatabase } from '../servers/databases.js'

const owner: Session = { role: 'owner' }
const features = { visits: int64({ min: 0, max: 9 }), spent: float64() }

const everything = {
  entity: entity('trip', { origin: 'string', number: 'int64', id: 'uuid' }),
  displayName: 'Größe "1"',
  description: 'line\none 🛫',
  tags: ['a', 'b"c', 'é'],
  owner: 'data@example.com',
  status: 'deprecated',
  ttl: '36h',
  every: '1h',
  schedule: '0 3 * * *',
  retention: '30d',
  partition: 'year',
  features: {
    zeta: int64({ as: 'bigint', min: 1n, max: 9007199254740993n, description: 'last, and first', status: 'archived' }),
    alpha: string({ pattern: '^a', allowedValues: ['a', 'b'], tags: ['t'], owner: 'me', displayName: 'A' }),
    mid: timestamp({ min: '2026-01-01', aggregation: 'last', window: '7d' }),
  },
} as const

describeEachDatabase((given) => {
  let schema = ''
  let made = 0

  beforeEach(async () => {
    schema = `registry_${made++}`
    await migrate({ db: given.db, schema })
  })

  const read = async (name = 'activity'): Promise<RegisteredGroup | undefined> =>
    (await given.db.transaction(owner, (tx) => readRegistry(tx, schema))).get(name)
  const register = ({ definition }: CompiledGroup): Promise<number> =>
    given.db.transaction(owner, async (tx) => {
      const before = (await readRegistry(tx, schema)).get(definition.group.name)
      return registerGroup(tx, schema, definition, before)
    })
  const rows = async (statement: string) => (await given.db.query(owner, statement.replaceAll('@', schema))).rows
  const counts = async () =>
    (
      await rows(`SELECT (SELECT count(*) FROM @.groups) AS groups, (SELECT count(*) FROM @.versions) AS versions,
        (SELECT count(*) FROM @.features) AS features, (SELECT count(*) FROM @.feature_versions) AS "featureVersions"`)
    )[0]

  test('what is registered is read back', async () => {
    const compiled = await compileOne('activity', { features })
    expect(await read()).toBeUndefined()
    expect(await register(compiled)).toBe(1)
    const { fingerprint, snapshot, group } = compiled.definition
    expect(await read()).toEqual({
      name: 'activity',
      status: 'active',
      activeFingerprint: null,
      declaredVersion: 1,
      epoch: 0,
      metadata: metadataOf(group),
      versions: [{ version: 1, fingerprint, snapshot, changeSummary: 'first version' }],
    })
  })

  test('metadata comes back as the config has it, all of it and none of it', async () => {
    const full = await compileOne('activity', everything)
    const bare = await compileOne('plain')
    await register(full)
    await register(bare)
    expect((await read())?.metadata).toBe(metadataOf(full.group))
    expect((await read('plain'))?.metadata).toBe(metadataOf(bare.group))
    expect((await read())?.status).toBe('deprecated')
    expect((await read())?.versions[0]?.snapshot).toEqual(full.definition.snapshot)
  })

  test.each<[string, object]>([
    ['displayName', { displayName: 'x' }],
    ['description', { description: 'x' }],
    ['an empty description', { description: '' }],
    ['tags', { tags: ['x'] }],
    ['owner', { owner: 'x' }],
    ['status', { status: 'archived' }],
    ['ttl', { ttl: '1d' }],
    ['schedule', { schedule: '* * * * *' }],
    ['order of features', { features: { spent: float64(), visits: features.visits } }],
    ['description of a feature', { features: { ...features, spent: float64({ description: 'x' }) } }],
    ['tags of a feature', { features: { ...features, spent: float64({ tags: ['x'] }) } }],
    ['owner of a feature', { features: { ...features, spent: float64({ owner: 'x' }) } }],
    ['status of a feature', { features: { ...features, spent: float64({ status: 'deprecated' }) } }],
    ['displayName of a feature', { features: { ...features, spent: float64({ displayName: 'x' }) } }],
    ['aggregation of a feature', { features: { ...features, spent: float64({ aggregation: 'avg' }) } }],
    ['window of a feature', { features: { ...features, spent: float64({ window: '7d' }) } }],
  ])('another %s is another metadata, kept without another version', async (_, options) => {
    const [plain, described] = [
      await compileOne('activity', { features }),
      await compileOne('activity', { features, ...options }),
    ]
    expect(metadataOf(described.group)).not.toBe(metadataOf(plain.group))
    await register(plain)
    expect(await register(described)).toBe(1)
    expect((await read())?.metadata).toBe(metadataOf(described.group))
    await register(plain)
    expect((await read())?.metadata).toBe(metadataOf(plain.group))
    expect(await counts()).toEqual({ groups: 1, versions: 1, features: 2, featureVersions: 2 })
  })

  test('the same registered twice is one', async () => {
    const compiled = await compileOne('activity', { features })
    await register(compiled)
    const first = await read()
    expect(await register(compiled)).toBe(1)
    expect(await read()).toEqual(first)
    expect(await counts()).toEqual({ groups: 1, versions: 1, features: 2, featureVersions: 2 })
  })

  test('a changed meaning is a new version that says what changed, and an old one comes back with its number', async () => {
    const first = await compileOne('activity', { features })
    const second = await compileOne('activity', { features: { visits: int64({ min: 1, max: 9 }), late: float64() } })
    const third = await compileOne('activity', { features, sql: sql`SELECT user_id, visits, spent FROM elsewhere` })
    expect(await register(first)).toBe(1)
    expect(await register(second)).toBe(2)
    expect(await register(third)).toBe(3)
    expect(await register(first)).toBe(1)
    const group = await read()
    expect(group?.versions.map(({ version, changeSummary }) => [version, changeSummary])).toEqual([
      [1, 'first version'],
      [2, '+ late; - spent; ~ visits'],
      [3, 'sql; + spent; - late; ~ visits'],
    ])
    expect(group?.versions.map(({ fingerprint }) => fingerprint)).toEqual(
      [first, second, third].map(({ definition }) => definition.fingerprint),
    )
    expect(await rows('SELECT name, version, rules FROM @.features ORDER BY position')).toEqual([
      { name: 'visits', version: 1, rules: { min: 0, max: 9 } },
      { name: 'spent', version: 1, rules: {} },
    ])
    expect(
      await rows(
        'SELECT version, name, snapshot, change_summary AS why FROM @.feature_versions WHERE version = 2 ORDER BY name',
      ),
    ).toEqual([
      { version: 2, name: 'late', snapshot: second.definition.snapshot.features[1], why: '+ late; - spent; ~ visits' },
      {
        version: 2,
        name: 'visits',
        snapshot: second.definition.snapshot.features[0],
        why: '+ late; - spent; ~ visits',
      },
    ])
  })

  test('the pointer moves and its epoch rises; what is archived keeps all else', async () => {
    const [first, second] = [
      await compileOne('activity', { features }),
      await compileOne('activity', { features, every: '1h' }),
    ]
    await register(first)
    await register(second)
    for (const { definition } of [first, second, first])
      await given.db.transaction(owner, (tx) => promote(tx, schema, 'activity', definition.fingerprint))
    expect(await read()).toMatchObject({ activeFingerprint: first.definition.fingerprint, epoch: 3 })
    await given.db.transaction(owner, (tx) => archiveGroups(tx, schema, ['activity']))
    const archived = await read()
    expect(archived).toMatchObject({ status: 'archived', activeFingerprint: first.definition.fingerprint, epoch: 3 })
    expect(archived?.versions).toHaveLength(2)
    expect(archived?.metadata).not.toBe(metadataOf(first.group))
    await register(first)
    expect(await read()).toMatchObject({ status: 'active', metadata: metadataOf(first.group) })
  })

  test('a store belongs to the first project that builds in it', async () => {
    const claim = (name: string) => given.db.transaction(owner, (tx) => claimStore(tx, schema, name))
    await claim('mine')
    await claim('mine')
    await expect(claim('yours')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `The schema "${schema}" belongs to the project "mine".`,
    })
    await claim('mine')
    expect(await rows('SELECT project FROM @.store')).toEqual([{ project: 'mine' }])
  })

  test('of two projects that claim it at once one gets it', async () => {
    const claims = ['mine', 'yours'].map((name) => given.db.transaction(owner, (tx) => claimStore(tx, schema, name)))
    const results = (await Promise.allSettled(claims)).map(({ status }) => status)
    expect(results.sort()).toEqual(['fulfilled', 'rejected'])
  })

  test('a suspended tenant is not waited for', async () => {
    await rows(`INSERT INTO @.tenants (tenant_id, status) VALUES ('b', 'suspended'), ('a', 'active') RETURNING 1`)
    expect(await given.db.transaction(owner, (tx) => activeTenants(tx, schema))).toEqual(['a', 'default'])
  })
})
