/** The help of every command, and what is said to a command line that cannot be. */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Fstore, type Project, shown } from './fstore.js'

let fstore: Fstore
let project: Project

beforeAll(async () => {
  fstore = await Fstore.compile()
  project = await fstore.directory('empty')
})
afterAll(() => fstore.remove())

describe('help', () => {
  const commands = ['', 'init', 'migrate', 'build', 'materialize', 'preview', 'get', 'history', 'list', 'sql']
  commands.push('plan', 'validate', 'versions', 'diff', 'rollback', 'status', 'jobs', 'rejected', 'tenants')
  test.each(commands)('of "%s"', async (command) => {
    const outcome = await project.run([...(command === '' ? [] : [command]), '--help'])
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    expect(outcome.stdout).toMatchSnapshot()
    const long = outcome.stdout.split('\n').filter((line) => line.length > 120)
    expect(long).toEqual([])
  })

  test('without a command it goes to stderr, and is a wrong usage', async () => {
    const { code, stdout, stderr } = await project.run([])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toBe((await project.run(['--help'])).stdout)
    const json = await project.run(['--json'])
    expect(json.code).toBe(2)
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'USAGE' } })
  })

  test('the version', async () => {
    expect(await project.run(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
  })
})

describe('a command line with', () => {
  const wrong: Record<string, string[]> = {
    'a misspelled command': ['biuld'],
    'a misspelled option': ['build', '--ful'],
    'no key': ['get'],
    'no start': ['materialize', 'visits', '--end', '2025-01-02'],
    'one word too many': ['build', 'visits'],
    'an unknown template': ['init', 'here', '--template', 'flight'],
    'an unknown kind of list': ['list', 'toString'],
    'no name after --select': ['build', '--select', ''],
    'an empty name in --features': ['get', 'ada', '--features', 'a,,b'],
    'neither file nor statement': ['sql'],
    'file and statement': ['sql', 'x.sql', '-c', 'SELECT 1'],
    'a limit that is no number': ['preview', 'visits', '--limit', 'ten'],
    'a limit of nothing': ['preview', 'visits', '--limit', '0'],
    'a length that is no duration': [
      'materialize',
      'visits',
      '--start',
      '2025-01-01',
      '--end',
      '2025-01-02',
      '--every',
      '1 fortnight',
    ],
    'a length of nothing': ['materialize', 'visits', '--start', '2025-01-01', '--end', '2025-01-02', '--every', '0s'],
  }
  test.each(Object.entries(wrong))('%s', async (_, args) => {
    const people = await project.run(args)
    expect(shown(project, people)).toMatchSnapshot()
    expect(people).toMatchObject({ code: 2, stdout: '' })
    const json = await project.run([...args, '--json'])
    expect(json.code).toBe(2)
    expect(json.stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(JSON.parse(json.stdout)).toMatchObject({ schemaVersion: 1, error: { code: 'USAGE' } })
  })
})
