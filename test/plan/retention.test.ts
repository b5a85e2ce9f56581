/** A new version is not backfilled with what retention would drop again. */

import { describe, expect, test } from '@jest/globals'
import { toMicroseconds } from '../../src/config/instant.js'
import { batch, int64, sql } from '../../src/index.js'
import { retained } from '../../src/pipeline/window.js'
import { compileOne, user } from '../project.js'
import { describeEachDatabase } from '../servers/databases.js'
import { covering, now, plan, registered, state, steps } from './given.js'
import { sqlOf, Trial } from './trial.js'

const day = 86_400
const micro = (at: string) => toMicroseconds(at)

describe('what of a span is retained', () => {
  test.each([
    ['all of it without a retention', undefined, '2026-01-01T00:00:00Z'],
    ['from the window on that the retention begins in', 10 * day, '2026-02-28T00:00:00Z'],
    ['all of it where that is younger', 1000 * day, '2026-01-01T00:00:00Z'],
    ['the last window always', 3600, '2026-03-09T00:00:00Z'],
  ])('%s', (_, retention, start) => {
    const span = { start: micro('2026-01-01T00:00:00Z'), end: micro('2026-03-10T00:00:00Z') }
    const group = { every: day, ...(retention !== undefined && { retention }) }
    expect(retained(span, group, micro(now))).toEqual({ start: micro(start), end: span.end })
  })
})

describe('planning', () => {
  const options = { start: '2026-01-01', retention: '10d' } as const

  test('a new version goes back to the retention only', async () => {
    const [first, second] = [
      await compileOne('activity', options),
      await compileOne('activity', { ...options, sql: sql`SELECT user_id, 2 * visits AS visits FROM source` }),
    ]
    const before = state([registered([first])], [covering(first, [['2026-01-01T00:00:00Z', '2026-03-10T00:00:00Z']])])
    expect(steps(plan([second], { state: before }), 'materialize')).toMatchObject([
      { start: '2026-02-28T00:00:00Z', end: '2026-03-10T00:00:00Z', windows: 10 },
    ])
    expect(plan([first], { state: before }).steps).toEqual([])
  })

  test('a start that is asked for by name goes before it', async () => {
    const named = { start: '2026-02-01T00:00:00Z', end: '2026-02-03T00:00:00Z' }
    expect(steps(plan([await compileOne('activity', options)], named), 'materialize')).toMatchObject([{ windows: 2 }])
  })

  test('a version that was cleaned up is registered again', async () => {
    const one = await compileOne('activity')
    const before = registered([one], { activeFingerprint: null })
    const dropped = { ...before, versions: before.versions.map((version) => ({ ...version, droppedAt: now })) }
    expect(plan([one], { state: state([dropped]) }).steps).toMatchObject([
      { kind: 'register', change: 'restored', summary: 'version 1 again, after it was cleaned up' },
      { kind: 'materialize' },
      { kind: 'promote' },
    ])
  })
})

describeEachDatabase((given) => {
  test('a new version is promoted with no more than its retention', async () => {
    const trial = new Trial({ db: given.db })
    const today = Date.parse(new Date().toISOString().slice(0, 10))
    const start = new Date(today - 30 * day * 1000).toISOString()
    const counted = (text: string, retention?: '10d') =>
      batch('counted', {
        entity: user,
        start,
        ...(retention && { retention }),
        sql: sqlOf(`SELECT 'u' AS user_id, ${text} AS visits`),
        features: { visits: int64() },
      })
    expect((await trial.declare(counted('1')).built()).of('counted').windows).toBe(30)
    const done = await trial.declare(counted('2', '10d')).built()
    expect(done.of('counted')).toMatchObject({ windows: 10, promoted: true })
    expect((await trial.plan()).steps).toEqual([])
  })
})
