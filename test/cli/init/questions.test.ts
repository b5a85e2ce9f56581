/** init's questions, as a person at a terminal meets them. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pty from '@lydell/node-pty'
import { asSuperuser, createDatabase, type OwnDatabase } from '../../servers/databases.js'
import { Fstore, type Project } from '../fstore.js'

let fstore: Fstore
let own: OwnDatabase

beforeAll(async () => {
  fstore = await Fstore.compile()
  own = await createDatabase()
  await asSuperuser(
    own.ownerUrl,
    `CREATE TABLE public."Visit" (id serial PRIMARY KEY, "userId" text NOT NULL, tenant_id text, "at" timestamptz NOT NULL);
     INSERT INTO public."Visit" ("userId", tenant_id, "at") SELECT 'u1', 'acme', now() - n * interval '1 day' FROM generate_series(1, 9) AS n`,
  )
}, 120_000)
afterAll(async () => {
  await fstore.remove()
  await own.drop()
})

/** Plays keys, each once its question is to be seen. @returns what was shown, without colours, and the exit code */
async function play(
  project: Project,
  args: readonly string[],
  turns: readonly (readonly [question: string, keys: string])[],
) {
  const terminal = pty.spawn(process.execPath, ['--liftoff-only', fstore.binary, 'init', ...args], {
    cwd: project.folder,
    cols: 200,
    env: fstore.environment({ TERM: 'xterm' }),
  })
  let shown = ''
  let told = 0
  const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)))
  const waiting = new Set<() => void>()
  terminal.onData((text) => {
    shown += text
    for (const look of waiting) look()
  })
  for (const [question, keys] of turns) {
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        const at = shown.indexOf(question, told)
        if (at < 0) return
        told = at + question.length
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      void ended.then(() => reject(new Error(`It ended before it asked "${question}":\n${shown}`)))
      look()
    })
    terminal.write(keys)
  }
  const code = await ended
  return { code, shown: stripVTControlCharacters(shown).replaceAll('\r', '') }
}

const enter = '\r'

test('Enter takes what is proposed, and the command that does the same is shown and does it', async () => {
  const project = await fstore.directory('asked')
  await writeFile(join(project.folder, '.env'), `DATABASE_URL=${own.ownerUrl}\n`)
  const { code, shown } = await play(
    project,
    [],
    [
      ['What are the first features of?', enter],
      ['Which table?', enter],
      ['Keep tenants apart by tenant_id?', enter],
      ['Whose features are they?', enter],
      ['When was a row known?', enter],
      ['What is the entity called?', enter],
      ['which columns?', enter],
      ['May fstore read it?', enter],
    ],
  )
  expect({ code, shown }).toMatchObject({ code: 0 })
  expect(shown).not.toContain(new URL(own.ownerUrl).password)
  const flags = '--from Visit --key userId --time at --tenant-column tenant_id --no-values --entity user --grant --yes'
  expect(shown).toContain(`fstore init ${flags}`)
  expect(shown).toContain('fstore build --tenant acme --create-tenant')

  const again = await fstore.directory('again')
  await writeFile(join(again.folder, '.env'), `DATABASE_URL=${own.ownerUrl}\n`)
  await writeFile(join(again.folder, 'package.json'), '{"name":"asked"}')
  expect(await again.run(['init', ...flags.split(' ')], { env: {} })).toMatchObject({ code: 0 })
  for (const file of ['featurestore.config.ts', 'features/user_visits.sql'])
    expect(await readFile(again.path(file), 'utf8')).toBe(await readFile(project.path(file), 'utf8'))
  expect(await again.run(['build', '--tenant', 'acme', '--create-tenant'])).toMatchObject({ code: 0 })
  expect((await again.run(['get', 'u1', '--tenant', 'acme', '--json'])).stdout).toContain('visits_28d":{"value":9')
})

test('Ctrl-C at a question ends it with 130, and nothing is written', async () => {
  const project = await fstore.directory('broken off')
  const { code, shown } = await play(project, ['new'], [['What are the first features of?', '\u0003']])
  expect({ code, shown }).toMatchObject({ code: 130, shown: expect.stringContaining('Nothing was written.') })
  expect(await readdir(project.folder)).toEqual([])
})

test('a config that is there is told of before anything is asked', async () => {
  const project = await fstore.directory('there')
  await project.write('featurestore.config.js', '')
  const { code, shown } = await play(project, [], [])
  expect({ code, shown }).toMatchObject({ code: 2, shown: expect.stringContaining('featurestore.config.js') })
})
