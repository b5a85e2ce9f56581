/** A row that breaks a rule goes to the rejected rows with every reason; the others go their way. */

import { beforeAll, beforeEach, expect, test } from '@jest/globals'
import { batch, entity } from '../../src/config/define.js'
import { array, bool, float64, int64, string, timestamp } from '../../src/config/feature.js'
import { sql } from '../../src/config/sql.js'
import { Trial } from '../plan/trial.js'
import { describeEachDatabase } from '../servers/databases.js'

const thing = entity('thing', { kind: 'string', id: 'int64' })

const checked = batch('checked', {
  entity: thing,
  start: '2024-03-01',
  end: '2024-03-02',
  sql: sql`SELECT kind, id, n, big, f, s, b, t, l FROM readings WHERE at >= :start_time AND at < :end_time`,
  features: {
    n: int64({ notNull: true, min: -1, max: 10 }),
    big: int64({ as: 'bigint', max: 9007199254740999n }),
    f: float64({ min: 0, max: 1, allowedValues: [0, 0.5, 1, 2] }),
    s: string({ pattern: "^[a-z']+\\d?$", allowedValues: ["it's", 'ok1', 'NO', 'x"y'] }),
    b: bool({ allowedValues: [true] }),
    t: timestamp({ min: '2024-01-01', max: '2024-12-31T23:59:59.999999Z' }),
    l: array('string', { notNull: true }),
  },
})
const strict = batch('strict', {
  entity: thing,
  start: '2024-03-01',
  end: '2024-03-03',
  maxRejected: 1,
  sql: sql`SELECT kind, id, n FROM readings WHERE at >= :start_time AND at < :end_time`,
  features: { n: int64({ min: 0 }) },
})

const fine = { kind: 'k', id: 1, n: 1, big: null, f: 0.5, s: "it's", b: true, t: '2024-06-01Z', l: ['x', null] }
const beyond = "is beyond 2^53, which a JavaScript number cannot hold; declare it int64({ as: 'bigint' })"

describeEachDatabase((given) => {
  let trial: Trial

  beforeAll(async () => {
    trial = new Trial({ db: given.db }).declare(checked, strict)
    await trial.migrate()
    await trial.script(`CREATE TABLE readings (kind text, id bigint, n bigint, big bigint, f float8, s text, b bool,
      t timestamptz, l text[], at timestamptz DEFAULT '2024-03-01T12:00Z'); GRANT SELECT ON readings TO fstore_app`)
  })
  beforeEach(() => trial.script('TRUNCATE readings'))

  async function insert(row: Record<string, unknown>) {
    const names = Object.keys(row)
    await given.db.query(
      { role: 'owner' },
      `INSERT INTO readings (${names.join(', ')}) VALUES (${names.map((_, i) => `$${i + 1}`).join(', ')})`,
      Object.values(row),
    )
  }
  const run = async (group: string) => (await trial.build({ select: [group], full: true })).of(group)

  test.each<[string, Record<string, unknown>, string[]]>([
    ['at every bound', { n: -1, big: '9007199254740999', f: 1, t: '2024-12-31T23:59:59.999999Z' }, []],
    ['nulls that no rule forbids', { big: null, f: null, s: null, b: null, t: null }, []],
    ['a null key', { kind: null }, ['kind: key is null']],
    ['every key null', { kind: null, id: null }, ['kind: key is null', 'id: key is null']],
    ['a null', { n: null }, ['n: is null']],
    ['a null list', { l: null }, ['l: is null']],
    ['too small', { n: -2 }, ['n: is below the minimum -1']],
    ['too large', { n: 11 }, ['n: is above the maximum 10']],
    ['beyond 2^53', { n: '9007199254740992' }, ['n: is above the maximum 10', `n: ${beyond}`]],
    ['beyond -2^53', { n: '-9007199254740992' }, ['n: is below the minimum -1', `n: ${beyond}`]],
    ['a bigint too large', { big: '9007199254741000' }, ['big: is above the maximum 9007199254740999']],
    ['NaN', { f: Number.NaN }, ['f: is above the maximum 1', 'f: is not one of 0, 0.5, 1, 2']],
    ['no match', { s: 'NO' }, [`s: does not match the pattern ${checked.features.s && "^[a-z']+\\d?$"}`]],
    ['not allowed', { s: "it''s" }, [`s: is not one of "it's", "ok1", "NO", "x\\"y"`]],
    ['not true', { b: false }, ['b: is not one of true']],
    ['too early', { t: '2023-12-31T23:59:59.999999Z' }, ['t: is below the minimum 2024-01-01T00:00:00Z']],
    [
      'everything at once',
      { kind: null, n: null, big: '9223372036854775807', f: -1, s: '?', b: false, t: '2025-01-01Z', l: null },
      [
        'kind: key is null',
        'n: is null',
        'big: is above the maximum 9007199254740999',
        'f: is below the minimum 0',
        'f: is not one of 0, 0.5, 1, 2',
        `s: does not match the pattern ^[a-z']+\\d?$`,
        `s: is not one of "it's", "ok1", "NO", "x\\"y"`,
        'b: is not one of true',
        't: is above the maximum 2024-12-31T23:59:59.999999Z',
        'l: is null',
      ],
    ],
  ])('%s', async (_, change, reasons) => {
    await insert(fine)
    await insert({ ...fine, id: 2, ...change })
    const bad = reasons.length > 0
    expect(await run('checked')).toMatchObject({ status: 'built', processed: 2, rejected: bad ? 1 : 0 })
    expect((await trial.current('checked')).map(({ id }) => id)).toEqual(bad ? [1] : [1, 2])
    const rejected = await trial.rejected('checked')
    expect(rejected.map((row) => row.reasons)).toEqual(bad ? [reasons] : [])
    // What was yielded is there to look at; a row mended is there no more, and one unchanged is left alone.
    if (bad) expect(rejected[0]?.content).toMatchObject({ id: 'id' in change ? change.id : 2 })
    expect(await run('checked')).toMatchObject({ written: 0, superseded: 0 })
    expect(await trial.rejected('checked')).toEqual(rejected)
  })

  test('a bigint beyond 2^53 is kept to the last digit', async () => {
    await insert({ ...fine, big: '-9223372036854775808' })
    await run('checked')
    expect((await trial.latest('checked'))[0]?.big).toBe(-9223372036854775808n)
  })

  test('a run after a fix clears the rejected rows of its window, and of no other', async () => {
    trial.declare(batch('strict', { ...(strict as any), maxRejected: undefined }))
    const days = ['2024-03-01T12:00Z', '2024-03-02T12:00Z']
    for (const at of days) for (const id of [1, 2]) await insert({ kind: 'k', id, n: id === 1 ? 1 : -id, at })
    await trial.built({ select: ['strict'], full: true })
    const [, second] = await trial.rejected('strict')
    await trial.script(`UPDATE readings SET n = 5 WHERE at < '2024-03-02Z'`)
    const fixed = await trial.materialize({ groups: ['strict'], start: '2024-03-01', end: '2024-03-02' })
    expect(fixed.of('strict')).toMatchObject({ written: 2, superseded: 1, rejected: 0 })
    expect(await trial.rejected('strict')).toEqual([second])
    trial.declare(checked, strict)
  })

  test('more rejected rows than allowed fail the window, and nothing of it is kept', async () => {
    await trial.script('DELETE FROM fstore.rejected_rows; TRUNCATE readings')
    await insert({ kind: 'k', id: 1, n: 1 })
    await insert({ kind: 'k', id: 2, n: -1 })
    expect(await run('strict')).toMatchObject({ status: 'built', rejected: 1 })
    const before = await trial.everything('strict')
    await insert({ kind: 'k', id: 3, n: -1 })
    await insert({ kind: 'k', id: 4, n: 1 })
    const { status, error } = await run('strict')
    expect({ status, code: error?.code }).toEqual({ status: 'failed', code: 'TOO_MANY_REJECTED' })
    expect(error?.message).toBe('2 rows of strict broke their rules.')
    expect(await trial.everything('strict')).toEqual(before)
  })
})
