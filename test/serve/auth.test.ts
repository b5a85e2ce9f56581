/** Who may do what, with which token, for which tenant. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { isLoopback } from '../../src/serve/host.js'
import { createServer, parseTokens, type Token } from '../../src/serve/index.js'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'
import { givenProject } from '../servers/redis-project.js'
import { server as shared } from '../servers/server.js'
import { ask } from './ask.js'
import { type Served, serveDrivers } from './drivers.js'

const secret = (name: string) => `${name}-${'x'.repeat(20)}`
const tokens: readonly Token[] = [
  { name: 'all', token: secret('all'), scopes: ['read', 'write', 'admin'] },
  { name: 'reader', sha256: createHash('sha256').update(secret('reader')).digest('hex') },
  { name: 'acme', token: secret('acme'), tenant: 'acme', scopes: ['read', 'admin'] },
  { name: 'writer', token: secret('writer'), tenant: 'acme', scopes: ['write'] },
]
const tenants = ['default', 'acme', 'o’hare; --%']

describe('with tokens, on PostgreSQL and Redis', () => {
  const project = givenProject('redis')
  let own: OwnDatabase
  let served: Served

  beforeAll(async () => {
    own = await createDatabase()
    const where = { project, database: own.ownerUrl, redis: (await shared('redis')).url }
    served = await serveDrivers(where, { tokens, tenants, maxTenants: 1 })
  }, 120_000)
  afterAll(async () => {
    await served?.close()
    await own?.drop()
  })

  const bodies: Readonly<Record<string, unknown>> = {
    '/v1/features': { entity: 'driver', keys: [1001], features: ['tenant'] },
    '/v1/vectors': { service: 'driver_activity', keys: [{ driver_id: 1001, user_id: 'u1' }] },
    '/get-online-features': { features: ['driver_hourly_stats:tenant'], entities: { driver_id: [1001] } },
    '/v1/events': { events: [{}] },
    '/v1/materialize': {},
  }
  const as = (name: string | undefined, path: string, tenant?: string) =>
    ask(`${served.url}${path}`, bodies[path], {
      ...(name !== undefined && { authorization: `Bearer ${secret(name)}` }),
      ...(tenant !== undefined && { 'x-fstore-tenant': encodeURIComponent(tenant) }),
    })

  test.each([
    // What: nobody, an unknown token, and each of those above.
    ['/v1/features', 401, 401, 200, 200, 200, 403],
    ['/v1/vectors', 401, 401, 200, 200, 200, 403],
    ['/get-online-features', 401, 401, 200, 200, 200, 403],
    ['/v1/catalog', 401, 401, 200, 200, 200, 403],
    ['/v1/events', 401, 401, 200, 403, 403, 200],
    ['/v1/materialize', 401, 401, 200, 403, 200, 403],
    ['/metrics', 401, 401, 200, 200, 403, 403],
    ['/health', 200, 200, 200, 200, 200, 200],
    ['/ready', 200, 200, 200, 200, 200, 200],
    ['/openapi.json', 200, 200, 200, 200, 200, 200],
  ])('%s', async (path, ...expected) => {
    const statuses = []
    for (const name of [undefined, 'unknown', 'all', 'reader', 'acme', 'writer'])
      statuses.push((await as(name, path)).status)
    expect(statuses).toEqual(expected)
  })

  test.each(['', 'Basic YTpi', 'Bearer', 'Bearer  ', `bearer ${secret('all')}x`, secret('all')])(
    'the header "%s" opens nothing',
    async (authorization) => {
      const { status, headers } = await ask(`${served.url}/v1/catalog`, undefined, { authorization })
      expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    },
  )

  const tenantRead = async (name: string, tenant?: string) => {
    const { status, body } = await as(name, '/v1/features', tenant)
    return status === 200 ? body.results[0].features['driver_hourly_stats.tenant'].value : [status, body.error.code]
  }

  test('each tenant reads its own values, whatever store was open before', async () => {
    const asked = Array.from({ length: 30 }, (_, i) => tenants[i % tenants.length] as string)
    expect(await Promise.all(asked.map((tenant) => tenantRead('all', tenant)))).toEqual(asked)
    expect(await tenantRead('all')).toBe('default')
    expect(await tenantRead('acme')).toBe('acme')
    expect(await tenantRead('acme', 'acme')).toBe('acme')
    const { body } = await as('all', '/metrics')
    expect(body).toContain('\nfstore_tenant_stores 1\n')
  })

  test('a token for one tenant opens no other, and none is made by being asked for', async () => {
    expect(await tenantRead('acme', 'default')).toEqual([403, 'FORBIDDEN'])
    expect(await tenantRead('all', 'nobody')).toEqual([404, 'TENANT_UNKNOWN'])
    expect((await as('all', '/v1/features', 'acm')).body.error.fix).toMatch(/^Did you mean "acme"\? .* adds it\.$/)
    const bearer = { authorization: `Bearer ${secret('acme')}` }
    const foreign = await ask(`${served.url}/v1/materialize`, { tenants: ['default'] }, bearer)
    expect(foreign).toMatchObject({ status: 403 })
    await as('all', '/v1/events', 'nobody')
    expect((await served.store.tenants()).map(({ tenant }) => tenant)).toEqual([...tenants].sort())
  })

  test('a run is over the tenants that the token opens', async () => {
    const of = (answer: { body: any }) => answer.body.results.map(({ tenant }: { tenant: string }) => tenant)
    expect(of(await as('all', '/v1/materialize'))).toEqual([...tenants].sort())
    expect(of(await as('acme', '/v1/materialize'))).toEqual(['acme'])
    expect(of(await as('all', '/v1/materialize', 'default'))).toEqual(['default'])
    const byGet = await ask(`${served.url}/v1/materialize`, undefined, { authorization: `Bearer ${secret('acme')}` })
    expect(of(byGet)).toEqual(['acme'])
  })
})

test('a server that wants no token listens on this machine only', async () => {
  const store = {} as Parameters<typeof createServer>[0]
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.com'])
    await expect(createServer(store).listen({ host, port: 0 })).rejects.toMatchObject({ code: 'USAGE' })
  const names = ['localhost', '127.0.0.1', '127.9.9.9', '::1', '127.0.0.1.example.com', '10.0.0.1', '']
  expect(names.filter(isLoopback)).toEqual(['localhost', '127.0.0.1', '127.9.9.9', '::1'])
})

test.each([
  ['no JSON', '{', []],
  ['no list', '{}', ['tokens']],
  ['neither', '[{"name":"a"}]', ['0']],
  ['both', `[{"name":"a","token":"${'x'.repeat(16)}","sha256":"${'0'.repeat(64)}"}]`, ['0']],
  ['a short one', '[{"name":"a","token":"short"}]', ['0.token']],
  ['a scope that is none', `[{"name":"a","token":"${'x'.repeat(16)}","scopes":["all"]}]`, ['0.scopes.0']],
])('a list of tokens with %s is refused, and says where', (_, text, paths) => {
  const parse = () => parseTokens(text, 'tokens')
  expect(parse).toThrow(expect.objectContaining({ code: 'TOKENS_INVALID' }))
  try {
    parse()
  } catch (error) {
    expect((error as { problems: { path: string }[] }).problems.map(({ path }) => path)).toEqual(paths)
  }
})
