// Removes folders that a build made. Run: node scripts/clean.mjs dist

import { rmSync } from 'node:fs'
import { relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

for (const folder of process.argv.slice(2)) {
  const path = resolve(root, folder)
  const inside = relative(root, path)
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`))
    throw new Error(`not inside the project: ${folder}`)
  rmSync(path, { recursive: true, force: true })
}
