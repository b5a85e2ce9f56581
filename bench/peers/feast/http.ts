/** Both feature servers on Feast's own route, with the same bodies. */
import { join } from 'node:path'
import { comparisonTable } from '../comparison.js'
import { names } from '../facts.js'
import type { Given } from '../feast.js'
import { httpRows, type Route, withPeerServer } from '../http.js'

interface Answer {
  readonly metadata: { readonly feature_names: readonly string[] }
  readonly results: readonly { readonly values: readonly unknown[] }[]
}

const route: Route = {
  path: '/get-online-features',
  bodyOf: (users) => JSON.stringify({ features: names.map((name) => `facts:${name}`), entities: { user_id: users } }),
  valuesOf(answer) {
    const { metadata, results } = answer as Answer
    const named = metadata.feature_names.map((name, i) => [name, results[i]?.values] as const)
    // They may come in any order.
    return JSON.stringify(named.sort(([a], [b]) => (a < b ? -1 : 1)))
  },
}

export async function compareHttp({ bench, users, venv, folder }: Given): Promise<void> {
  // A worker would end after a thousand requests otherwise, and start anew in the middle of a run.
  const fixed = ['--no-access-log', '--workers', '1', '--max-requests', '0']
  const words = (port: number) => ['serve', '--host', '127.0.0.1', '--port', String(port), ...fixed]
  await withPeerServer({ command: join(venv.bin, 'feast'), words, cwd: folder }, async (port) => {
    const rows = await httpRows(bench, { users, ours: route, theirs: route, port })
    bench.keep(
      comparisonTable(`POST ${route.path}, users a request × connections, 10 features from Redis`, 'Feast', rows, [
        'One process each: `feast serve --no-access-log --workers 1`, and fstore’s server with its log on and nothing kept in memory.',
      ]),
    )
  })
}
