/** Windows of groups that read each other lock each other's coverage; one that must yield runs again. */

import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import pg from 'pg'
import { batch, entity } from '../../src/config/define.js'
import { int64 } from '../../src/config/feature.js'
import { sql } from '../../src/config/sql.js'
import { openPostgres } from '../../src/db/postgres.js'
import { Trial } from '../plan/trial.js'
import { createDatabase } from '../servers/databases.js'

const span = { entity: entity('user', { user_id: 'int64' }), start: '2024-03-01', end: '2024-03-02' } as const
const up = batch('up', { ...span, sql: sql`SELECT n AS user_id, n FROM numbers`, features: { n: int64() } })
const down = batch('down', { ...span, sql: sql`SELECT user_id, n FROM fstore_offline.up`, features: { n: int64() } })

test('a window that the server ends to solve a deadlock runs again', async () => {
  const own = await createDatabase()
  const db = openPostgres({ url: own.ownerUrl })
  const client = new pg.Client({ connectionString: own.url })
  try {
    await client.connect()
    const trial = new Trial({ db }).declare(up, down)
    await trial.script('CREATE TABLE numbers AS SELECT 1 AS n')
    await trial.migrate()
    await trial.script('GRANT SELECT ON numbers TO fstore_app')
    await trial.built()
    await trial.script('UPDATE numbers SET n = 2')
    const lock = (group: string) => client.query(`SELECT FROM fstore.coverage WHERE group_name = '${group}' FOR UPDATE`)
    // Ours looks for a deadlock later, so that the build is the one to be ended.
    await client.query(`SET deadlock_timeout = '5min'`)
    await client.query('BEGIN')
    await lock('down')
    const building = trial.built({ full: true, select: ['up'] })
    const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`
    while ((await db.query({ role: 'owner' }, waiting)).count === 0) await sleep(20)
    await lock('up')
    await client.query('COMMIT')
    const done = await building
    expect(done.events).toContainEqual(expect.objectContaining({ type: 'waiting' }))
    expect(done.of('up')).toMatchObject({ written: 1, superseded: 1 })
  } finally {
    await client.end()
    await db.close()
    await own.drop()
  }
})
