/** `fstore ui` in a process of its own, beside other commands on the embedded database: everybody's first day. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Fstore, type Project } from '../cli/fstore.js'
import { ask } from '../serve/ask.js'

let fstore: Fstore
let project: Project
let child: ChildProcess | undefined

beforeAll(async () => {
  fstore = await Fstore.compile()
  project = await fstore.directory('minimal')
  expect(await project.run(['init'])).toMatchObject({ code: 0 })
})
afterAll(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  await fstore.remove()
})

test('a build beside the open page runs, the page shows it then, and Ctrl-C ends at once', async () => {
  const words = [fstore.binary, 'ui', '--port', '0', '--json']
  const started = spawn(process.execPath, words, { cwd: project.folder, env: fstore.environment({}) })
  child = started
  const ended = once(started, 'close')
  const [line] = await once(createInterface(started.stdout), 'line')
  const { url, tenant } = JSON.parse(line)
  expect(tenant).toBe('default')
  const groups = async () => (await ask(`${url}ui/api/overview`)).body.groups.map((group: any) => group.liveVersion)
  expect(new Set(await groups())).toEqual(new Set([null]))
  expect(await project.run(['build'])).toMatchObject({ code: 0 })
  expect(new Set(await groups())).toEqual(new Set([1]))
  started.kill('SIGINT')
  expect(await ended).toEqual([130, null])
})
