/** The pages that are made from the program are those of the program as it is. */
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { compilePackage, repository } from '../compiled.js'

test('docs/api, docs/cli, docs/errors.md and docs/json.md are up to date', async () => {
  const folder = await compilePackage()
  const env = { ...process.env, NODE_OPTIONS: '', FSTORE_DOCS_DIST: join(folder, 'dist') }
  const check = promisify(execFile)(process.execPath, [join(repository, 'scripts', 'docs.mjs'), '--check'], { env })
  const stale = await check.then(
    () => '',
    ({ stderr }: { stderr: string }) => stderr,
  )
  expect(stale).toBe('')
  await rm(folder, { recursive: true, force: true })
}, 240_000)
