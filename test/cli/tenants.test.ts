/** A tenant that was mistyped: nothing is written for it, and what is looked at says so. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Fstore, type Project } from './fstore.js'

const config = (factor: number) => `import { batch, defineConfig, entity, int64, sql, stream } from 'featurestore'
const user = entity('user', { user_id: 'int64' })
export default defineConfig({ project: 'tenants', profiles: { default: {}, own: { tenant: 'house' } }, groups: [
  batch('a', { entity: user, start: '2024-03-01', end: '2024-03-03', features: { n: int64() },
    sql: sql\`SELECT n AS user_id, n * ${factor} AS n FROM generate_series(1, 3) AS n\` }),
  stream('seen', { entity: user, features: { at: int64() } }),
] })`

let fstore: Fstore
let project: Project

beforeAll(async () => {
  fstore = await Fstore.onPostgres()
  project = await fstore.directory('tenants')
  await project.write('featurestore.config.ts', config(1))
  await project.write('rows.jsonl', '{"user_id":1,"at":1,"event_timestamp":"2024-03-01T00:00:00Z"}\n')
})
afterAll(() => fstore.remove())

const tenants = async () =>
  JSON.parse((await project.run(['tenants', '--json'])).stdout).tenants.map(({ tenant }: { tenant: string }) => tenant)

test('is refused by what writes, until it is said to be meant', async () => {
  // Before there is a database, too.
  const first = await project.run(['build', '--tenant', 'acme'])
  expect(first).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^error TENANT_UNKNOWN/) })
  expect(await project.run(['build', '--tenant', 'acme', '--create-tenant'])).toMatchObject({ code: 0 })
  for (const args of [
    ['build', '--dry-run'],
    ['materialize', 'a', '--start', '2024-03-01', '--end', '2024-03-02'],
    ['push', 'seen', 'rows.jsonl'],
  ]) {
    const { code, stdout, stderr } = await project.run([...args, '--tenant', 'acmee'])
    expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' })
    expect(stderr).toContain(
      'Did you mean "acme"? Where it is a new one: `fstore tenants add acmee`, or --create-tenant.',
    )
  }
  expect(await tenants()).toEqual(['acme', 'default'])
  expect(await project.run(['build', '--profile', 'own'])).toMatchObject({ code: 0 })
  expect(await project.run(['push', 'seen', 'rows.jsonl', '--tenant', 'new', '--create-tenant'])).toMatchObject({
    code: 0,
  })
  expect(await tenants()).toEqual(['acme', 'default', 'house', 'new'])
})

test('is noted by what reads, and plan and status name whom a new version waits for', async () => {
  for (const args of [['get', '1', '--features', 'a.n'], ['plan'], ['status']]) {
    const { code, stderr } = await project.run([...args, '--tenant', 'acmee'])
    expect([code, stderr]).toEqual([0, expect.stringContaining('There is no tenant "acmee". Did you mean "acme"?')])
    expect(stderr).not.toContain('--create-tenant')
  }
  await project.write('featurestore.config.ts', config(2))
  expect((await project.run(['plan', '--tenant', 'acme'])).stdout).toContain('what version 1 covers, for house, too')
  expect(await project.run(['build', '--tenant', 'acme'])).toMatchObject({ code: 0 })
  expect((await project.run(['status'])).stderr).toContain('a: version 2 waits for house;')
  const removal = await project.run(['tenants', 'remove', 'house'])
  expect(removal).toMatchObject({ code: 2, stderr: expect.stringContaining('fstore erase --tenant house --dry-run') })
})

test('is named where nothing is found, with how to name another', async () => {
  const own = `batch('own', { entity: user, start: '2024-03-01', end: '2024-03-03', features: { n: int64() },
    sql: sql\`SELECT 1 AS user_id, 1 AS n WHERE :tenant_id = 'acme'\` }),`
  await project.write('featurestore.config.ts', config(2).replace('groups: [', `groups: [${own}`))
  const hint = 'own reads the rows of one tenant (:tenant_id in its SQL), and none was named'
  expect(await project.run(['build', '--select', 'own'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('no window yielded a row for the tenant default'),
    stderr: expect.stringContaining(hint),
  })
  const { stderr } = await project.run(['get', '1', '--features', 'own.n'])
  expect(stderr).toContain('nothing found for user "1" of the tenant default')
  expect((await project.run(['build', '--select', 'own', '--tenant', 'acme'])).stderr).not.toContain(hint)
})
