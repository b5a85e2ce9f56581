/** A project as it is lived with: build, look, change a thing, build again. */

import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Fstore, type Project, shown } from './fstore.js'

const sql = 'features/user_activity.sql'
const config = 'featurestore.config.ts'

let fstore: Fstore
let project: Project

beforeAll(async () => {
  fstore = await Fstore.onPostgres()
  project = await fstore.directory('minimal')
  expect(await project.run(['init', '--yes'])).toMatchObject({ code: 0 })
})
afterAll(() => fstore.remove())

async function said(...args: string[]) {
  const outcome = await project.run(args)
  return { code: outcome.code, text: shown(project, outcome) }
}

async function rows(table: string): Promise<number> {
  const { stdout } = await project.run(['sql', '--json', '-c', `SELECT count(*) AS n FROM ${table}`])
  return JSON.parse(stdout).rows?.[0].n
}

test('before the first build', async () => {
  expect(await said('get', 'ada')).toMatchSnapshot()
  expect(await said('build', '--dry-run')).toMatchSnapshot()
  // The plan was only looked at.
  expect(await said('list')).toMatchSnapshot()
  const [plan] = (await project.run(['build', '--dry-run', '--json'])).stdout.trimEnd().split('\n')
  expect(JSON.parse(plan as string)).toMatchObject({
    schemaVersion: 1,
    plan: {
      project: 'minimal',
      tenant: 'default',
      steps: [
        { kind: 'register', group: 'user_activity', change: 'new', version: 1 },
        {
          kind: 'materialize',
          group: 'user_activity',
          windows: 14,
          spans: [['2025-01-01T00:00:00Z', '2025-01-15T00:00:00Z']],
        },
        { kind: 'promote', group: 'user_activity', from: null, version: 1 },
      ],
    },
  })
})

test('the first build says what it did, the second finds nothing due', async () => {
  expect(await said('build')).toMatchSnapshot()
  expect(await said('build')).toMatchSnapshot()
  expect(await said('build', '--dry-run')).toMatchSnapshot()
  const { stdout, stderr } = await project.run(['build', '--json'])
  expect(stderr).toBe('')
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(events.map(({ event }) => event)).toEqual(['plan', 'result'])
  const { durationMs, ...result } = events[1]
  expect(durationMs).toBeGreaterThanOrEqual(0)
  expect(result).toEqual({
    schemaVersion: 1,
    event: 'result',
    status: 'done',
    upToDate: true,
    groups: [
      {
        group: 'user_activity',
        version: 1,
        status: 'unchanged',
        promoted: false,
        windows: 0,
        processed: 0,
        written: 0,
        superseded: 0,
        rejected: 0,
      },
    ],
    archived: [],
  })
})

test('windows named by hand run again, and say when nothing has changed', async () => {
  const args = ['materialize', 'user_activity', '--start', '2025-01-03', '--end', '2025-01-05']
  expect(await said(...args)).toMatchSnapshot()
  const { code, stdout } = await project.run([...args, '--json'])
  expect(code).toBe(0)
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(events.map(({ event }) => event)).toEqual(['plan', 'step', 'window', 'window', 'result'])
  expect(events[2]).toEqual({
    schemaVersion: 1,
    event: 'window',
    group: 'user_activity',
    tenant: 'default',
    start: '2025-01-03T00:00:00Z',
    end: '2025-01-04T00:00:00Z',
    done: 1,
    total: 2,
    rows: expect.any(Number),
    elapsedMs: expect.any(Number),
    rate: expect.any(Number),
    remainingMs: expect.any(Number),
    processed: expect.any(Number),
    written: 0,
    superseded: 0,
    rejected: 0,
  })
})

test('a comment and a description rebuild nothing', async () => {
  await project.edit(sql, (text) => `-- The same, said differently.\n${text.replace('GROUP BY', 'group   by')}`)
  expect(await said('build')).toMatchSnapshot()
  await project.edit(config, (text) => text.replace('What a user did lately', 'What they did'))
  expect(await said('build', '--dry-run')).toMatchSnapshot()
  expect(await said('build')).toMatchSnapshot()
  expect(await said('build')).toMatchSnapshot()
})

test('changed SQL is planned, and built beside what is live', async () => {
  const before = await rows('fstore_offline.user_activity')
  await project.edit(sql, (text) => text.replace('sum(amount)', 'sum(amount * 2)'))
  const plan = await said('build', '--dry-run')
  expect(plan.text).toMatchSnapshot()
  expect(await rows('fstore.versions')).toBe(1)
  expect(await said('build')).toMatchSnapshot()
  expect(await rows('fstore.versions')).toBe(2)
  expect(await rows('fstore_offline.user_activity')).toBe(before)
})

test('a corrected source supersedes what differs, under --full', async () => {
  expect(await project.run(['sql', '-c', "DELETE FROM events WHERE user_id = 'ada'"])).toMatchObject({ code: 0 })
  expect(await said('build')).toMatchSnapshot()
  expect(await said('build', '--full')).toMatchSnapshot()
  expect(await said('get', 'ada')).toMatchSnapshot()
})

test.each([
  ['a start after the end', ['build', '--start', '2025-01-10', '--end', '2025-01-05']],
  ['a naive timestamp', ['build', '--start', '2025-01-10T10:00:00']],
  ['a date that does not exist', ['materialize', 'user_activity', '--start', '2025-02-30', '--end', '2025-03-01']],
  ['less than a window', ['materialize', 'user_activity', '--start', '2025-01-02', '--end', '2025-01-02T12:00:00Z']],
  ['an unknown group', ['build', '--select', 'user_activty']],
  ['an unknown tag', ['build', '--select', 'tag:x']],
])('refused: %s', async (_, args) => {
  const { code, text } = await said(...args)
  expect(code).toBe(2)
  expect(text.replaceAll(/it is \S+Z/g, 'it is <now>')).toMatchSnapshot()
})
