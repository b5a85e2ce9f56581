/** What a cleanup removes, counts and leaves, against the same rows filtered by hand. */

import { hostname } from 'node:os'
import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { batch, entity } from '../../src/config/define.js'
import { int64 } from '../../src/config/feature.js'
import { fromMicroseconds, toMicroseconds } from '../../src/config/instant.js'
import { resolveFeature } from '../../src/config/reference.js'
import { identifier, literal } from '../../src/db/sql.js'
import { type CleanupOptions, type CleanupReport, cleanup } from '../../src/maintenance/cleanup.js'
import { schemasOf } from '../../src/offline/feature-table.js'
import { ensurePartitions, partitionsBetween } from '../../src/offline/partitions.js'
import { createSpineSql, protectSpineSql, spineName } from '../../src/offline/spine-table.js'
import { onlineLifetime } from '../../src/online/lifetime.js'
import { Catalog } from '../../src/registry/catalog.js'
import { versionsOf } from '../../src/registry/readable.js'
import { resolveRequest } from '../../src/training/request.js'
import { pointInTimeRows } from '../../src/training/rows.js'
import { sqlOf, Trial } from '../plan/trial.js'
import { patience, rounds } from '../rounds.js'
import { describeEachDatabase } from '../servers/databases.js'

const user = entity('user', { user_id: 'string' })
const usual = { entity: user, features: { n: int64() } } as const
const one = (n: number) => ({ ...usual, sql: sqlOf(`SELECT 'u' AS user_id, ${n} AS n`), every: '1d' as const })

const clean = (trial: Trial, options: CleanupOptions = {}) =>
  cleanup({ db: trial.db, project: trial.project, root: '/', files: [] }, options)
const total = ({ removed }: CleanupReport) => removed.reduce((sum, one) => sum + ('rows' in one ? one.rows : 1), 0)

let schemas = 0

describeEachDatabase((given) => {
  const fresh = async (...tenants: string[]) => {
    const trial = new Trial({ db: given.db, schema: `cleanup_${schemas++}` }).declare(batch('counts', one(1)))
    await trial.migrate()
    for (const tenant of tenants)
      await trial.script(`INSERT INTO ${trial.schema}.tenants (tenant_id) VALUES (${literal(tenant)})`)
    return trial
  }

  describe('rows that are too old', () => {
    const ages = ['monthly', 'yearly', 'whole', 'kept'] as const
    const tenants = ['default', 'o\'t"her']
    const day = 86_400
    let trial: Trial

    const groups = (ttl: number, retention: number) => {
      const old = { retention: `${retention}s`, ttl: `${ttl}s` } as const
      return [
        batch('monthly', { ...one(1), ...old }),
        batch('yearly', { ...one(1), ...old, partition: 'year' }),
        batch('whole', { ...one(1), ...old, partition: 'none' }),
        batch('kept', one(1)),
      ]
    }

    beforeAll(async () => {
      trial = await fresh(tenants[1] as string)
      await trial.declare(...groups(day, 400 * day)).built()
    })

    const cutoffs = fc.record({
      ttl: fc.integer({ min: 1, max: 30 * day }),
      retention: fc.integer({ min: 30 * day, max: 800 * day }),
    })
    const rows = fc.array(
      fc.record({
        group: fc.constantFrom(...ages),
        tenant: fc.constantFrom(...tenants),
        user: fc.constantFrom('a', 'b', 'c'),
        /** Days ago, or beside what is removed: so many seconds from it. */
        age: fc.oneof(
          fc.integer({ min: 0, max: 1500 }).map((days) => ({ days })),
          fc.record({ of: fc.constantFrom('ttl', 'retention'), seconds: fc.constantFrom(-3600, 3600) }),
        ),
      }),
      { maxLength: 40 },
    )

    test(
      'go, exactly as counted before, and no others',
      async () => {
        await fc.assert(
          fc.asyncProperty(cutoffs, rows, async ({ ttl, retention }, list) => {
            trial.declare(...groups(ttl, retention))
            const now = BigInt(Date.now()) * 1000n
            const seconds = { ttl: onlineLifetime(ttl), retention }
            const stored = list.map(({ age, ...row }, i) => {
              const back = 'days' in age ? age.days * day : seconds[age.of as 'ttl'] - age.seconds
              return { ...row, user: `${row.user}${i}`, at: now - BigInt(back) * 1_000_000n }
            })
            await write(stored)
            const isOld = (at: bigint, lifetime: number) => at < now - BigInt(lifetime) * 1_000_000n
            const isDropped = ({ group, at }: (typeof stored)[number]) => {
              const cut = fromMicroseconds(now - BigInt(retention) * 1_000_000n)
              if (group === 'kept') return false
              if (group === 'whole') return isOld(at, retention)
              const [own] = partitionsBetween(at, at, group === 'monthly' ? 'month' : 'year')
              return toMicroseconds(own?.to.replace('.000', '') as string) <= toMicroseconds(cut)
            }
            const isExpired = ({ group, at }: (typeof stored)[number]) => group !== 'kept' && isOld(at, seconds.ttl)
            const dry = await clean(trial, { dryRun: true })
            const before = await Promise.all(ages.map((group) => left(group)))
            const done = await clean(trial)
            expect(done).toEqual({ ...dry, dryRun: false })
            expect(done.skipped).toEqual([])
            const gone = stored.filter(isDropped).length + stored.filter(isExpired).length
            expect(total(done)).toBe(gone)
            for (const [i, group] of ages.entries()) {
              const own = stored.filter((row) => row.group === group)
              expect(before[i]).toEqual({ history: names(own), latest: names(own) })
              expect(await left(group)).toEqual({
                history: names(own.filter((row) => !isDropped(row))),
                latest: names(own.filter((row) => !isExpired(row))),
              })
            }
            expect((await clean(trial)).removed).toEqual([])
          }),
          rounds(8),
        )
      },
      patience(8, 10_000),
    )

    interface Written {
      readonly group: string
      readonly tenant: string
      readonly user: string
      readonly at: bigint
    }
    const names = (rows: readonly Written[]) => rows.map(({ tenant, user }) => `${tenant} ${user}`).sort()

    /** These rows, and no others. */
    async function write(rows: readonly Written[]): Promise<void> {
      for (const group of ages) {
        const { table } = await trial.compiled(group)
        const own = rows.filter((row) => row.group === group)
        const by = group === 'monthly' ? 'month' : group === 'yearly' ? 'year' : group === 'kept' ? 'month' : 'none'
        for (const { at } of own) {
          const partitions = partitionsBetween(at, at, by)
          await ensurePartitions({ db: given.db, table, schemas: schemasOf(trial.schema), partitions })
        }
        for (const tenant of tenants)
          await given.db.transaction({ role: 'app', tenant }, async (tx) => {
            for (const name of [table.history, table.latest]) {
              const stamp = name === table.latest ? ', written_at' : ''
              await tx.query(`DELETE FROM ${name}`)
              for (const { user, at } of own.filter((row) => row.tenant === tenant))
                await tx.query(
                  `INSERT INTO ${name} (tenant_id, user_id, event_timestamp, created_at${stamp}, n)
                   VALUES ($1, $2, $3, now()${stamp && ', now()'}, 1)`,
                  [tenant, user, fromMicroseconds(at)],
                )
            }
          })
      }
    }

    async function left(group: string) {
      const { table } = await trial.compiled(group)
      const read = async (name: string) => {
        const all: string[] = []
        for (const tenant of tenants) {
          const rows = await trial.as(tenant).rows(`SELECT tenant_id || ' ' || user_id AS name FROM ${name}`)
          all.push(...rows.map((row) => row.name as string))
        }
        return all.sort()
      }
      return { history: await read(table.history), latest: await read(table.latest) }
    }
  })

  describe('retired versions', () => {
    const version = (n: number) => batch('counts', { ...one(n), start: '2024-02-28', end: '2024-03-02' })

    const tables = async (trial: Trial) => {
      const like = `'${trial.schema}\\_%'`
      const rows = await trial.rows(`SELECT count(*)::int AS n FROM pg_tables WHERE schemaname LIKE ${like}`)
      return rows[0]?.n as number
    }

    test('go with their tables; what is live, and the last one before it, stay', async () => {
      const trial = await fresh('acme')
      for (const n of [1, 2, 3]) {
        await trial.declare(version(n)).built()
        await trial.as('acme').built()
        await trial.built()
      }
      const before = await tables(trial)
      const dry = await clean(trial, { dryRun: true })
      expect(await tables(trial)).toBe(before)
      const done = await clean(trial)
      expect(done).toEqual({ ...dry, dryRun: false })
      expect(done).toMatchObject({
        removed: [{ kind: 'version', group: 'counts', version: 1, rows: 6, values: 2 }],
        skipped: [],
      })
      // History, its two partitions, and latest.
      expect(await tables(trial)).toBe(before - 4)
      expect(await clean(trial)).toMatchObject({ removed: [], skipped: [] })
      for (const who of [trial, trial.as('acme')]) {
        const [coverage] = await who.rows(`SELECT count(*)::int AS n FROM ${trial.schema}.coverage`)
        expect(coverage?.n).toBe(2)
        expect((await who.current('counts')).map(({ n }) => n)).toEqual([3, 3, 3])
      }
      const catalog = await new Catalog(given.db, trial.schema).entries()
      expect(catalog.get('counts')?.versions.map((one) => one.version)).toEqual([2, 3])
      expect(() => versionsOf(catalog, [resolveFeature(trial.project, 'counts.n@1')])).toThrow(
        expect.objectContaining({ code: 'NOT_BUILT', message: expect.stringContaining('was cleaned up') }),
      )

      const again = await trial.declare(version(1)).built()
      expect(again.of('counts')).toMatchObject({ version: 1, windows: 3, promoted: false })
      expect((await trial.as('acme').built()).of('counts')).toMatchObject({ windows: 3, promoted: true })
      expect((await trial.current('counts')).map(({ n }) => n)).toEqual([1, 1, 1])
      expect((await trial.plan()).steps).toEqual([])
      expect(await clean(trial, { keepVersions: 0 })).toMatchObject({
        removed: [{ version: 3 }, { version: 2 }],
        skipped: [],
      })
    })

    test('a group that the config no longer has goes only when told', async () => {
      const trial = await fresh()
      await trial.declare(version(1), batch('other', one(1))).built()
      await trial.declare(batch('other', one(1)))
      expect(await clean(trial, { archived: true })).toMatchObject({ removed: [], skipped: [] })
      await trial.built()
      expect(await clean(trial)).toMatchObject({ removed: [], skipped: [] })
      expect(await clean(trial, { archived: true, dryRun: true })).toMatchObject({ removed: [{ group: 'counts' }] })
      expect(await clean(trial, { archived: true })).toMatchObject({
        removed: [{ kind: 'version', group: 'counts', version: 1, rows: 3 }],
        skipped: [],
      })
      expect(await trial.rows(`SELECT to_regclass('${trial.schema}_offline.counts') AS view`)).toEqual([{ view: null }])
      expect((await trial.declare(version(1), batch('other', one(1))).built()).of('counts')).toMatchObject({
        windows: 3,
        promoted: true,
      })
    })

    test('one that a view of the user reads is told, and stays', async () => {
      const trial = await fresh()
      await trial.declare(version(1)).built()
      const { table } = await trial.compiled('counts')
      await trial.script(`CREATE VIEW ${trial.schema}_mine AS SELECT * FROM ${table.history}`)
      await trial.declare(version(2)).built()
      const done = await clean(trial, { keepVersions: 0 })
      expect(done).toMatchObject({
        removed: [],
        skipped: [{ kind: 'version', name: 'counts v1', why: expect.stringContaining(`${trial.schema}_mine`) }],
      })
      await trial.script(`DROP VIEW ${trial.schema}_mine`)
      expect(await clean(trial, { keepVersions: 0 })).toMatchObject({ removed: [{ version: 1 }], skipped: [] })
    })

    if (given.kind === 'postgres')
      test('a history that a long query reads is told by name, and stays', async () => {
        const trial = await fresh()
        await trial.declare(version(1)).built()
        const { table } = await trial.compiled('counts')
        trial.declare(batch('counts', { ...one(1), start: '2024-02-28', end: '2024-03-02', retention: '30d' }))
        const done = await given.db.transaction({ role: 'app', tenant: 'default' }, async (tx) => {
          await tx.query(`SELECT FROM ${table.history}`)
          return clean(trial)
        })
        const [why, fix] = ['A long query has it open.', 'Run fstore cleanup again when that query has ended.']
        expect(done.skipped).toEqual([{ kind: 'history', name: `${table.name}_2024_02`, why, fix }])
        expect(done.removed).toEqual([])
        expect((await clean(trial)).removed).toMatchObject([{ rows: 1 }, { rows: 2 }])
      })

    test('two cleanups at once remove everything once', async () => {
      const trial = await fresh()
      const old = { start: '2023-01-01', end: '2024-03-02' } as const
      for (const n of [1, 2, 3]) await trial.declare(batch('counts', { ...one(n), ...old, partition: 'month' })).built()
      const kept = batch('counts', { ...one(3), ...old, partition: 'month', retention: '30d', ttl: '1d' })
      trial.declare(kept)
      const dry = await clean(trial, { dryRun: true })
      const both = await Promise.all([clean(trial), clean(trial)])
      expect(both.flatMap(({ skipped }) => skipped)).toEqual([])
      expect(total({ ...dry, removed: both.flatMap(({ removed }) => removed) })).toBe(total(dry))
      expect(both.flatMap(({ removed }) => removed).length).toBe(dry.removed.length)
      expect(await clean(trial)).toMatchObject({ removed: [], skipped: [] })
      expect(await trial.history('counts')).toEqual([])
      // Nothing is computed again.
      expect((await trial.plan()).steps).toMatchObject([{ kind: 'register', change: 'described' }])
    })
  })

  describe('spines', () => {
    const spinesOf = async (trial: Trial) => {
      const rows = await trial.rows(
        `SELECT relname AS name FROM pg_class WHERE relnamespace = '${trial.schema}_offline'::regnamespace
         AND relname LIKE 'fstore\\_spine\\_%' AND relkind = 'r'`,
      )
      return rows.map(({ name }) => name as string)
    }
    const dead = JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), command: '' })

    /** A spine whose maker is this process, or says it is another. */
    async function spine(trial: Trial, { maker, age = 0 }: { maker?: string; age?: number } = {}): Promise<string> {
      const made = spineName(schemasOf(trial.schema))
      const name = made.replace(/spine_[^_]+/, `spine_${(Date.now() - age).toString(36)}`)
      await trial.script(`${createSpineSql(name, [{ name: 'event_timestamp', type: 'timestamptz' }])};
        ${protectSpineSql(name)}; ${maker === undefined ? '' : `COMMENT ON TABLE ${name} IS ${literal(maker)}`}`)
      return name
    }

    test.each([
      ['of a process that is gone', { maker: dead }, true],
      ['of a live process', {}, false],
      ['of a live process, an hour later', { age: 3_700_000 }, true],
      ['of another host', { maker: dead.replace(/"host":"/, '$&not-') }, false],
      ['of another host, an hour later', { maker: dead.replace(/"host":"/, '$&not-'), age: 3_700_000 }, true],
      ['of nobody knows whom', { maker: 'mine' }, false],
    ])('%s', async (_, options, goes) => {
      const trial = await fresh()
      await spine(trial, options)
      const dry = await clean(trial, { dryRun: true })
      expect(dry.removed.length).toBe(goes ? 1 : 0)
      expect(await clean(trial)).toEqual({ ...dry, dryRun: false })
      expect((await spinesOf(trial)).length).toBe(goes ? 0 : 1)
    })

    test('that of an export in flight stays, even where its maker seems to be gone', async () => {
      const trial = await fresh()
      await trial.built()
      const scope = { db: trial.db, project: trial.project, tenant: 'default' }
      const catalog = new Catalog(trial.db, trial.schema)
      const spine = { rows: Array.from({ length: 5_000 }, () => ({ user_id: 'u', event_timestamp: new Date() })) }
      const request = await resolveRequest({ ...scope, catalog }, { spine, features: ['counts.n'] })
      // One that a single connection would do keeps its spine to itself.
      const rows = pointInTimeRows({ ...request, rowsPerConnection: 1_000 })
      expect((await rows.next()).value).toMatchObject({ features: { 'counts.n': 1 } })
      // Embedded, its transaction ends first; elsewhere it is read to its end after the cleanup.
      const isEmbedded = given.kind === 'pglite'
      const cleaning = isEmbedded ? undefined : await makerGone(trial).then(() => clean(trial))
      const pending = isEmbedded ? clean(trial) : undefined
      let read = 1
      for await (const _ of rows) read++
      expect(read).toBe(5_000)
      expect((cleaning ?? (await pending))?.removed).toEqual([])
      expect(await spinesOf(trial)).toEqual([])
    })

    async function makerGone(trial: Trial): Promise<void> {
      const [name] = await spinesOf(trial)
      const table = identifier(`${trial.schema}_offline`, name as string)
      await trial.script(`COMMENT ON TABLE ${table} IS ${literal(dead)}`)
    }
  })

  test('a schema that is behind, or another project’s, is refused', async () => {
    const trial = new Trial({ db: given.db, schema: `cleanup_${schemas++}` }).declare(batch('other', one(1)))
    await expect(clean(trial)).rejects.toMatchObject({ code: 'NOT_MIGRATED' })
    await trial.built()
    const foreign = new Trial({ db: given.db, schema: trial.schema, project: 'foreign' })
    await expect(clean(foreign.declare(batch('other', one(1))))).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})
