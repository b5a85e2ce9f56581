/** `fstore schedule` as a service and as a job, on the embedded database; and what the docs show instead of it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { defaultLoaders } from 'cosmiconfig'
import { Fstore, type Project } from './fstore.js'

const config = `import { batch, defineConfig, entity, int64, sql } from 'featurestore'
const group = { entity: entity('user', { user_id: 'int64' }), start: '2024-03-01', end: '2024-03-21', features: { n: int64() } }
export default defineConfig({ project: 'timed', groups: [
  batch('a', { ...group, schedule: '* * * * *',
    sql: sql\`SELECT n AS user_id, n FROM generate_series(1, 3) AS n, pg_sleep(0.05)\` }),
] })`

let fstore: Fstore
let project: Project

beforeAll(async () => {
  fstore = await Fstore.compile()
  project = await fstore.directory('timed')
  await project.write('featurestore.config.ts', config)
})
afterAll(() => fstore.remove())

/** Signals it in the middle of its first run, or in the one after. */
async function stopped(signal: NodeJS.Signals, args: readonly string[] = []) {
  const env = fstore.environment()
  const stdio = ['ignore', 'pipe', 'pipe'] as const
  const child = spawn(process.execPath, [fstore.binary, 'schedule', ...args], {
    cwd: project.folder,
    env,
    stdio: [...stdio],
  })
  const heard = { stdout: '', stderr: '' }
  let isSent = false
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (text) => {
      heard[name] += text
      if (!isSent && /"event":"window"|due since/.test(heard[name])) isSent = child.kill(signal)
    })
  const [code] = await once(child, 'close')
  return { code, ...heard }
}

test('SIGTERM and Ctrl-C end it after the window in flight', async () => {
  const ended = await stopped('SIGTERM', ['--json'])
  expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('Stopping after the windows in flight') })
  const events = ended.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(events.find(({ event }) => event === 'finished')).toMatchObject({ group: 'a', status: 'cancelled' })
  expect(events.at(-1)).toMatchObject({ schemaVersion: 1, event: 'result', status: 'stopped' })
  const interrupted = await stopped('SIGINT')
  expect(interrupted).toMatchObject({ code: 130, stdout: '' })
  for (const line of interrupted.stderr.trim().split('\n').slice(0, 2))
    expect(line).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (scheduling a \(\* \* \* \* \*\), in UTC|a: due since .*)$/,
    )
})

test('--once runs what is left, and status says so', async () => {
  expect(await project.run(['schedule', '--once'])).toMatchObject({ code: 0, stdout: 'Ran 1 group.\n' })
  const status = await project.run(['status'])
  expect(status.stdout).toMatch(/schedules +1 group, last run 2.*ago, next 2.*Z \(a\)\n/)
  const unknown = await project.run(['schedule', '--groups', 'b'])
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('No group is called "b"') })
})

test('the files that the docs show can be read, and run commands that there are', async () => {
  const docs = await readFile(new URL('../../docs/scheduling.md', import.meta.url), 'utf8')
  const files = [...docs.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) =>
    defaultLoaders['.yaml']('docs.yaml', text),
  )
  expect(files).toMatchObject([{ jobs: { build: { steps: expect.any(Array) } } }, { kind: 'CronJob' }])
  const { spec } = files[1].spec.jobTemplate.spec.template
  expect(spec.containers[0].command).toEqual(['npx', 'fstore', 'build', '--all-tenants', '--online'])
  expect(files[0].jobs.build.steps.at(-1).run).toBe('npx fstore build --all-tenants --online')
})
