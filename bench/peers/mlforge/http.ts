/** mlforge's route for several users against fstore's. */
import { join } from 'node:path'
import { comparisonTable } from '../comparison.js'
import { names } from '../facts.js'
import { httpRows, type Route, withPeerServer } from '../http.js'
import type { Given } from '../mlforge.js'

const ours: Route = {
  path: '/v1/features',
  bodyOf: (keys) => JSON.stringify({ entity: 'user', keys, features: names.map((name) => `facts.${name}`) }),
  valuesOf(answer) {
    const { results } = answer as { results: { features: Record<string, { value: unknown }> }[] }
    return JSON.stringify(results.map(({ features }) => names.map((name) => features[`facts.${name}`]?.value)))
  },
}

const theirs: Route = {
  path: '/features/batch',
  bodyOf: (users) => JSON.stringify({ features: ['facts'], entity_keys: users.map((user_id) => ({ user_id })) }),
  valuesOf(answer) {
    const { results } = answer as { results: { features: { facts: Record<string, unknown> } }[] }
    return JSON.stringify(results.map(({ features }) => names.map((name) => features.facts[name])))
  },
}

export async function compareHttp({ bench, users, venv, folder }: Given): Promise<void> {
  const words = (port: number) => ['serve', '--target', 'definitions.py', '--port', String(port)]
  await withPeerServer({ command: join(venv.bin, 'mlforge'), words, cwd: folder }, async (port) => {
    const rows = await httpRows(bench, { users, ours, theirs, port })
    bench.keep(
      comparisonTable('HTTP, users a request × connections, 10 features from Redis', 'mlforge', rows, [
        `POST ${ours.path} and POST ${theirs.path}, one process each. mlforge tells values alone; fstore tells the status, instant and tier of each, too.`,
      ]),
    )
  })
}
