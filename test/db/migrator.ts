/** A process that migrates when told to, and prints the versions it applied. */

import { once } from 'node:events'
import { migrate } from '../../src/db/migrate.js'
import { openPostgres } from '../../src/db/postgres.js'

const [, , url = '', directory = ''] = process.argv
process.stdout.write('ready\n')
await once(process.stdin, 'data')
const db = openPostgres({ url })
const { applied } = await migrate({ db, schema: 'fstore', directory })
process.stdout.write(`${applied.map(({ version }) => version).join()}\n`)
await db.close()
process.stdin.destroy()
