import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A folder of its own with the files given, by path; gone after `work`. */
export async function inFolder(files: Record<string, string>, work: (root: string) => Promise<void>): Promise<void> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'fstore-config-')))
  try {
    await write(root, files)
    await work(root)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

export async function write(root: string, files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
}

/** A sound config of one group; `name` tells one from another. */
export function configText(name = 'profile'): string {
  return `import { batch, defineConfig, entity, int64, sql } from 'featurestore'

const user = entity('user', { user_id: 'string' })
const group = batch('${name}', { entity: user, features: { age: int64() }, sql: sql\`SELECT user_id, age FROM users\` })
export default defineConfig({ project: 'demo', groups: [group] })
`
}
