/** Transforms that cannot run: each refused with its file, line and caret, and what was live before stays live. */

import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Fstore, type Project, shown } from './fstore.js'

const file = 'features/user_activity.sql'

let fstore: Fstore
let project: Project
let before: unknown

beforeAll(async () => {
  fstore = await Fstore.onPostgres()
  project = await fstore.directory('minimal')
  expect(await project.run(['init'])).toMatchObject({ code: 0 })
  expect(await project.run(['build'])).toMatchObject({ code: 0 })
  expect(
    await project.run([
      'sql',
      '-c',
      `CREATE FUNCTION writes() RETURNS boolean LANGUAGE sql
      AS 'INSERT INTO events VALUES (-1, ''x'', ''visit'', NULL, now()) RETURNING true'`,
    ]),
  ).toMatchObject({ code: 0 })
  before = await state()
})
afterAll(() => fstore.remove())

async function state() {
  const { stdout } = await project.run(['get', 'ada', 'linus', '--json'])
  const reads = stdout
    .trimEnd()
    .split('\n')
    .map((line) => ({ ...JSON.parse(line), latencyMs: 0 }))
  const { stdout: counts } = await project.run(['sql', '--json', '-c', 'SELECT count(*) FROM events'])
  return { reads, counts }
}

/** The columns the group declares, of every user. */
const select = (columns = '', rest = 'GROUP BY user_id') => `SELECT user_id, count(*) AS events_7d, 1 AS active_days_7d,
  1.5::float8 AS spent_7d, max(happened_at) AS last_seen_at${columns}
FROM events
WHERE happened_at < :end_time
${rest}
`

const usage: Record<string, string> = {
  'two statements': `${select()};\nDELETE FROM events;\n`,
  'an INSERT': 'INSERT INTO events SELECT * FROM events\n',
  'an UPDATE': "UPDATE events SET kind = 'x'\n",
  'a parenthesis that is never closed': 'SELECT user_id, (count(*) AS events_7d FROM events\n',
  'a parenthesis that closes nothing': 'SELECT user_id) AS x FROM events\n',
  'a string that is not closed': "SELECT user_id, 'abc AS x FROM events\n",
  'a misspelled parameter': select('', 'AND happened_at >= :strat_time GROUP BY user_id'),
  'a numbered parameter': select('', 'AND happened_at >= $1 GROUP BY user_id'),
  'nothing in it': '',
  'a comment alone': '-- later\n',
  'a group that is not there': 'SELECT user_id FROM fstore_offline.user_activty\n',
}

const failed: Record<string, string> = {
  'a WITH that deletes': `WITH gone AS (\n  DELETE FROM events RETURNING *\n)\n${select()}`,
  'a function that writes': select('', 'AND writes() GROUP BY user_id'),
  'an unknown column': "-- é 😀\nSELECT user_id, '😀' AS z,\n\thapened_at\nFROM events\n",
  'an unknown table': 'SELECT user_id\nFROM evnts\n',
  'an unknown function': 'SELECT user_id, coun(*) FROM events\n',
  'a column of the wrong type': select().replace('1.5::float8', "'1.5'::text"),
  'a column that may lose digits': select().replace('1.5::float8', '1.5'),
  'no key': select().replace('user_id,', 'user_id AS usr_id,'),
  'no feature': select().replace(' AS spent_7d', ' AS spend_7d'),
  'an entity twice in a window': select('', 'GROUP BY user_id, happened_at'),
  'a timestamp at the end of its window': select(', :end_time AS event_timestamp'),
  'a division by zero': select().replace('1.5::float8', '1.0::float8 / (count(*) - count(*))'),
}

describe.each([
  ['before it runs', 2, usage],
  ['by the database', 3, failed],
] as const)('refused %s', (_, code, cases) => {
  test.each(Object.entries(cases))('%s', async (_name, text) => {
    await project.write(file, text)
    const outcome = await project.run(['build'])
    expect(shown(project, outcome)).toMatchSnapshot()
    expect(outcome.code).toBe(code)
  })
})

test('what was live before is live after all of that', async () => {
  expect(await state()).toEqual(before)
})

test('in JSON the error comes with the group, and once more in the result', async () => {
  await project.write(file, failed['an unknown column'] as string)
  const { code, stdout } = await project.run(['build', '--json'])
  expect(code).toBe(3)
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const error = {
    code: 'SQL_FAILED',
    message: 'The SQL of user_activity failed: column "hapened_at" does not exist.',
    where: { file: project.path(file), line: 3, column: 2, text: '\thapened_at' },
    fix: 'Perhaps you meant to reference the column "events.happened_at".',
  }
  expect(events.find(({ event }) => event === 'failed')).toEqual({
    schemaVersion: 1,
    event: 'failed',
    group: 'user_activity',
    error,
  })
  expect(events.at(-1)).toMatchObject({ event: 'result', status: 'failed', groups: [{ status: 'failed', error }] })
})

test('preview says the same', async () => {
  await project.write(file, failed['a column of the wrong type'] as string)
  const outcome = await project.run(['preview', 'user_activity'])
  expect(outcome).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('TRANSFORM_TYPE') })
})

test('a file that is not there is told with what is near', async () => {
  await rm(project.path(file))
  await project.write('features/user_activty.sql', select())
  const outcome = await project.run(['build'])
  expect(shown(project, outcome)).toMatchSnapshot()
  expect(outcome.code).toBe(2)
})

test('a project of another name does not take the schema over', async () => {
  const other = await project.copy('other')
  const config = 'featurestore.config.ts'
  expect(await other.bash(`sed -i "s/project: 'minimal'/project: 'other'/" ${config}`)).toMatchObject({ code: 0 })
  await other.write(file, select())
  const outcome = await other.run(['build'])
  expect(shown(other, outcome)).toMatchSnapshot()
  expect(outcome.code).toBe(2)
})
