/** Files that are there whole, or not at all. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type OutputFile, writeWhole } from '../../src/training/output-file.js'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fstore-output-'))
  path = join(folder, 'out.csv')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const text = async (file: OutputFile) => {
  for (const piece of ['a', 'b\n', '']) await file.write(Buffer.from(piece))
  return { rows: 1 }
}

test('what was written, with its length and checksum', async () => {
  expect(await writeWhole(path, text)).toEqual({
    rows: 1,
    bytes: 3,
    checksum: 'a63d8014dba891345b30174df2b2a57efbb65b4f9f09b98f245d1b3192277ece',
  })
  expect(await readFile(path, 'utf8')).toBe('ab\n')
  expect(await readdir(folder)).toEqual(['out.csv'])
})

test('nothing has the name before all is written, and then the old file goes', async () => {
  await writeFile(path, 'old')
  await writeWhole(path, async (file) => {
    await text(file)
    expect(await readFile(path, 'utf8')).toBe('old')
    return {}
  })
  expect(await readFile(path, 'utf8')).toBe('ab\n')
})

test.each([true, false])('what fails leaves what was there (%s)', async (there) => {
  if (there) await writeFile(path, 'old')
  const failing = writeWhole(path, async (file) => {
    await text(file)
    throw new Error('Half way')
  })
  await expect(failing).rejects.toThrow('Half way')
  expect(await readdir(folder)).toEqual(there ? ['out.csv'] : [])
  if (there) expect(await readFile(path, 'utf8')).toBe('old')
})

test('two at once do not meet', async () => {
  await Promise.all([writeWhole(path, text), writeWhole(path, text)])
  expect(await readFile(path, 'utf8')).toBe('ab\n')
  expect(await readdir(folder)).toEqual(['out.csv'])
})

test('a link stays one, to a file that is there or not', async () => {
  const link = join(folder, 'link.csv')
  await symlink('out.csv', link)
  await writeFile(path, 'old')
  await writeWhole(link, text)
  expect(await readFile(path, 'utf8')).toBe('ab\n')
  expect(await readdir(folder)).toEqual(['link.csv', 'out.csv'])
})

test('no such folder, a folder, no right', async () => {
  const refused = (to: string) => expect(writeWhole(to, text)).rejects
  await refused(join(folder, 'nowhere', 'out.csv')).toMatchObject({
    code: 'OUTPUT_FAILED',
    why: 'There is no such folder.',
  })
  await mkdir(path)
  await refused(path).toMatchObject({ code: 'OUTPUT_FAILED', why: 'It is a folder.' })
  if (process.getuid?.() === 0) return
  await chmod(folder, 0o500)
  await refused(join(folder, 'other.csv')).toMatchObject({ code: 'OUTPUT_FAILED' })
})

test('a device is written to, and stays one', async () => {
  await writeWhole('/dev/null', text)
  const full = await stat('/dev/full').catch(() => undefined)
  if (full !== undefined)
    await expect(writeWhole('/dev/full', text)).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      why: 'There is no space left.',
    })
  for (const device of ['/dev/null', ...(full === undefined ? [] : ['/dev/full'])])
    expect((await stat(device)).isCharacterDevice()).toBe(true)
  expect((await readdir('/dev')).filter((name) => name.includes('partial'))).toEqual([])
})
