import { expect, test } from '@jest/globals'
import pg from 'pg'
import { openDatabase } from '../../src/db/open.js'

test('a URL or a pool means a server, neither the embedded database; none is touched yet', async () => {
  const directory = '/nowhere/at/all'
  const pool = new pg.Pool({ host: '127.0.0.1', port: 1 })
  expect(openDatabase({ directory }).kind).toBe('pglite')
  expect(openDatabase({ directory, url: '' }).kind).toBe('pglite')
  expect(openDatabase({ directory, url: 'postgres://127.0.0.1:1/db' }).kind).toBe('postgres')
  expect(openDatabase({ directory, pool }).kind).toBe('postgres')
  expect(pool.totalCount).toBe(0)
  await pool.end()
})
