/** A process that opens an embedded database and keeps it until its standard input ends. */

import { once } from 'node:events'
import { openPGlite } from '../../src/db/pglite.js'

const [, , directory = '', cacheDirectory = ''] = process.argv
const db = openPGlite({ directory, cacheDirectory })
try {
  await db.query({ role: 'owner' }, 'CREATE TABLE IF NOT EXISTS kept (n int)')
  await db.query({ role: 'owner' }, 'INSERT INTO kept VALUES (1)')
  process.stdout.write('open\n')
  process.stdin.resume()
  await once(process.stdin, 'end')
  await db.close()
} catch (error) {
  process.stdout.write(`${(error as { code: string }).code}\n`)
  process.stdin.destroy()
}
