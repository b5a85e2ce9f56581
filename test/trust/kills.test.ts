/** The command line is killed at any moment of building, materializing, rolling back and pushing, and started again. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Ended, type Place, Program } from '../pipeline/program.js'
import { rounds } from '../rounds.js'
import { leftBehind } from './left-behind.js'

const config = (
  factor: number,
) => `import { batch, defineConfig, entity, int64, sql, stream, string } from 'featurestore'
const user = entity('user', { user_id: 'string' })
const span = { entity: user, start: '2024-02-20', end: '2024-03-05' } as const
export default defineConfig({ project: 'killed', groups: [
  batch('growth', { ...span, every: '7d', features: { total: int64() },
    sql: sql\`SELECT user_id, sum(amount)::bigint AS total FROM fstore_offline.daily GROUP BY user_id\` }),
  batch('daily', { ...span, features: { amount: int64({ max: 500 }) },
    sql: sql\`SELECT user_id, ${factor} * sum(amount)::bigint AS amount FROM orders
      WHERE at >= :start_time AND at < :end_time GROUP BY user_id\` }),
  stream('profile', { entity: user, features: { n: int64() , name: string() } }),
] })`

const source = `CREATE TABLE orders AS SELECT 'u' || n % 7 AS user_id, timestamptz '2024-02-20Z' + n * interval '17 minutes' AS at,
    n * n % 101 AS amount FROM generate_series(0, 1200) AS n;
  INSERT INTO orders VALUES ('u1', '2024-02-21T01:00Z', 9999)`
const correction = `UPDATE orders SET amount = amount + 1 WHERE at < '2024-02-23Z'`

/** Some thousands of rows are several transactions. */
const lines = Array.from({ length: 3_000 }, (_, i) =>
  JSON.stringify({
    user_id: `p${i % 500}`,
    n: i,
    event_timestamp: new Date(Date.UTC(2024, 1, 28, 0, i)).toISOString(),
  }),
).join('\n')

interface Phase {
  readonly factor: number
  readonly before?: string
  readonly args: readonly string[]
}

/** Each is killed so often, and then runs to its end, before the next. */
const phases: readonly Phase[] = [
  { factor: 1, args: ['build', '--json'] },
  { factor: 1, args: ['push', 'profile', 'rows.jsonl', '--json'] },
  {
    factor: 1,
    before: correction,
    args: ['materialize', 'daily', '--start', '2024-02-20', '--end', '2024-02-25', '--json'],
  },
  { factor: 1, args: ['build', '--json'] },
  { factor: 2, args: ['build', '--parallel', '3', '--json'] },
  { factor: 2, args: ['rollback', 'daily', '1', '--yes', '--json'] },
]

let program: Program

beforeAll(async () => {
  program = await Program.compile()
})
afterAll(async () => {
  await program?.remove()
})

const prepared = (kind: 'pglite' | 'postgres') =>
  program.place(kind, { 'featurestore.config.ts': config(1), 'rows.jsonl': `${lines}\n` }, source)

/** What was done before it was killed need not be done again, which a rollback refuses. */
function expectDone(ended: Ended, { args }: Phase): void {
  const isDone = ended.code === 0 || (args[0] === 'rollback' && ended.stderr.includes('is the one that is live'))
  expect({ args, ...ended, isDone }).toMatchObject({ isDone: true })
}

/** @param kills for each phase after how many milliseconds it is killed, from its start or its first line */
async function runThrough(place: Place, kills: readonly (readonly Kill[])[]): Promise<void> {
  for (const [i, phase] of phases.entries()) {
    await writeFile(join(place.root, 'featurestore.config.ts'), config(phase.factor))
    if (phase.before !== undefined) {
      const { before } = phase
      await place.using((db) => db.transaction({ role: 'owner' }, (tx) => tx.script(before)))
    }
    for (const { lines, ms } of kills[i] ?? []) {
      const running = program.start(place.root, phase.args, place.env)
      await running.printed(lines)
      await sleep(ms)
      running.kill()
      await running.ended
    }
    expectDone(await program.run(place.root, phase.args, place.env), phase)
  }
}

interface Kill {
  readonly lines: number
  readonly ms: number
}

const kill = fc.oneof(
  fc.record({ lines: fc.integer({ min: 1, max: 12 }), ms: fc.integer({ min: 0, max: 15 }) }),
  fc.record({ lines: fc.constant(0), ms: fc.integer({ min: 150, max: 900 }) }),
)

describe.each([
  ['pglite', 1],
  ['postgres', 1],
] as const)('on %s', (kind, usual) => {
  const runs = Math.min(rounds(usual).numRuns, 20)

  test(
    'killed at random, and run again, it ends as though nothing had happened',
    async () => {
      const calm = await prepared(kind)
      await runThrough(calm, [])
      const expected = await calm.using(leftBehind)
      expect(expected.rejected?.length).toBeGreaterThan(0)
      const often = fc.tuple(...phases.map(() => fc.array(kill, { minLength: 1, maxLength: 2 })))
      const cases = fc.asyncProperty(often, async (kills) => {
        const hurt = await prepared(kind)
        await runThrough(hurt, kills)
        expect(await hurt.using(leftBehind)).toEqual(expected)
      })
      await fc.assert(cases, { numRuns: runs, endOnFailure: true })
    },
    120_000 + runs * 120_000,
  )
})
