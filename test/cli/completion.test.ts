/** The Tab key, in a real bash, and what any shell is told. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Fstore, type Project } from './fstore.js'

let fstore: Fstore
let project: Project
beforeAll(async () => {
  fstore = await Fstore.compile()
  project = await fstore.directory('minimal')
  expect(await project.run(['init'])).toMatchObject({ code: 0 })
})
afterAll(() => fstore.remove())

test.each([
  [['bu'], ['build']],
  [['build', '--sel'], ['--select']],
  [['build', '--select', ''], ['user_activity']],
  [['build', '-s', 'user_activity,'], ['user_activity,user_activity']],
  [['preview', ''], ['user_activity']],
  [['preview', 'user_activity', ''], []],
  [['preview', '--at', '2024-01-01', 'u'], ['user_activity']],
  [['get', '--features', 'user_activity.sp'], ['user_activity.spent_7d']],
  [['init', '--template', 'f'], ['flights']],
  [['list', 'e'], ['entities']],
  [['no-such-command', ''], []],
])('after fstore %j', async (words, offered) => {
  const { code, stdout, stderr } = await project.run(['complete', '--', ...words])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')[0]]))).toEqual(offered)
})

test('where there is no project, names are just not offered', async () => {
  const empty = await fstore.directory('empty')
  expect(await empty.run(['complete', '--', 'preview', ''])).toEqual({ code: 0, stdout: '', stderr: '' })
})

test('in bash, by the script that it is given', async () => {
  const typed = (...words: string[]) => {
    const list = words.map((word) => `'${word}'`).join(' ')
    return `COMP_WORDS=(fstore ${list}); COMP_CWORD=${words.length}; _fstore; echo "\${COMPREPLY[@]}"`
  }
  const script = `source <(fstore completion bash)\n${typed('preview', '')}\n${typed('pl')}\n${typed('$(touch oops)', '')}`
  expect(await project.bash(script)).toEqual({ code: 0, stdout: 'user_activity\nplan\n\n', stderr: '' })
  expect((await project.bash('ls oops')).code).not.toBe(0)
})
