/** Pushes from processes of their own, killed at any moment: what was acknowledged is there, and nothing twice. */

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Row } from '../../src/db/database.js'
import { rounds } from '../rounds.js'
import { type Place, Program } from './program.js'

const config = `import { defineConfig, entity, int64, stream, string } from 'featurestore'
export default defineConfig({ project: 'crash', groups: [
  stream('pushed', { entity: entity('user', { user_id: 'int64' }),
    features: { n: int64({ max: 9000 }), half: int64(), word: string() } }),
] })`

/** Of seven entities over a year, some of them to an instant that another has had; some break the rule. */
const lines = [...Array(10_000).keys()].map((i) => {
  const at = new Date(Date.UTC(2024, 0, 1) + (i % 5_000) * 6_300_000).toISOString()
  const feature = i % 2 === 0 ? { half: i / 2 } : { word: `w${i % 11}` }
  return JSON.stringify({ user_id: i % 7, event_timestamp: at, n: i % 9_500, ...feature })
})
const batches = lines.length / 1_000

let program: Program

beforeAll(async () => {
  program = await Program.compile()
})
afterAll(async () => {
  await program.remove()
})

async function prepared(kind: 'pglite' | 'postgres'): Promise<Place> {
  const place = await program.place(kind, { 'featurestore.config.ts': config, 'rows.jsonl': lines.join('\n') })
  expect(await program.run(place.root, ['build'], place.env)).toMatchObject({ code: 0 })
  return place
}

/** All that pushes leave, but for when. */
function state(place: Place): Promise<Record<string, Row[]>> {
  return place.using(async (db) => {
    const read = async (sql: string) => (await db.query({ role: 'app', tenant: 'default' }, sql)).rows
    const [table] = await read(`SELECT 'pushed__' || active_fingerprint AS name FROM fstore.groups`)
    const values = 'user_id, event_timestamp, n, half, word'
    const history = `SELECT * FROM fstore_offline.${table?.name}`
    return {
      current: await read(`SELECT ${values} FROM (${history}) AS h WHERE superseded_at IS NULL ORDER BY 1, 2`),
      all: await read(`SELECT ${values} FROM (${history}) AS h ORDER BY 1, 2, created_at`),
      latest: await read(`SELECT ${values} FROM fstore_online.${table?.name} ORDER BY 1`),
      // A current row to each instant, and each row superseded by the next.
      broken: await read(`SELECT * FROM (SELECT h.*, lead(created_at) OVER
          (PARTITION BY user_id, event_timestamp ORDER BY created_at) AS next FROM (${history}) AS h) AS h
        WHERE superseded_at IS DISTINCT FROM next`),
      rejected: await read('SELECT content FROM fstore.rejected_rows ORDER BY id'),
    }
  })
}

describe.each([
  ['pglite', 1],
  ['postgres', 2],
] as const)('on %s', (kind, usual) => {
  const runs = Math.min(rounds(usual).numRuns, 20)

  test(
    'killed at any moment, it has written whole batches, and all of those it told of',
    async () => {
      const calm = await prepared(kind)
      const push = ['push', 'pushed', 'rows.jsonl', '--json']
      const quiet = await program.run(calm.root, push, calm.env)
      expect(quiet).toMatchObject({ code: 3 })
      const undisturbed = await state(calm)
      expect(undisturbed.broken).toEqual([])
      expect(undisturbed.rejected?.length).toBe(499)
      const told = quiet.stdout.split('\n').map((line) => JSON.parse(line))
      const places = told.flatMap(({ event }, i) => (event === 'batch' ? [i + 1] : []))
      expect(places.length).toBe(batches)
      const moments = fc.record({ batch: fc.nat(batches - 1), ms: fc.integer({ min: 0, max: 40 }) })
      await fc.assert(
        fc.asyncProperty(moments, async ({ batch, ms }) => {
          const hurt = await prepared(kind)
          const running = program.start(hurt.root, push, hurt.env)
          await running.printed(places[batch] as number)
          await sleep(ms)
          running.kill()
          const { stdout } = await running.ended
          const known = stdout.split('\n').flatMap((line) => (line.endsWith('}') ? [JSON.parse(line)] : []))
          const acknowledged = known.filter(({ event }) => event === 'batch').length
          const left = await state(hurt)
          expect(left.broken).toEqual([])
          // Some number of whole batches, from the first on: those acknowledged, and perhaps the one in flight.
          const written = (left.all?.length ?? 0) + (left.rejected?.length ?? 0)
          expect(written % 1_000).toBe(0)
          expect(written / 1_000 - acknowledged).toBeGreaterThanOrEqual(0)
          expect(written / 1_000 - acknowledged).toBeLessThanOrEqual(1)
          // Pushed again from where it was told of last, it ends as though nothing had happened.
          expect(await program.run(hurt.root, push, hurt.env)).toMatchObject({ code: 3 })
          const { current, latest, broken } = await state(hurt)
          expect(broken).toEqual([])
          expect({ current, latest }).toEqual({ current: undisturbed.current, latest: undisturbed.latest })
        }),
        { numRuns: runs, endOnFailure: true },
      )
    },
    60_000 + runs * 60_000,
  )
})
