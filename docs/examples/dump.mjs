// Dumps an embedded database as SQL: node dump.mjs PROJECT/.fstore/pglite dump.sql
// Run it where the fstore that made the database is installed, beside @electric-sql/pglite-tools.
import { writeFile } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { pgDump } from '@electric-sql/pglite-tools/pg_dump'

const [folder, file] = process.argv.slice(2)
const pg = await PGlite.create({ dataDir: folder, extensions: { vector } })
const dump = await pgDump({ pg, args: ['--rows-per-insert=1000'] })
// A role is the server's, not the database's, and in no dump.
await writeFile(file, `CREATE ROLE fstore_app NOLOGIN;\n${await dump.text()}`)
await pg.close()
