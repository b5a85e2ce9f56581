/** Looking at a project, and leading it back: what each command prints, for people and as JSON, and its exit code. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Fstore, type Project, shown } from './fstore.js'

const sql = 'features/user_activity.sql'

let fstore: Fstore
let project: Project

beforeAll(async () => {
  fstore = await Fstore.onPostgres()
  project = await fstore.directory('minimal')
  expect(await project.run(['init', '--yes'])).toMatchObject({ code: 0 })
})
afterAll(() => fstore.remove())

/** Without how long ago it was, and with the widths that this gives to columns. */
async function said(...args: string[]) {
  const outcome = await project.run(args)
  const text = shown(project, outcome)
    .replaceAll(/\b20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '<now>')
    .replaceAll(/\b\d+(\.\d+)?m?s(?= )/g, '<time>')
    .replaceAll(/PostgreSQL \d\S*(?: \([^)]*\))?,?/g, 'PostgreSQL <version>,')
    .replaceAll(/\d+ migrations? applied/g, '<n> migrations applied')
    .replaceAll(/about \d+ rows/g, 'about <n> rows')
    .replaceAll(/ {2,}(?=\S)/g, '  ')
  return { code: outcome.code, text }
}

async function json(...args: string[]) {
  const { code, stdout, stderr } = await project.run([...args, '--json'])
  expect(stderr).toBe('')
  const { schemaVersion, ...document } = JSON.parse(stdout)
  expect(schemaVersion).toBe(1)
  return { code, document }
}

test('before the first build', async () => {
  for (const args of [['status'], ['plan'], ['plan', '--check'], ['validate'], ['jobs'], ['rejected'], ['tenants']])
    expect(await said(...args)).toMatchSnapshot(args.join(' '))
  expect(await said('versions', 'user_activity')).toMatchSnapshot()
  expect(await said('rollback', 'user_activity', '--yes')).toMatchSnapshot()
})

test('plan as JSON', async () => {
  const { code, document } = await json('plan')
  expect(code).toBe(0)
  expect(Object.keys(document)).toEqual(['plan', 'changes', 'migrations', 'groups', 'destroys'])
  expect(document).toMatchObject({ changes: true, destroys: [] })
  expect(document.groups).toEqual([
    {
      group: 'user_activity',
      kind: 'added',
      impact: 'additive',
      reasons: ['a new group'],
      version: 1,
      liveVersion: null,
      promoted: true,
      features: expect.any(Array),
      sql: [],
      backfill: {
        tenant: 'default',
        type: 'incremental',
        every: 86_400,
        windows: 14,
        spans: [['2025-01-01T00:00:00Z', '2025-01-15T00:00:00Z']],
        rows: expect.any(Number),
      },
    },
  ])
})

test('after it', async () => {
  expect(await project.run(['build'])).toMatchObject({ code: 0 })
  for (const args of [['status'], ['plan', '--check'], ['plan', '--sql'], ['jobs'], ['versions', 'user_activity']])
    expect(await said(...args)).toMatchSnapshot(args.join(' '))
  const { document } = await json('status')
  expect(document).toMatchObject({ groups: [{ liveVersion: 1, rows: 63, freshness: 'complete' }] })
  expect((await json('jobs')).document.jobs).toMatchObject([
    { group: 'user_activity', status: 'completed', progress: 1 },
  ])
  expect((await json('plan', '--check')).code).toBe(0)
})

test('changed SQL is shown line by line, and rolled back once it is live', async () => {
  await project.edit(sql, (text) => text.replace('sum(amount)', 'sum(amount * 2)'))
  expect(await said('plan')).toMatchSnapshot()
  expect((await json('plan', '--check')).code).toBe(4)
  expect(await said('diff', 'user_activity')).toMatchSnapshot()
  expect(await project.run(['build'])).toMatchObject({ code: 0 })
  expect(await said('diff', 'user_activity', 'v1')).toMatchSnapshot()
  expect((await json('diff', 'user_activity', '2', '2')).document).toMatchObject({ same: true })
  expect(await said('rollback', 'user_activity')).toMatchSnapshot()
  expect(await said('rollback', 'user_activity', '--dry-run')).toMatchSnapshot()
  expect((await json('rollback', 'user_activity', '--dry-run')).document).toMatchObject({
    done: false,
    version: 1,
    undo: 2,
  })
  expect(await said('rollback', 'user_activity', '--yes')).toMatchSnapshot()
  const { document } = await json('rollback', 'user_activity', '2', '--yes')
  expect(document).toMatchObject({
    done: true,
    version: 2,
    from: { version: 1 },
    undo: 1,
    undoCommand: 'fstore rollback user_activity 1 --yes',
  })
  expect((await json('versions', 'user_activity')).document.versions).toMatchObject([{ live: false }, { live: true }])
})

test('rejected rows are listed, and gone when their windows run again', async () => {
  await project.edit('featurestore.config.ts', (text) =>
    text.replace('spent_7d: float64({', 'spent_7d: float64({ max: 50,'),
  )
  expect(await project.run(['build'])).toMatchObject({ code: 0 })
  expect(await said('rejected', 'user_activity', '--limit', '1')).toMatchSnapshot()
  const { document } = await json('rejected')
  expect(document.rows).toHaveLength(Math.min(document.total, 20))
  expect(await project.run(['sql', '-c', 'UPDATE events SET amount = 1'])).toMatchObject({ code: 0 })
  const { stdout, code } = await project.run(['rejected', 'user_activity', '--replay', '--json'])
  const events = stdout.trimEnd().split('\n')
  expect(code).toBe(0)
  expect(JSON.parse(events.at(-1) ?? '')).toMatchObject({ event: 'result', before: document.total, after: 0 })
  expect(await said('rejected', 'user_activity', '--replay')).toMatchSnapshot()
})

test('tenants are added, built for one by one, and suspended', async () => {
  expect(await said('tenants', 'add', 'acme', '--display-name', 'Acme Ltd')).toMatchSnapshot()
  const built = await project.run(['build', '--all-tenants', '--json'])
  expect(built.code).toBe(0)
  expect(JSON.parse(built.stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
    tenants: [
      { tenant: 'acme', upToDate: false },
      { tenant: 'default', upToDate: true },
    ],
  })
  const windows = ['user_activity', '--start', '2025-01-03', '--end', '2025-01-04']
  expect(await said('materialize', ...windows, '--all-tenants')).toMatchObject({
    code: 0,
    text: expect.stringMatching('for 2 tenants'),
  })
  expect(await said('tenants', 'suspend', 'acme')).toMatchSnapshot()
  expect((await json('tenants')).document.tenants).toMatchObject([
    { tenant: 'acme', status: 'suspended', displayName: 'Acme Ltd' },
    { tenant: 'default', status: 'active' },
  ])
})

test('validate shows the place, and tells mistakes from warnings by its exit code', async () => {
  await project.edit(sql, (text) => text.replace('max(happened_at)', 'least(max(happened_at), now())'))
  expect(await said('validate')).toMatchSnapshot()
  await project.edit(sql, (text) => text.replace('count(*)', 'count(nothing)'))
  expect(await said('validate')).toMatchSnapshot()
  const { code, document } = await json('validate')
  expect(code).toBe(2)
  expect(document).toMatchObject({ errors: 1, warnings: 1, findings: [{ severity: 'error', where: { line: 5 } }, {}] })
})

test.each<[string, string[]]>([
  ['an unknown group', ['versions', 'user_activty']],
  ['an unknown version', ['rollback', 'user_activity', '9', '--yes']],
  ['no version', ['diff', 'user_activity', 'first']],
  ['an unknown status', ['jobs', '--status', 'fialed']],
  ['jobs of an unknown group', ['jobs', '--group', 'user_activty']],
  ['a replay of no group', ['rejected', '--replay']],
  ['an unknown tenant', ['tenants', 'suspend', 'acne']],
  ['a tenant without a name', ['tenants', 'add']],
  ['an unknown action', ['tenants', 'remove', 'acme']],
  ['one tenant and all', ['build', '--all-tenants', '--tenant', 'acme']],
])('refused: %s', async (_, args) => {
  const { code, text } = await said(...args)
  expect(code).toBe(2)
  expect(text).toMatchSnapshot()
})
