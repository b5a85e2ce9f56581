/** `fstore ingest` in processes of their own, killed at any moment, and two at once: every event is folded, and once. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Row } from '../../src/db/database.js'
import { rounds } from '../rounds.js'
import { type Place, Program } from './program.js'

const config = `import { average, defineConfig, entity, float64, increment, int64, last, stream, string } from 'featurestore'
const payload = { '~standard': { version: 1, vendor: 'test', validate: (value) =>
  Number.isInteger(value?.user) ? { value } : { issues: [{ message: 'is no number', path: ['user'] }] } } }
const key = ({ user }) => user
export default defineConfig({ project: 'crash', groups: [
  stream('folded', { entity: entity('user', { user_id: 'int64' }), version: 1, events: { clicked: payload },
    features: { n: int64({ max: 700 }), mean: float64(), word: string() },
    on: { clicked: { key, set: { n: increment(), mean: average(({ i }) => i), word: last(({ i }) => 'w' + i) } } } }),
  stream('counted', { entity: entity('all', { name: 'string' }), version: 1, events: { clicked: payload },
    features: { all: int64() }, on: { clicked: { key: () => 'all', set: { all: increment() } } } }),
] })`

/** Of seven users, some of them late; every tenth comes twice, some break a rule, and two lines cannot be used. */
const events = [...Array(5_000).keys()].flatMap((i) => {
  const timestamp = new Date(Date.UTC(2024, 0, 1) + (i % 4_000) * 6_300_000).toISOString()
  const event = JSON.stringify({ id: `e${i}`, type: 'clicked', timestamp, payload: { user: i % 7, i } })
  return i % 10 === 0 ? [event, event] : [event]
})
const lines = [
  ...events.slice(0, 2_500),
  'nonsense',
  '{"id":"bad","type":"clicked","timestamp":"2024-01-01","payload":{}}',
  ...events.slice(2_500),
]
const batches = Math.ceil(lines.length / 1_000)

let program: Program

beforeAll(async () => {
  program = await Program.compile()
})
afterAll(async () => {
  await program.remove()
})

async function prepared(kind: 'pglite' | 'postgres'): Promise<Place> {
  const place = await program.place(kind, { 'featurestore.config.ts': config, 'events.jsonl': lines.join('\n') })
  expect(await program.run(place.root, ['build'], place.env)).toMatchObject({ code: 0 })
  return place
}

/** All that ingests leave, but for when. */
function state(place: Place): Promise<Record<string, Row[]>> {
  return place.using(async (db) => {
    const read = async (sql: string) => (await db.query({ role: 'app', tenant: 'default' }, sql)).rows
    const tables = await read(`SELECT name, name || '__' || active_fingerprint AS table FROM fstore.groups ORDER BY 1`)
    const [counted, folded] = tables.map(({ table }) => table)
    const values = 'user_id, event_timestamp, n, mean, word'
    return {
      current: await read(`SELECT ${values} FROM fstore_offline.${folded} WHERE superseded_at IS NULL ORDER BY 1, 2`),
      latest: await read(`SELECT ${values}, _state FROM fstore_online.${folded} ORDER BY 1`),
      all: await read(`SELECT "all" FROM fstore_online.${counted}`),
      ids: await read('SELECT group_name, count(*) AS n FROM fstore.applied_events GROUP BY 1 ORDER BY 1'),
      rejected: await read(`SELECT content -> 'event' ->> 'id' AS id FROM fstore.rejected_rows ORDER BY 1`),
    }
  })
}

describe.each([
  ['pglite', 1],
  ['postgres', 2],
] as const)('on %s', (kind, usual) => {
  const runs = Math.min(rounds(usual).numRuns, 20)
  const command = ['ingest', 'events.jsonl', '--json']

  test(
    'killed at any moment and run again, it ends as though nothing had happened',
    async () => {
      const calm = await prepared(kind)
      const quiet = await program.run(calm.root, ['ingest', 'events.jsonl', '--rejects', 'bad.jsonl'], calm.env)
      expect(quiet).toMatchObject({
        code: 3,
        stdout: expect.stringMatching(
          /^Ingested 5,502 events: [\d,]+ applied, 500 applied before, [\d,]+ set aside\.$/,
        ),
      })
      expect(quiet.stderr).toContain('line 2501 was set aside: is not JSON\n')
      expect(quiet.stderr).toContain('line 2502 was set aside: payload.user: is no number\n')
      const undisturbed = await state(calm)
      expect(undisturbed.all).toEqual([{ all: 5_000 }])
      expect(undisturbed.rejected?.length).toBeGreaterThan(50)
      expect(undisturbed.ids).toEqual(['counted', 'folded'].map((group_name) => ({ group_name, n: 5_000 })))
      const moments = fc.record({ batch: fc.nat(batches - 1), ms: fc.integer({ min: 0, max: 40 }) })
      await fc.assert(
        fc.asyncProperty(moments, async ({ batch, ms }) => {
          const hurt = await prepared(kind)
          const running = program.start(hurt.root, command, hurt.env)
          // Rejected events are lines too: some moment in, or soon after, that batch.
          await running.printed(1 + batch)
          await sleep(ms)
          running.kill()
          await running.ended
          const again = [program.run(hurt.root, command, hurt.env)]
          // A server takes two at once.
          if (kind === 'postgres') {
            await writeFile(join(hurt.root, 'part.jsonl'), lines.slice(1_000, 4_000).join('\n'))
            expect(await program.run(hurt.root, ['ingest', 'part.jsonl'], hurt.env)).toMatchObject({ code: 3 })
          }
          for (const { code } of await Promise.all(again)) expect(code).toBe(3)
          const { all, ids } = await state(hurt)
          expect({ all, ids }).toEqual({ all: undisturbed.all, ids: undisturbed.ids })
          // Only where nobody else wrote is the order that of the file.
          if (kind !== 'postgres') expect(await state(hurt)).toEqual(undisturbed)
        }),
        { numRuns: runs, endOnFailure: true },
      )
    },
    60_000 + runs * 60_000,
  )
})
