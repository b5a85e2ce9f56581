/** Pipes and colours: the command as a good neighbour in a shell. */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Fstore, type Project } from './fstore.js'

let fstore: Fstore
let project: Project

beforeAll(async () => {
  fstore = await Fstore.onPostgres()
  project = await fstore.directory('flights')
  expect(await project.run(['init', '--template', 'flights'])).toMatchObject({ code: 0 })
  expect(await project.run(['build', '--end', '2001-01-15'])).toMatchObject({ code: 0 })
})
afterAll(() => fstore.remove())

describe('a reader that stops reading', () => {
  test.each(['fstore list features', 'fstore --help', 'fstore get SFO LAX JFK --json'])(
    '%s | head -1',
    async (line) => {
      const { stdout, stderr } = await project.bash(`${line} | head -1; echo "\${PIPESTATUS[@]}"`)
      expect(stdout.trimEnd().split('\n')).toHaveLength(2)
      expect({ codes: stdout.trimEnd().split('\n')[1], stderr }).toEqual({ codes: '0 0', stderr: '' })
    },
  )

  test('does not stop a build', async () => {
    const stdout = await project.bash(
      'fstore build --select arrivals --full --end 2001-01-15 --json | head -1; echo "${PIPESTATUS[@]}"',
    )
    expect(stdout.stdout).toMatch(/\n0 0\n$/)
    const stderr = await project.bash(
      'fstore build --select arrivals --full --end 2001-01-15 2>&1 >kept | true; echo "${PIPESTATUS[@]}"; cat kept',
    )
    expect(stderr.stdout).toMatch(/^0 0\nBuilt 1 group, 14 windows/)
  })
})

describe('colours', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
  const escapes = /\u001b\[/

  test.each([
    ['a pipe has none', {}, false],
    ['FORCE_COLOR brings them', { FORCE_COLOR: '1' }, true],
    ['NO_COLOR goes first', { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
    ['FORCE_COLOR=0 is no', { FORCE_COLOR: '0' }, false],
    ['an empty NO_COLOR is none', { FORCE_COLOR: '1', NO_COLOR: '' }, true],
  ])('%s', async (_, env, colored) => {
    const people = await project.run(['get', 'SFO'], { env: env as Record<string, string> })
    expect(escapes.test(people.stdout)).toBe(colored)
    const error = await project.run(['get', 'SFO', '--features', 'nope'], { env: env as Record<string, string> })
    expect(escapes.test(error.stderr)).toBe(colored)
    const json = await project.run(['get', 'SFO', '--json'], { env: env as Record<string, string> })
    expect(json.stdout).not.toMatch(escapes)
  })
})
