/** The example workflow, step by step as GitHub runs it; what GitHub is told of them; and the records of the runs. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { repository } from '../compiled.js'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'
import { type OwnRedis, startOwnRedis } from '../servers/own.js'
import { Fstore, type Outcome, outcome, type Project } from './fstore.js'
import { installable, npmEnvironment } from './installed.js'

interface Job {
  readonly env: Record<string, string>
  readonly services?: Record<string, unknown>
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[]
}

let fstore: Fstore
let project: Project
let jobs: Record<'check' | 'plan' | 'build', Job>
let databases: { service: OwnDatabase; production: OwnDatabase }
let redis: OwnRedis
let secrets: Record<string, string>

const sqlFile = 'features/user_activity.sql'

beforeAll(async () => {
  jobs = parse(await readFile(join(repository, 'docs/examples/github-actions.yml'), 'utf8')).jobs
  databases = { service: await createDatabase(), production: await createDatabase() }
  redis = await startOwnRedis()
  fstore = await Fstore.compile()
  project = await installable(fstore, 'checkout')
  secrets = { DATABASE_URL: databases.production.ownerUrl, REDIS_URL: redis.url }
  const env = { DATABASE_URL: databases.production.ownerUrl, FSTORE_RUNS: '0' }
  const grant = "fstore sql -c 'GRANT SELECT ON events TO fstore_app'"
  const before = `fstore migrate && fstore sql data/load.sql && ${grant} && fstore build`
  expect(await project.bash(before, { env })).toMatchObject({ code: 0 })
  const sql = await readFile(project.path(sqlFile), 'utf8')
  await project.write(sqlFile, sql.replace('count(*)', 'count(1)'))
  const names: string[] = await readdir(project.path('tests')).catch(() => [])
  if (names.length === 0) await project.write('tests/eve.json', JSON.stringify(fixture))
}, 300_000)
afterAll(async () => {
  await fstore.remove()
  for (const one of [databases.service, databases.production]) await one.drop()
  await redis.stop()
})

const fixture = {
  group: 'user_activity',
  at: '2025-01-10',
  tables: {
    events: {
      columns: { user_id: 'text', amount: 'numeric', happened_at: 'timestamptz' },
      rows: [{ user_id: 'eve', amount: 2.5, happened_at: '2025-01-09T10:00:00Z' }],
    },
  },
  expect: [{ user_id: 'eve', events_7d: 1, spent_7d: 2.5 }],
}

/** As the runner does: services where the job has them, secrets in place of their names, `bash -e`, a file to sum up in. */
async function step(job: Job, script: string): Promise<Outcome & { readonly summary: string }> {
  const service = { DATABASE_URL: databases.service.ownerUrl, REDIS_URL: `${redis.url}/1` }
  const given = Object.entries(job.env).map(([name, text]) => [
    name,
    job.services
      ? service[name as keyof typeof service]
      : text.replace(/\$\{\{ secrets\.(\w+) \}\}/, (_, key) => String(secrets[key])),
  ])
  const summary = join(fstore.home, 'summary.md')
  await writeFile(summary, '')
  const github = { CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: project.folder, GITHUB_STEP_SUMMARY: summary }
  const env = npmEnvironment(fstore, { ...Object.fromEntries(given), ...github })
  const result = await outcome('bash', ['-e', '-c', script], project.folder, env)
  const told = { ...result, summary: await readFile(summary, 'utf8') }
  for (const text of Object.values(told)) for (const secret of passwords()) expect(String(text)).not.toContain(secret)
  return told
}

function passwords(): string[] {
  return [databases.service, databases.production].map((one) => `:${new URL(one.ownerUrl).password}@`)
}

async function run(name: keyof typeof jobs): Promise<Record<string, Awaited<ReturnType<typeof step>>>> {
  const job = jobs[name]
  const outcomes: Record<string, Awaited<ReturnType<typeof step>>> = {}
  for (const { run: script } of job.steps) {
    // The folder is as fresh as the first time.
    if (script === undefined || (script === 'npm ci' && name !== 'check')) continue
    outcomes[script] = await step(job, script)
    expect(outcomes[script]).toMatchObject({ code: 0 })
  }
  return outcomes
}

test('a change is checked on databases of the job’s own', async () => {
  const { 'npx fstore test': fixtures, 'npx fstore build --online': build } = await run('check')
  expect(fixtures?.summary).toMatch(/### ✅ fstore test\n\n\d+ passed, 0 failed\./)
  expect(build?.summary).toMatch(
    /### ✅ fstore build\n\nDone in .*\| user\\_activity \| 1 \| built \| 14 \| 63 \| 0 \|/s,
  )
}, 300_000)

test('its plan for production is shown; that there are changes is no failure', async () => {
  const [{ summary } = { summary: '' }] = Object.values(await run('plan'))
  expect(summary).toMatch(/^### ⚠️ fstore plan\n/)
  expect(summary).toContain('| user\\_activity | changed | **breaking** | 1 → 2 | 14 of 1d | about 63 |')
  expect(summary).toMatch(
    /<details><summary>SQL of user_activity<\/summary>\n\n```diff\n[^`]*^- {3}count\(\*\)[^`]*^\+ {3}count\(1\)/m,
  )
})

test('it is built in production', async () => {
  const { 'npx fstore verify': verify } = await run('build')
  expect(verify?.summary).toContain('| user\\_activity | redis | 5 | 0 | 0 | 0 | 0 | 0 |')
  expect((await step(jobs.plan, 'npx fstore plan --check')).summary).toMatch(/^### ✅ fstore plan/)
})

test('a mistake is shown beside its line', async () => {
  const sql = await readFile(project.path(sqlFile), 'utf8')
  await project.write(sqlFile, sql.replace('count(1)', 'count(1 + )'))
  const { code, stderr, summary } = await step(jobs.check, 'npx fstore validate')
  await project.write(sqlFile, sql)
  expect(code).toBe(2)
  expect(stderr).toMatch(/^::error file=features\/user_activity\.sql,line=5,col=\d+,title=SQL_FAILED::.*syntax error/m)
  expect(summary).toMatch(
    /^### ❌ fstore validate\n.*\| error \| SQL_FAILED \| user\\_activity \| features\/user\\_activity\.sql:5 \|/s,
  )
})

const runs = async (...args: string[]) => JSON.parse((await project.run(['runs', '--json', ...args])).stdout)

test('each build left a record, without the password', async () => {
  const records = (await runs()).runs
  expect(records.map(({ state }: { state: string }) => state)).toEqual(['done', 'done'])
  expect(records[0]).toMatchObject({
    arguments: ['build', '--online'],
    database: expect.stringContaining(databases.production.name),
    exitCode: 0,
    groups: [{ group: 'user_activity', version: 2, status: 'built', windows: 14, rows: 63, rejected: 0 }],
  })
  const [name] = await readdir(project.path('.fstore/runs'))
  const text = await readFile(project.path(`.fstore/runs/${name}`), 'utf8')
  for (const secret of passwords()) expect(text).not.toContain(secret)
})

test('so does one that fails, with why; one whose process is killed is shown as died', async () => {
  const env = { DATABASE_URL: databases.service.ownerUrl }
  await project.run(['materialize', 'user_activity', '--start', '2025-01-02', '--end', '2025-01-01'], { env })
  const [failed] = (await runs()).runs
  expect(failed).toMatchObject({
    command: 'materialize',
    state: 'failed',
    exitCode: 2,
    errors: [{ code: 'RANGE_EMPTY' }],
  })
  // Nobody ever writes the spine.
  await outcome('mkfifo', ['spine.csv'], project.folder, fstore.environment())
  const words = ['pit-export', 'spine.csv', '--features', 'user_activity.events_7d', '-o', 'out.csv']
  const child = spawn(process.execPath, [fstore.binary, ...words], {
    cwd: project.folder,
    env: fstore.environment(env),
  })
  const ended = once(child, 'close')
  while ((await runs()).runs[0].command !== 'pit-export') expect(child.exitCode).toBe(null)
  expect((await runs()).runs[0]).toMatchObject({ state: 'running', exitCode: null })
  child.kill('SIGKILL')
  await ended
  const { id } = (await runs()).runs[0]
  expect((await project.run(['runs', id])).stdout).toContain('✗ died: its process is gone')
})

test('a folder that cannot be written to is said once, and changes nothing else', async () => {
  await rm(project.path('.fstore/runs'), { recursive: true })
  await writeFile(project.path('.fstore/runs'), 'in the way')
  const env = { DATABASE_URL: databases.service.ownerUrl }
  const { code, stderr } = await project.run(['build'], { env })
  expect({ code, notes: stderr.match(/No record of this run/g) }).toEqual({ code: 0, notes: ['No record of this run'] })
})
