import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { readCache } from '../../src/config/cache.js'
import { loadProject } from '../../src/config/load.js'
import { configText, inFolder, write } from './folder.js'

const config = 'featurestore.config.ts'

/** Whether loading the folder once lets a second load take the cache, before and after `change`. */
async function hits(files: Record<string, string>, change: (root: string) => unknown): Promise<boolean[]> {
  const found: boolean[] = []
  await inFolder({ [config]: configText(), ...files }, async (root) => {
    await loadProject({ cwd: root })
    const hit = async () => found.push((await readCache(join(root, config))) !== undefined)
    await hit()
    await change(root)
    await hit()
  })
  return found
}

afterEach(() => {
  delete process.env.FSTORE_TEST_NAME
})

test('what comes from the cache is what was parsed, frozen too', () =>
  inFolder({ [config]: configText() }, async (root) => {
    const parsed = await loadProject({ cwd: root })
    const cached = await readCache(parsed.file)
    expect(cached).toEqual({ project: parsed.project, files: parsed.files })
    expect(Object.isFrozen(cached?.project.groups[0]?.features)).toBe(true)
    expect(await loadProject({ cwd: root })).toEqual({ ...parsed, functions: expect.any(Function) })
  }))

test('only its owner may read it', () =>
  inFolder({ [config]: configText() }, async (root) => {
    await loadProject({ cwd: root })
    expect((await stat(join(root, '.fstore/config.json'))).mode & 0o777).toBe(0o600)
  }))

describe('it no longer holds after', () => {
  test('an edit of the config', async () => {
    expect(await hits({}, (root) => write(root, { [config]: configText('other') }))).toEqual([true, false])
  })

  test('an edit of a module that the config imports, compiled or native', async () => {
    for (const name of ['a.ts', 'b.mjs']) {
      const files = { [config]: `import './${name}'\n${configText()}`, [name]: 'export const x = 1' }
      expect(await hits(files, (root) => write(root, { [name]: 'export const x = 2' }))).toEqual([true, false])
    }
  })

  test('another version of a package that the config imports', async () => {
    const path = 'node_modules/some-pkg/package.json'
    const files = {
      [config]: `import 'some-pkg'\n${configText()}`,
      'node_modules/some-pkg/index.js': '',
      [path]: '{"name":"some-pkg","version":"1.0.0"}',
    }
    expect(await hits(files, (root) => write(root, { [path]: '{"name":"some-pkg","version":"1.0.1"}' }))).toEqual([
      true,
      false,
    ])
  })

  test('a change of a variable that the config reads', async () => {
    const files = { [config]: configText().replace("'profile'", "process.env.FSTORE_TEST_NAME ?? 'profile'") }
    const found = await hits(files, () => {
      process.env.FSTORE_TEST_NAME = 'other'
    })
    expect(found).toEqual([true, false])
  })

  test('another version of fstore', async () => {
    const found = await hits({}, async (root) => {
      const path = join(root, '.fstore/config.json')
      await writeFile(path, (await readFile(path, 'utf8')).replace(/"version":"[^"]+"/, '"version":"0.0.0"'))
    })
    expect(found).toEqual([true, false])
  })

  test('it was cut short', async () => {
    expect(await hits({}, (root) => writeFile(join(root, '.fstore/config.json'), '{"format":1,'))).toEqual([
      true,
      false,
    ])
  })
})

test('it still holds after a variable changes that the config does not read', async () => {
  const found = await hits({}, () => {
    process.env.FSTORE_TEST_NAME = 'other'
  })
  expect(found).toEqual([true, true])
})

test.each(["import { readFileSync } from 'node:fs'", 'const { HOME } = process.env', 'const now = new Date()'])(
  'nothing is kept of a config that may differ next time: %s',
  async (line) => {
    expect(await hits({ [config]: `${line}\n${configText()}` }, () => {})).toEqual([false, false])
  },
)

test('a folder that cannot be written to is no error', () =>
  inFolder({ [config]: configText(), '.fstore': 'a file stands in the way' }, async (root) => {
    expect((await loadProject({ cwd: root })).project.name).toBe('demo')
    await chmod(join(root, '.fstore'), 0o600)
    expect((await loadProject({ cwd: root })).project.name).toBe('demo')
  }))
