/** The edit loop: what is said after each save, until Ctrl-C. */
import { readFile } from 'node:fs/promises'
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

test('a save is validated, previewed and planned; a mistake is told, and mended by the next save', async () => {
  const file = 'features/user_activity.sql'
  const sql = await readFile(project.path(file), 'utf8')
  const dev = project.start(['dev'])
  const waiting = 'Waiting for a change'
  expect(await dev.until(waiting)).toContain('Nothing to do')
  await project.write(file, sql.replace('count(*)', 'count(* + )'))
  expect(await dev.until(waiting)).toMatch(/user_activity\.sql changed.*SQL_[A-Z]+.*user_activity\.sql:\d+/s)
  // The embedded database is free meanwhile.
  expect(await project.run(['list'])).toMatchObject({ code: 0 })
  await project.write(file, sql.replace('in_7_days) AS events_7d', 'in_7_days) + 1 AS events_7d'))
  const said = await dev.until(waiting)
  expect(said).toMatch(/nothing wrong\..*window 2025-01-14 to 2025-01-15: 4 rows.*ada.*changed, breaking/s)
  expect(said).toContain('+   count(*) FILTER (WHERE in_7_days) + 1 AS events_7d')
  dev.child.kill('SIGINT')
  expect((await dev.ended).code).toBe(130)
})
