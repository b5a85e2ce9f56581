// Starts the keeper before the first test. It starts each server only when a test asks for it, and takes all of
// them down when its standard input ends: also when jest is killed.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export default async function setup() {
  const keeper = spawn(process.execPath, [fileURLToPath(new URL('./keeper.mjs', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  for await (const address of createInterface({ input: keeper.stdout })) {
    process.env.FSTORE_TEST_KEEPER = address
    break
  }
  if (!process.env.FSTORE_TEST_KEEPER) throw new Error('The keeper of the test servers did not start')
  globalThis.fstoreTestKeeper = keeper
}
