/** What a server refuses: passwords are never printed, and rights are named with the statement that grants them. */

import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { asSuperuser, createDatabase, type OwnDatabase } from '../servers/databases.js'
import { Fstore, type Project, shown } from './fstore.js'

let fstore: Fstore
let project: Project
let own: OwnDatabase

beforeAll(async () => {
  fstore = await Fstore.compile()
  project = await fstore.directory('minimal')
  own = await createDatabase()
})
afterAll(async () => {
  await fstore.remove()
  await own.drop()
})

const on = (url: string) => ({ env: { DATABASE_URL: url } })

function withPassword(password: string): string {
  const url = new URL(own.ownerUrl)
  url.password = password
  return url.href
}

const normal = (text: string) => text.replaceAll(own.name, '<database>').replaceAll(/127\.0\.0\.1:\d+/g, '<server>')

test('an empty database: nothing is there yet, and looking leaves nothing behind', async () => {
  await project.run(['init'], on('postgres://nobody@127.0.0.1:1/none'))
  expect(await project.run(['list'], on(own.ownerUrl))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('not built'),
  })
  expect(shown(project, await project.run(['get', 'ada'], on(own.ownerUrl)))).toMatchSnapshot()
  await project.run(['preview', 'user_activity'], on(own.ownerUrl))
  const schemas = ['sql', '-c', "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'fstore%'"]
  expect(await project.run(schemas, on(own.ownerUrl))).toMatchObject({ code: 0, stdout: 'count\n    0\n' })
})

test('a wrong password', async () => {
  for (const args of [['build'], ['get', 'ada', '--json'], ['list'], ['sql', '-c', 'SELECT 1']]) {
    const outcome = await project.run(args, on(withPassword('S3cretS3cret')))
    expect(outcome.stdout + outcome.stderr).not.toContain('S3cret')
    expect(outcome.code).toBe(args[0] === 'list' ? 0 : 5)
  }
  expect(normal(shown(project, await project.run(['build'], on(withPassword('S3cretS3cret')))))).toMatchSnapshot()
})

test('no such database', async () => {
  const url = own.ownerUrl.replace(own.name, 'there_is_none')
  expect(normal(shown(project, await project.run(['build'], on(url))))).toMatchSnapshot()
})

test('a role that may not read a source is told the GRANT', async () => {
  expect(await project.run(['init'], on(own.ownerUrl))).toMatchObject({ code: 0 })
  await asSuperuser(own.url, 'REVOKE SELECT ON public.events FROM fstore_app')
  const outcome = await project.run(['build'], on(own.ownerUrl))
  expect(outcome.code).toBe(3)
  expect(shown(project, outcome)).toMatchSnapshot()
  const [grant = ''] = /GRANT .*;/.exec(outcome.stderr) ?? []
  await asSuperuser(own.url, grant)
  expect(await project.run(['build'], on(own.ownerUrl))).toMatchObject({ code: 0 })
})

test('a user who does not own the project', async () => {
  const stranger = `stranger_${own.name}`
  await asSuperuser(own.url, `CREATE ROLE ${stranger} LOGIN PASSWORD 'S3cret'`)
  try {
    const url = new URL(own.ownerUrl)
    url.username = stranger
    url.password = 'S3cret'
    for (const args of [['build'], ['get', 'ada'], ['migrate']]) {
      const outcome = await project.run(args, on(url.href))
      expect(outcome).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('PERMISSION_DENIED') })
    }
    expect(shown(project, await project.run(['build'], on(url.href)))).toMatchSnapshot()
    await asSuperuser(
      own.url,
      `CREATE TABLE public.seen (user_id text, at timestamptz); GRANT SELECT ON public.seen TO ${stranger}`,
    )
    const init = await project.run(['init', 'other', '--from', 'seen', '--grant', '--yes'], on(url.href))
    expect(init).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^Wrote the group user_seen over seen to other/),
    })
    expect(init.stderr).toMatch(
      /PERMISSION_DENIED.*Next:.* migrate .*GRANT SELECT ON TABLE public\.seen TO fstore_app;/s,
    )
  } finally {
    await asSuperuser(own.url, `DROP TABLE IF EXISTS public.seen; DROP ROLE ${stranger}`)
  }
})
