/** Ctrl-C and the lock, on the embedded database: what another process, or the next one, meets. */

import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Fstore, type Project, shown } from './fstore.js'

let fstore: Fstore
let project: Project

beforeAll(async () => {
  fstore = await Fstore.compile()
  project = await fstore.directory('flights')
  expect(await project.run(['init', '--template', 'flights'])).toMatchObject({ code: 0 })
})
afterAll(() => fstore.remove())

describe('Ctrl-C', () => {
  test('once stops after the window in flight, and the next build goes on from there', async () => {
    const build = project.start(['build', '--json'])
    await build.until('"event":"window"')
    build.child.kill('SIGINT')
    const { code, heard } = await build.ended
    expect(code).toBe(130)
    expect(heard).toContain('Stopping after the window in flight')
    const windows = heard.split('"event":"window"').length - 1
    const result = JSON.parse(
      heard
        .trimEnd()
        .split('\n')
        .find((line) => line.includes('"event":"result"')) as string,
    )
    expect(result).toMatchObject({ status: 'cancelled', upToDate: false })
    expect(windows).toBeGreaterThan(0)
    expect(windows).toBeLessThan(270)
    const { stdout } = await project.run(['build', '--dry-run', '--json'])
    const due = JSON.parse(stdout).plan.steps.filter(({ kind }: { kind: string }) => kind === 'materialize')
    expect(due.reduce((sum: number, step: { windows: number }) => sum + step.windows, 0)).toBe(270 - windows)
  })

  test('twice ends at once, and leaves nothing that hinders the next', async () => {
    const build = project.start(['build', '--json'])
    await build.until('"event":"window"')
    build.child.kill('SIGINT')
    await build.until('Stopping after')
    build.child.kill('SIGINT')
    expect((await build.ended).code).toBe(130)
    const rest = await project.run(['build', '--select', 'departures'])
    expect(rest).toMatchObject({ code: 0, stdout: expect.stringMatching(/^(Built 1 group|Nothing is due)/) })
  })
})

test('a project that another process holds is told by its holder', async () => {
  const holder = project.start(['sql', '-c', "SELECT 'here', pg_sleep(60)"])
  try {
    // Who asked before would have it, and the holder would not.
    while (!existsSync(project.path('.fstore/pglite.lock'))) await new Promise((resolve) => setTimeout(resolve, 20))
    const outcome = await project.run(['build'])
    expect(outcome.code).toBe(6)
    expect(shown(project, outcome)).toMatchSnapshot()
    const json = await project.run(['get', 'SFO', '--json'])
    expect(json.code).toBe(6)
    expect(JSON.parse(json.stdout)).toMatchObject({ schemaVersion: 1, error: { code: 'LOCKED' } })
    expect(await project.run(['list'])).toMatchObject({ code: 0, stderr: expect.stringContaining('not known') })
  } finally {
    holder.child.kill('SIGKILL')
    await holder.ended
  }
  expect(await project.run(['list'])).toMatchObject({ code: 0, stderr: '' })
})
