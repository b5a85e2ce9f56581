/** `fstore test` as it is used: recorded, passed, failed, and broken fixtures. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Fstore, type Project } from './fstore.js'

let fstore: Fstore
let project: Project
beforeAll(async () => {
  fstore = await Fstore.compile()
  project = await fstore.directory('minimal')
  expect(await project.run(['init'])).toMatchObject({ code: 0 })
  expect(await project.run(['build'])).toMatchObject({ code: 0 })
})
afterAll(() => fstore.remove())

test('record, test, and never over a file that is there', async () => {
  expect(await project.run(['test', '--record', 'user_activity', 'ada', '--at', '2025-01-10'])).toEqual({
    code: 0,
    stdout: 'tests/user_activity-ada.json: 9 rows of events\n',
    stderr: '',
  })
  expect(await project.run(['test', '--record', 'user_activity', 'ada'])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('OUTPUT_FAILED'),
  })
  expect(await project.run(['test'])).toMatchObject({ code: 0, stdout: expect.stringContaining('2 passed, 0 failed.') })
  expect(await project.run(['test', '--record', 'user_activity', 'nobody'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('has nothing of user_id=nobody'),
  })
})

test('what differs, and what cannot be read, are told with the file; the others run all the same', async () => {
  const fixture = {
    group: 'user_activity',
    at: '2025-01-10',
    tables: {
      events: {
        columns: { user_id: 'text', amount: 'numeric', happened_at: 'timestamptz' },
        rows: [{ user_id: 'eve', amount: 2.5, happened_at: '2025-01-09T10:00:00Z' }],
      },
    },
    expect: [{ user_id: 'eve', events_7d: 1, spent_7d: 3, last_seen_at: '2025-01-09T11:00:00+01:00' }],
  }
  await project.write('tests/differs.json', JSON.stringify(fixture))
  await project.write('tests/broken.json', '{')
  await project.write('tests/unknown.json', JSON.stringify({ ...fixture, group: 'user_activty' }))
  const { code, stdout } = await project.run(['test', '--json'])
  expect(code).toBe(4)
  const byFile = Object.fromEntries(
    (JSON.parse(stdout) as { fixtures: { file: string }[] }).fixtures.map((one) => [one.file, one]),
  )
  expect(byFile).toMatchObject({
    'tests/broken.json': { error: { code: 'FIXTURE_INVALID' } },
    'tests/differs.json': {
      compared: 3,
      differences: [{ key: 'user_id=eve', feature: 'spent_7d', expected: 3, found: 2.5 }],
    },
    'tests/unknown.json': { error: { code: 'NAME_UNKNOWN', fix: 'Did you mean "user_activity"?' } },
    'tests/user_activity-ada.json': { differences: [] },
  })
})
