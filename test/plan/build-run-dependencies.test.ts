/** Groups that read other groups: in order, of the right version, up to the right instant, and again where that moved. */

import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { batch, entity } from '../../src/config/define.js'
import { int64 } from '../../src/config/feature.js'
import { patience, rounds } from '../rounds.js'
import { describeEachDatabase } from '../servers/databases.js'
import { sqlOf, Trial } from './trial.js'

const user = entity('user', { user_id: 'string' })
const day = 86_400_000
const monday = Date.parse('2024-02-26T00:00:00Z')
const days = 14
const at = (n: number) => new Date(monday + n * day).toISOString()

function up(options: { factor?: number; sql?: string } = {}) {
  const text = `SELECT user_id, ${options.factor ?? 1} * sum(amount) AS total FROM orders
    WHERE at >= :start_time AND at < :end_time GROUP BY user_id`
  const span = { entity: user, start: at(0), end: at(days) }
  return batch('up', { ...span, sql: sqlOf(options.sql ?? text), features: { total: int64() } })
}

/** All that is known of each user by the end of the window. */
function down(name: string, from: string, every: '1d' | '7d' = '1d') {
  const text = `SELECT u.user_id, sum(u.total)::bigint AS total FROM ${from} AS u GROUP BY u.user_id`
  return batch(name, {
    entity: user,
    every,
    start: at(0),
    end: at(days),
    sql: sqlOf(text),
    features: { total: int64() },
  })
}

describeEachDatabase((given) => {
  let trial: Trial
  let n = 0

  beforeAll(async () => {
    const setUp = new Trial({ db: given.db })
    await setUp.migrate()
    await setUp.script(
      'CREATE TABLE orders (user_id text, at timestamptz, amount int); GRANT SELECT ON orders TO fstore_app',
    )
  })
  beforeEach(async () => {
    trial = new Trial({ db: given.db, schema: `d${n++}` })
    await trial.script('TRUNCATE orders')
  })

  const order = (user: string, on: number, amount: number) =>
    trial.script(
      `INSERT INTO orders VALUES ('${user}', '${new Date(monday + on * day + 1000).toISOString()}', ${amount})`,
    )
  const totals = async (group: string) =>
    (await trial.current(group)).map(({ user_id, event_timestamp, total }) => [
      user_id,
      (Date.parse(event_timestamp) - monday) / day,
      total,
    ])

  test('what is read is built first, whatever the order in the config, and nothing after :end_time is seen', async () => {
    const offline = `${trial.schema}_offline`
    trial.declare(down('third', `${offline}."second"`), down('second', `${offline.toUpperCase()}.up`), up())
    await order('a', 0, 1)
    await order('a', 13, 2)
    const done = await trial.built()
    expect(done.groups.map(({ group }) => group)).toEqual(['up', 'second', 'third'])
    expect(await totals('up')).toEqual([['a', 1, 1], ['a', 14, 2]]) // biome-ignore format: rows
    const second = await totals('second')
    expect(second).toEqual(Array.from({ length: days }, (_, i) => ['a', i + 1, i === 13 ? 3 : 1]))
    expect((await totals('third')).map(([, , total]) => total)).toEqual(
      second.map((_, i) => second.slice(0, i + 1).reduce((sum, [, , total]) => sum + total, 0)),
    )
    expect((await trial.built()).upToDate).toBe(true)
  })

  test('the version being built is what is read, not the one that is live', async () => {
    const second = down('second', `${trial.schema}_offline.up`)
    await order('a', 0, 1)
    await trial.declare(up(), second).built()
    const live = await totals('second')
    trial.declare(up({ factor: 100 }), second)
    const part = await trial.built({ end: at(2) })
    expect(part.groups.map(({ promoted }) => promoted)).toEqual([false, false])
    expect(await totals('second')).toEqual([['a', 1, 100], ['a', 2, 100]]) // biome-ignore format: rows
    const view = `SELECT total FROM ${trial.schema}_offline.second`
    expect((await trial.rows(view)).map(({ total }) => total)).toEqual(live.map(() => 1))
    await trial.built()
    expect((await trial.rows(view)).map(({ total }) => total)).toEqual(live.map(() => 100))
  })

  test('a failing group keeps what reads it from running, and leaves the others be', async () => {
    const offline = `${trial.schema}_offline`
    const alone = down('alone', '(SELECT user_id, amount AS total FROM orders)')
    const broken = up({ sql: 'SELECT user_id, 1 / 0 AS total FROM orders WHERE at >= :start_time' })
    trial.declare(broken, down('second', `${offline}.up`), down('third', `${offline}.second`), alone)
    await order('a', 0, 1)
    const done = await trial.build()
    expect(done.status).toBe('failed')
    const statuses = done.groups.map(({ group, status }) => [group, status])
    expect(Object.fromEntries(statuses)).toEqual({ up: 'failed', second: 'blocked', third: 'blocked', alone: 'built' })
    expect(done.events).toContainEqual({ type: 'blocked', group: 'third', by: ['second'] })
    trial.declare(up(), down('second', `${offline}.up`), down('third', `${offline}.second`), alone)
    const mended = await trial.built()
    expect(mended.groups.map(({ status }) => status)).toEqual(['built', 'built', 'built', 'unchanged'])
  })

  test('a group built without what it reads says what to build', async () => {
    const second = down('second', `${trial.schema}_offline.up`)
    await order('a', 0, 1)
    trial.declare(up(), second)
    const { error } = (await trial.build({ select: ['second'] })).of('second')
    expect(error).toMatchObject({ code: 'NOT_BUILT', fix: expect.stringContaining('fstore build --select +second') })
    await trial.built({ select: ['+second'] })
    expect((await totals('second')).length).toBe(days)
  })

  test('groups that read each other are an error that names the circle', async () => {
    const offline = `${trial.schema}_offline`
    trial.declare(down('one', `${offline}.three`), down('two', `${offline}.one`), down('three', `${offline}.two`))
    await expect(trial.plan()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/one → three → two → one|circle: (one|two|three)( → \w+){3}\./),
    })
  })

  describe('a re-run', () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ order: fc.tuple(fc.constantFrom('a', 'b'), fc.nat(days - 1), fc.integer({ min: 1, max: 9 })) }),
        fc.record({ rerun: fc.nat(days - 1) }),
        fc.record({ full: fc.tuple(fc.nat(days - 1), fc.integer({ min: 1, max: 5 })) }),
      ),
      { minLength: 2, maxLength: 6 },
    )

    test(
      'makes due exactly the later windows of what reads it, and the same build runs them',
      async () => {
        const every = fc.constantFrom('1d' as const, '7d' as const)
        await fc.assert(
          fc.asyncProperty(every, steps, async (every, list) => {
            trial = new Trial({ db: given.db, schema: `d${n++}` })
            await trial.script('TRUNCATE orders')
            await order('a', 3, 1)
            const offline = `${trial.schema}_offline`
            trial.declare(up(), down('second', `${offline}.up`, every), down('third', `${offline}.second`, every))
            await trial.built()
            const source = new Map<number, Map<string, number>>([[3, new Map([['a', 1]])]])
            const ran = new Map([...source].map(([on, sums]) => [on, new Map(sums)]))
            for (const step of list) {
              if ('order' in step) {
                const [user, on, amount] = step.order
                await order(user, on, amount)
                const sums = source.get(on) ?? new Map()
                source.set(on, sums.set(user, (sums.get(user) ?? 0) + amount))
                expect((await trial.built()).upToDate).toBe(true)
                continue
              }
              const [from, length] = 'rerun' in step ? [step.rerun, 1] : step.full
              const to = Math.min(from + length, days)
              const changed = []
              for (let on = from; on < to; on++) {
                if (
                  JSON.stringify([...(ran.get(on) ?? [])].sort()) !== JSON.stringify([...(source.get(on) ?? [])].sort())
                )
                  changed.push(on)
                ran.set(on, new Map(source.get(on)))
              }
              if ('rerun' in step) await trial.materialize({ groups: ['up'], start: at(from), end: at(to) })
              else await trial.built({ select: ['up'], start: at(from), end: at(to), full: true })
              const done = await trial.built()
              const width = every === '1d' ? 1 : 7
              const due = changed[0] === undefined ? 0 : days / width - Math.floor(changed[0] / width)
              expect(done.of('second').windows).toBe(due)
              if (due === 0) expect(done.upToDate).toBe(true)
              const sums = (end: number, of: ReadonlyMap<number, ReadonlyMap<string, number>>, user: string) =>
                [...of].reduce((sum, [on, by]) => sum + (on < end ? (by.get(user) ?? 0) : 0), 0)
              const expected = ['a', 'b'].flatMap((user) =>
                Array.from({ length: days / width }, (_, i) => [
                  user,
                  (i + 1) * width,
                  sums((i + 1) * width, ran, user),
                ]).filter(([, end]) => [...ran].some(([on, by]) => on < Number(end) && by.has(user))),
              )
              expect(await totals('second')).toEqual(expected)
              let total = 0
              const running = expected.map(([user, end, value], i) => {
                total = (expected[i - 1]?.[0] === user ? total : 0) + Number(value)
                return [user, end, total]
              })
              expect(await totals('third')).toEqual(running)
              expect((await trial.built()).upToDate).toBe(true)
            }
            await trial.drop()
          }),
          rounds(5),
        )
      },
      patience(5, 5_000),
    )
  })
})
