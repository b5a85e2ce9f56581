import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from '@jest/globals'
import { copyTemplate } from '../../src/cli/template.js'
import { loadProject } from '../../src/config/load.js'
import { runScript } from '../../src/db/script.js'
import { describeEachDatabase } from '../servers/databases.js'

const folder = fileURLToPath(new URL('../../templates/flights/', import.meta.url))

test('the config at the root is the template but for its paths', async () => {
  const copy = await mkdtemp(join(tmpdir(), 'fstore-template-'))
  await copyTemplate({ template: 'flights', directory: copy })
  const { project: template } = await loadProject({ cwd: copy })
  await rm(copy, { recursive: true })
  const { project: root } = await loadProject({ cwd: fileURLToPath(new URL('../../', import.meta.url)) })
  const moved = JSON.stringify(root).replaceAll('templates/flights/', '')
  expect(JSON.parse(moved)).toEqual(JSON.parse(JSON.stringify(template)))
})

describeEachDatabase((given) => {
  beforeAll(async () => {
    const { loaded } = await runScript({ db: given.db, file: `${folder}data/load.sql` })
    expect(loaded).toEqual([{ table: 'flights', rows: 20_000 }])
  }, 60_000)

  const query = async (sql: string) => (await given.db.query({ role: 'owner' }, sql)).rows

  async function features(group: string, end: string, where: string) {
    const sql = await readFile(`${folder}features/${group}.sql`, 'utf8')
    return query(`SELECT * FROM (${sql.replaceAll(':end_time', `timestamptz '${end}'`)}\n) AS q WHERE ${where}`)
  }

  const landed = (column: string, airport: string, from: string, to: string) =>
    `FROM flights WHERE ${column} = '${airport}' AND arrived_at >= '${from}' AND arrived_at < '${to}'`

  test('departures are those counted by hand', async () => {
    const [row] = await features('departures', '2001-04-01', `airport = 'SFO'`)
    const [byHand] = await query(`SELECT
      (SELECT count(*) ${landed('origin', 'SFO', '2001-03-25', '2001-04-01')}) AS week,
      (SELECT count(*) ${landed('origin', 'SFO', '2001-03-04', '2001-04-01')}) AS month,
      (SELECT count(*) ${landed('origin', 'SFO', '2001-03-25', '2001-04-01')} AND delay > 14) AS week_late,
      (SELECT count(*) ${landed('origin', 'SFO', '2001-03-04', '2001-04-01')} AND delay > 14) AS month_late,
      (SELECT sum(delay) ${landed('origin', 'SFO', '2001-03-04', '2001-04-01')}) AS minutes`)
    expect(byHand).toEqual({ week: 31, month: 126, week_late: 4, month_late: 21, minutes: 404 })
    expect(row).toEqual({
      airport: 'SFO',
      departures_7d: 31,
      departures_28d: 126,
      departures_late_share_7d: 4 / 31,
      departures_late_share_28d: 21 / 126,
      departures_average_delay_28d: 404 / 126,
    })
  })

  test('arrivals are those counted by hand', async () => {
    const [row] = await features('arrivals', '2001-02-10', `airport = 'ORD'`)
    const [byHand] = await query(`SELECT
      (SELECT count(*) ${landed('destination', 'ORD', '2001-02-03', '2001-02-10')}) AS week,
      (SELECT count(*) ${landed('destination', 'ORD', '2001-01-13', '2001-02-10')}) AS month,
      (SELECT count(*) ${landed('destination', 'ORD', '2001-02-03', '2001-02-10')} AND delay > 14) AS week_late,
      (SELECT count(*) ${landed('destination', 'ORD', '2001-01-13', '2001-02-10')} AND delay > 14) AS month_late`)
    expect(row).toEqual({
      airport: 'ORD',
      arrivals_7d: byHand?.week,
      arrivals_28d: byHand?.month,
      arrivals_late_share_7d: byHand?.week_late / byHand?.week,
      arrivals_late_share_28d: byHand?.month_late / byHand?.month,
    })
  })

  test('routes are those counted by hand', async () => {
    const [row] = await features('routes', '2001-04-01', `origin = 'SFO' AND destination = 'LAX'`)
    expect(row).toEqual({
      origin: 'SFO',
      destination: 'LAX',
      flights_28d: 10,
      late_share_28d: 0.4,
      worst_delay_28d: 78,
      distance: 337,
    })
  })

  test('no flight is seen before it has landed', async () => {
    const [{ id, origin, before, after }] = (await query(
      `SELECT id, origin, arrived_at::text AS before, (arrived_at + interval '1 second')::text AS after
       FROM flights WHERE departed_at > '2001-02-01' ORDER BY id LIMIT 1`,
    )) as [{ id: number; origin: string; before: string; after: string }]
    const count = async (end: string) =>
      (await features('departures', end, `airport = '${origin}'`))[0]?.departures_28d ?? 0
    expect(id).toBeGreaterThan(0)
    expect((await count(after)) - (await count(before))).toBeGreaterThanOrEqual(1)
    expect(await query(`SELECT count(*) AS n FROM flights WHERE arrived_at <= departed_at`)).toEqual([{ n: 0 }])
  })

  test('an airport that falls silent falls to zero', async () => {
    // The last flight of the last 28 days has just left them: the window's row must say so.
    const [silent] = await query(`
      SELECT origin, (date_trunc('day', arrived_at) + interval '29 days')::text AS end
      FROM (SELECT origin, arrived_at, lead(arrived_at) OVER (PARTITION BY origin ORDER BY arrived_at) AS next FROM flights) f
      WHERE next > arrived_at + interval '31 days' ORDER BY arrived_at, origin LIMIT 1`)
    const rows = await features('departures', silent?.end, `airport = '${silent?.origin}'`)
    expect(rows).toMatchObject([{ departures_7d: 0, departures_28d: 0, departures_late_share_28d: null }])
  })
})
