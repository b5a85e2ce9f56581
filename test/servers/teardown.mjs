import { once } from 'node:events'

export default async function teardown() {
  const keeper = globalThis.fstoreTestKeeper
  if (keeper === undefined || keeper.exitCode !== null) return
  keeper.stdin.end()
  await once(keeper, 'exit')
}
