/** A process that reads a key and prints its value, or the code of what went wrong and why. */

import { openRedis } from '../../src/db/redis.js'
import type { FstoreError } from '../../src/errors.js'

const [, , url = '', key = ''] = process.argv
const redis = openRedis({ url })
try {
  process.stdout.write(String(await redis.command('get', key)))
} catch (error) {
  const { code, why } = error as FstoreError
  process.stdout.write(`${code}: ${why}`)
} finally {
  await redis.close()
}
