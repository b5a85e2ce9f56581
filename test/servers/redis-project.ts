/** A name of its own for the project of a test file, so that files that share a Redis never meet. */

import { randomBytes } from 'node:crypto'
import { afterAll } from '@jest/globals'
import { Redis } from 'ioredis'
import { server } from './server.js'

/** @param kinds the shared servers that it writes to; its keys there are deleted after the file's last test */
export function givenProject(...kinds: readonly ('redis' | 'redis-cluster')[]): string {
  const project = `test_${randomBytes(6).toString('hex')}`
  afterAll(async () => {
    for (const kind of kinds) for (const { url } of (await server(kind)).nodes) await deleteKeys(url, project)
  })
  return project
}

async function deleteKeys(url: string, project: string): Promise<void> {
  const client = new Redis(url)
  try {
    for await (const keys of client.scanStream({ match: `fs:{${project}[:}]*`, count: 1000 }))
      for (const key of keys as string[]) await client.unlink(key)
  } finally {
    client.disconnect()
  }
}
