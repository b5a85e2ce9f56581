/**
 * The database connection, or the process, is lost before or after any statement or commit of a piece of work. What is
 * done again then ends as though nothing had happened, and what can be read meanwhile is sound. Some moments are drawn;
 * with FSTORE_ROUNDS set it is each of them.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type AnyGroup, batch, entity } from '../../src/config/define.js'
import { int64, string } from '../../src/config/feature.js'
import { stream } from '../../src/config/stream.js'
import type { Database } from '../../src/db/database.js'
import { openPostgres } from '../../src/db/postgres.js'
import { FstoreError } from '../../src/errors.js'
import { verify } from '../../src/online/verify.js'
import { Pusher } from '../../src/pipeline/pusher.js'
import { rollbackGroup } from '../../src/plan/rollback.js'
import { Catalog } from '../../src/registry/catalog.js'
import { sqlOf, Trial } from '../plan/trial.js'
import { rounds } from '../rounds.js'
import { asSuperuser, createDatabase, type OwnDatabase } from '../servers/databases.js'
import { withDatabase } from '../servers/server.js'
import { type Fault, FaultyDatabase } from './faulty-database.js'
import { leftBehind } from './left-behind.js'

const user = entity('user', { user_id: 'string' })
/** Two windows, on both sides of the end of a month. */
const span = { entity: user, start: '2024-02-28', end: '2024-03-01' } as const

function computed(factor: number): AnyGroup[] {
  const daily = batch('daily', {
    ...span,
    sql: sqlOf(`SELECT user_id, ${factor} * sum(amount)::bigint AS amount FROM orders
      WHERE at >= :start_time AND at < :end_time GROUP BY user_id`),
    features: { amount: int64({ max: 500 }) },
  })
  const growth = batch('growth', {
    ...{ ...span, every: '1w', start: '2024-02-26', end: '2024-03-04' },
    sql: sqlOf('SELECT user_id, sum(amount)::bigint AS total FROM fstore_offline.daily GROUP BY user_id'),
    features: { total: int64() },
  })
  return [growth, daily]
}

function pushed(version: number): AnyGroup[] {
  return [stream('profile', { entity: user, version, features: { n: int64({ max: 9 }), name: string() } })]
}

const source = `CREATE TABLE orders (user_id text, at timestamptz, amount int);
  INSERT INTO orders VALUES ('u1', '2024-02-28T01:00Z', 1), ('u1', '2024-02-29T01:00Z', 2), ('u1', '2024-02-29T02:00Z', 3),
    ('u2', '2024-02-28T01:00Z', 10), ('u3', '2024-02-29T01:00Z', 9999);
  GRANT SELECT ON orders TO fstore_app`
const correction = `UPDATE orders SET amount = 7 WHERE user_id = 'u1' AND at < '2024-02-29';
  DELETE FROM orders WHERE user_id = 'u2'; INSERT INTO orders VALUES ('u4', '2024-02-28T05:00Z', 4)`

const faults: readonly Fault[] = ['connection', 'process']

interface Work {
  /** What was there before. */
  prepare(trial: Trial): Promise<unknown>
  /** What is cut off, and then done again. */
  run(trial: Trial): Promise<unknown>
}

const push = ({ db, project, tenant }: Trial, n: number) =>
  new Pusher({ db, project, tenant, catalog: new Catalog(db, project.schema) }).setFeatures({
    group: 'profile',
    rows: [
      { key: 'u1', features: { n }, eventTimestamp: '2024-02-29T10:00:00Z' },
      { key: 'u1', features: { name: 'one' }, eventTimestamp: '2024-03-01T10:00:00Z' },
      { key: 'u2', features: { n: 2, name: 'two' }, eventTimestamp: '2024-03-01T10:00:00Z' },
    ],
  })

/** Named, so that it means the same the second time; then it may be told that it is there already. */
async function goBack(trial: Trial, group: string): Promise<void> {
  await rollbackGroup(trial.scope, { group, version: 1 }).catch((error: unknown) => {
    if (!(error instanceof FstoreError) || !error.message.includes('is the one that is live')) throw error
  })
}

const works: Readonly<Record<string, Work>> = {
  'a first build of two groups, one of which reads the other': {
    prepare: async () => {},
    run: (trial) => trial.declare(...computed(1)).built(),
  },
  'the same with windows side by side': {
    prepare: async () => {},
    run: (trial) => trial.declare(...computed(1)).built({ parallel: 3 }),
  },
  'a correction, and what reads it': {
    prepare: async (trial) => {
      await trial.declare(...computed(1)).built()
      await trial.script(correction)
    },
    run: async (trial) => {
      trial.declare(...computed(1))
      await trial.materialize({ groups: ['daily'], start: '2024-02-28', end: '2024-03-01' }).then(sound)
      await trial.built()
    },
  },
  'new versions, backfilled and promoted': {
    prepare: (trial) => trial.declare(...computed(1)).built(),
    run: (trial) => trial.declare(...computed(2)).built(),
  },
  'a rollback': {
    prepare: async (trial) => {
      await trial.declare(...computed(1)).built()
      await trial.declare(...computed(2)).built()
    },
    run: (trial) => goBack(trial.declare(...computed(2)), 'daily'),
  },
  'a first push': {
    prepare: (trial) => trial.declare(...pushed(1)).built(),
    run: (trial) => push(trial.declare(...pushed(1)), 1),
  },
  'a push that corrects': {
    prepare: async (trial) => {
      await trial.declare(...pushed(1)).built()
      await push(trial, 1)
    },
    run: (trial) => push(trial.declare(...pushed(1)), 5),
  },
  'a new version of a pushed group, and back': {
    prepare: async (trial) => {
      await trial.declare(...pushed(1)).built()
      await push(trial, 1)
    },
    run: async (trial) => {
      await trial.declare(...pushed(2)).built()
      await goBack(trial, 'profile')
    },
  },
}

function sound<T extends { readonly groups: readonly { readonly error?: FstoreError }[] }>(done: T): T {
  for (const { error } of done.groups) if (error !== undefined) throw error
  return done
}

describe.each(Object.entries(works))('%s', (_, work) => {
  let base: OwnDatabase
  let moments: number
  let expected: Awaited<ReturnType<typeof leftBehind>>

  beforeAll(async () => {
    base = await createDatabase()
    await using(base.ownerUrl, async (db) => {
      const trial = new Trial({ db })
      await trial.migrate()
      await trial.script(source)
      await work.prepare(trial)
    })
    expected = await inCopy(base, async (db) => {
      const counting = new FaultyDatabase(db)
      await work.run(new Trial({ db: counting }))
      moments = counting.moments
      return leftBehind(db)
    })
    expect(moments).toBeGreaterThan(5)
  })
  afterAll(() => base.drop())

  test(
    'whenever the connection or the process is lost, doing it again ends the same',
    async () => {
      if (process.env.FSTORE_ROUNDS !== undefined) {
        for (let at = 1; at <= moments; at++) for (const fault of faults) await tryAt(at, fault)
        return
      }
      const cases = fc.asyncProperty(fc.integer({ min: 1, max: moments }), fc.constantFrom(...faults), tryAt)
      await fc.assert(cases, { ...rounds(6), endOnFailure: true })
    },
    process.env.FSTORE_ROUNDS === undefined ? 120_000 : 3_600_000,
  )

  function tryAt(at: number, fault: Fault): Promise<void> {
    return inCopy(base, async (db) => {
      const faulty = new FaultyDatabase(db, at, fault)
      const outcome = await work.run(new Trial({ db: faulty })).catch((error: unknown) => error)
      const where = `${fault} lost at moment ${at}: ${faulty.broke}`
      expect(faulty.broke).toBeDefined()
      if (outcome instanceof Error && !(outcome instanceof FstoreError)) throw new Error(where, { cause: outcome })
      await expectSound(new Trial({ db }).declare(...computed(1), ...pushed(1)), where)
      await work.run(new Trial({ db }))
      expect({ where, ...(await leftBehind(db)) }).toEqual({ where, ...expected })
    })
  }
})

/** Latest rows are what the history says, in whatever state the rest is. */
async function expectSound(trial: Trial, where: string): Promise<void> {
  const report = await verify(trial.scope, { all: true }).catch((error: unknown) => {
    if (error instanceof FstoreError && ['NOT_BUILT', 'NOT_MIGRATED'].includes(error.code)) return { ok: true }
    throw error
  })
  expect({ where, ...report }).toMatchObject({ where, ok: true })
}

async function using<T>(url: string, work: (db: Database) => Promise<T>): Promise<T> {
  const db = openPostgres({ url })
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

let copies = 0

/** Works in a copy of a database, and drops it. */
async function inCopy<T>(base: OwnDatabase, work: (db: Database) => Promise<T>): Promise<T> {
  const name = `${base.name}_${copies++}`
  const owner = new URL(base.ownerUrl).username
  const admin = withDatabase(base.url, 'postgres')
  await asSuperuser(admin, `CREATE DATABASE ${name} OWNER ${owner} TEMPLATE ${base.name}`)
  try {
    return await using(withDatabase(base.ownerUrl, name), work)
  } finally {
    await asSuperuser(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  }
}
