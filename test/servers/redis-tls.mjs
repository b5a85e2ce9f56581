// A real Redis that speaks only TLS, with a certificate made on the spot.

import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findOrInstall } from './binary.mjs'
import { ownFolder, run } from './child.mjs'
import { describeRedis, startNode } from './redis.mjs'

/** Resolves to { url, ca, nodes, description, stop }; `ca` is the file of the one certificate it can be trusted by. */
export async function startRedisTls({ args = [] } = {}) {
  const folder = ownFolder('redis')
  const key = join(folder, 'key.pem')
  const ca = join(folder, 'certificate.pem')
  const { command, env } = await findOrInstall({ names: ['openssl'], packages: ['openssl'] })
  await run(
    command,
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-keyout', key, '-out', ca, '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
    ],
    { env: { ...process.env, ...env } },
  )
  for (const file of [key, ca, folder]) chmodSync(file, file === folder ? 0o755 : 0o644)
  const files = ['--tls-cert-file', ca, '--tls-key-file', key, '--tls-ca-cert-file', ca, '--tls-auth-clients', 'no']
  const node = await startNode({ args: [...files, ...args], folder, tls: { ca: readFileSync(ca) } })
  return { url: node.url, ca, nodes: [node], description: `${await describeRedis()}, by TLS`, stop: node.stop }
}
