/** What a transform may not yield: rows of another window, or one row twice. */

import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { batch, entity } from '../../src/config/define.js'
import { int64 } from '../../src/config/feature.js'
import { sql } from '../../src/config/sql.js'
import { Trial } from '../plan/trial.js'
import { describeEachDatabase } from '../servers/databases.js'

const thing = entity('thing', { kind: 'string', id: 'int64' })
const days = { entity: thing, start: '2024-03-01', end: '2024-03-04' } as const

/** A row belongs to the window of its day; what it says of its timestamp may be wrong. */
const stamped = batch('stamped', {
  ...days,
  sql: sql`SELECT kind, id, at AS event_timestamp, n FROM seen WHERE day = :start_time`,
  features: { n: int64({ min: 0 }) },
})
const counted = batch('counted', {
  ...days,
  sql: sql`SELECT kind, id, n FROM seen WHERE day = :start_time`,
  features: { n: int64({ min: 0 }) },
})

const row = (id: number | 'NULL', at: string, n = 1) => `('2024-03-02Z', 'a, b', ${id}, '${at}', ${n})`
const noon = '2024-03-02T12:00Z'

describeEachDatabase((given) => {
  let trial: Trial

  beforeAll(async () => {
    trial = new Trial({ db: given.db })
    await trial.script('CREATE TABLE seen (day timestamptz, kind text, id int, at timestamptz, n int)')
    await trial.declare(stamped, counted).build()
    await trial.script('GRANT SELECT ON seen TO fstore_app')
  })
  beforeEach(async () => {
    await trial.script(`TRUNCATE seen; INSERT INTO seen VALUES ${row(1, noon)}`)
  })

  const insert = (...rows: string[]) => trial.script(`INSERT INTO seen VALUES ${rows.join(', ')}`)

  /** As though no window of the group had ever run. */
  async function forget(group: string) {
    const { table, definition } = await trial.compiled(group)
    await trial.rows(`DELETE FROM ${table.history}`)
    await trial.rows(`DELETE FROM ${table.latest}`)
    for (const name of ['coverage', 'rejected_rows'])
      await trial.rows(`DELETE FROM fstore.${name} WHERE fingerprint = $1`, [definition.fingerprint])
  }

  describe.each(['the first run', 'a later run'])('%s', (which) => {
    const again = which === 'a later run'

    /** Runs with the rows added; earlier windows are left to stand. */
    async function run(group: string, ...rows: string[]) {
      await forget(group)
      await trial.built({ select: [group], ...(!again && { end: '2024-03-02' }) })
      const before = await trial.everything(group)
      await insert(...rows)
      const result = (await trial.build({ select: [group], full: again })).of(group)
      return { ...result, before, after: await trial.everything(group) }
    }

    test.each([
      ['before its start', '2024-03-01T23:59:59.999999Z'],
      ['at its end', '2024-03-03T00:00:00Z'],
      ['after its end', '2024-03-03T00:00:00.000001Z'],
    ])('a row stamped %s fails the window, and nothing of it is kept', async (_, at) => {
      const { status, error, before, after } = await run('stamped', row(2, at), row('NULL', noon), row(3, noon))
      expect(status).toBe('failed')
      expect(error).toMatchObject({ code: 'TRANSFORM_OUTSIDE_WINDOW', why: expect.stringContaining('2024-03-02T') })
      expect(error?.message).toContain(at.slice(0, 10))
      expect(after).toEqual(before)
    })

    test.each([
      ['exactly at its start', '2024-03-02T00:00:00Z'],
      ['just before its end', '2024-03-02T23:59:59.999999Z'],
    ])('a row stamped %s is in', async (_, at) => {
      expect(await run('stamped', row(2, at))).toMatchObject({ status: 'built', written: again ? 1 : 2 })
      expect(await trial.current('stamped')).toContainEqual(expect.objectContaining({ id: 2, event_timestamp: at }))
    })

    test('a row that breaks a rule is rejected, not told to lie outside', async () => {
      const outside = row(2, '2024-03-09T00:00Z', -1)
      expect(await run('stamped', outside)).toMatchObject({ status: 'built', rejected: 1 })
      const [rejected] = await trial.rejected('stamped')
      expect(rejected).toMatchObject({ reasons: ['n: is below the minimum 0'], content: { id: 2, n: -1 } })
    })

    test.each(['stamped', 'counted'])('an entity twice in %s fails the window and is named', async (group) => {
      const { status, error, before, after } = await run(group, row(7, noon), row(8, noon), row(7, noon, 2))
      expect(status).toBe('failed')
      expect(error).toMatchObject({ code: 'TRANSFORM_DUPLICATE', fix: expect.stringContaining('GROUP BY kind, id') })
      expect(error?.why).toBe('There are several rows for (kind, id) = (a, b, 7).')
      expect(after).toEqual(before)
    })

    test('an entity at two instants of a window is two rows, and the later one is the latest', async () => {
      await run('stamped', row(1, '2024-03-02T13:00Z', 5), row(1, '2024-03-02T01:00Z', 3))
      expect((await trial.current('stamped')).map(({ n }) => n)).toEqual([3, 1, 5])
      expect((await trial.latest('stamped')).map(({ n }) => n)).toEqual([5])
    })
  })
})
