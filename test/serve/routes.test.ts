/** Every route, over HTTP, as a client meets it. */
import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import type { ServerOptions } from '../../src/serve/index.js'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'
import { givenProject } from '../servers/redis-project.js'
import { server as shared } from '../servers/server.js'
import { ask } from './ask.js'
import { type Served, serveDrivers } from './drivers.js'

const exchanges = JSON.parse(
  readFileSync(fileURLToPath(new URL('./feast-exchanges.json', import.meta.url)), 'utf8'),
) as readonly { name: string; request: object; response: object }[]

const limits: ServerOptions = { bodyLimit: 10_000, maxKeys: 50, maxValues: 200, version: '1.2.3' }

describe.each(['pglite', 'postgres with redis'])('on %s', (kind) => {
  const project = givenProject('redis')
  let own: OwnDatabase | undefined
  let served: Served

  beforeAll(async () => {
    if (kind !== 'pglite') own = await createDatabase()
    const where = own === undefined ? {} : { project, database: own.ownerUrl, redis: (await shared('redis')).url }
    served = await serveDrivers(where, limits)
  }, 120_000)
  afterAll(async () => {
    await served?.close()
    await own?.drop()
  })

  const post = (path: string, body: unknown, headers?: Record<string, string>) =>
    ask(`${served.url}${path}`, body, headers)
  const get = (path: string, headers?: Record<string, string>) => ask(`${served.url}${path}`, undefined, headers)

  test('features come by name, in the order of the keys', async () => {
    const keys = [{ driver_id: 1002 }, '1001', 1004]
    const features = ['driver_hourly_stats.conv_rate', 'odometer', 'last_seen', 'badges', 'position:city']
    const { status, body } = await post('/v1/features', { entity: 'driver', keys, features, maxAge: '1d' })
    expect(status).toBe(200)
    expect(body).toMatchObject({ entity: 'driver', latencyMs: expect.any(Number), metadata: { skipped: [] } })
    expect(body.results.map((one: any) => one.key)).toEqual(keys)
    const [second, first, none] = body.results.map(({ features }: any) =>
      Object.fromEntries(Object.entries(features).map(([name, one]: any) => [name, [one.value, one.status]])),
    )
    expect(second).toMatchObject({ 'driver_hourly_stats.conv_rate': ['NaN', 'PRESENT'] })
    expect(first).toEqual({
      'driver_hourly_stats.conv_rate': [0.5, 'PRESENT'],
      'driver_hourly_stats.odometer': ['9007199254740993', 'PRESENT'],
      'driver_hourly_stats.last_seen': ['2021-12-31T22:59:59.250Z', 'PRESENT'],
      'driver_hourly_stats.badges': [['fast', 'kind'], 'PRESENT'],
      'position.city': [null, 'EXPIRED'],
    })
    expect(none['position.city']).toEqual([null, 'NOT_FOUND'])
    const again = await post('/v1/features', { entity: 'driver', keys: [1001], features: ['odometer'] })
    expect(again.body.results[0].features['driver_hourly_stats.odometer']).toMatchObject({
      eventTimestamp: '2021-12-31T23:00:00Z',
      source: expect.stringMatching(/^(memory|redis|latest)$/),
    })
  })

  test('vectors come as lists, in the order of the service', async () => {
    const keys = [
      { driver_id: 1003, user_id: 'u1' },
      { driver_id: 1001, user_id: 'u2' },
    ]
    const { body } = await post('/v1/vectors', { service: 'driver_activity', keys })
    expect(body.features).toEqual([
      'driver_hourly_stats.conv_rate',
      'driver_hourly_stats.avg_daily_trips',
      'profile.age',
    ])
    expect(body.results.map(({ keys, values, statuses }: any) => ({ keys, values, statuses }))).toEqual([
      { keys: keys[0], values: [null, 0, 41], statuses: ['NULL_VALUE', 'PRESENT', 'PRESENT'] },
      { keys: keys[1], values: [0.5, 308, null], statuses: ['PRESENT', 'PRESENT', 'NOT_FOUND'] },
    ])
  })

  test.each(exchanges)('Feast: $name', async ({ request, response }) => {
    // Clients of Feast name no type, or curl's own.
    for (const type of ['application/json', 'application/x-www-form-urlencoded', '']) {
      const answer = await post('/get-online-features', request, { 'content-type': type })
      expect(answer).toMatchObject({ status: 200, body: response })
      expect(answer.body).toEqual(response)
    }
  })

  test('Feast: an integer of any length is a number', async () => {
    const request = { features: ['driver_hourly_stats:odometer'], entities: { driver_id: [1001] } }
    const response = await fetch(`${served.url}/get-online-features`, { method: 'POST', body: JSON.stringify(request) })
    expect(await response.text()).toContain('{"values":[9007199254740993],')
  })

  test('on-demand features are computed with what the request brings', async () => {
    const features = ['conv_rate_plus_val']
    const asked = { entity: 'driver', keys: [1001], features, request: { val_to_add: 2 } }
    const { body } = await post('/v1/features', asked)
    expect(body.results[0].features['transformed_conv_rate.conv_rate_plus_val']).toMatchObject({
      value: 2.5,
      source: 'on_demand',
    })
    expect(await post('/v1/features', { ...asked, request: {} })).toMatchObject({ status: 400 })
    const ofFeast = {
      features: ['transformed_conv_rate:conv_rate_plus_val'],
      entities: { driver_id: [1001, 1003, 1001], val_to_add: [1000, 0, 2000] },
    }
    const { results } = (await post('/get-online-features', ofFeast)).body
    expect(results[1].values).toEqual([1000.5, 0, 2000.5])
  })

  test('events are applied once, and one that cannot be is told, and holds up no other', async () => {
    const event = (id: string, payload: object) => ({ id, type: 'rated', timestamp: '2026-01-01T00:00:00Z', payload })
    const first = event('e1', { user_id: 'u1', stars: 5 })
    const events = [first, event('e2', { user_id: 'u1', stars: 6 }), event('e3', { user_id: 'u1', stars: 1 }), first, 7]
    const { status, body } = await post('/v1/events', { events })
    expect(status).toBe(200)
    expect(body).toMatchObject({ applied: 2, duplicates: 1, online: kind === 'pglite' ? 'latest' : 'redis' })
    expect(body.rejected.map((one: any) => one.event)).toEqual([1, 4])
    expect((await post('/v1/events', { events: [first] })).body).toMatchObject({ applied: 0, duplicates: 1 })
    const read = await post('/v1/features', { entity: 'user', keys: ['u1'], features: ['ratings.given'] })
    expect(read.body.results[0].features['ratings.given']).toMatchObject({ value: 2, status: 'PRESENT' })
  })

  test('the catalogue tells what can be asked for', async () => {
    const { body } = await get('/v1/catalog')
    expect(body.entities).toEqual([
      { name: 'driver', keys: [{ name: 'driver_id', type: 'int64' }] },
      { name: 'user', keys: [{ name: 'user_id', type: 'string' }] },
    ])
    expect(body.groups.map(({ name, version, ttl }: any) => [name, version, ttl])).toEqual([
      ['driver_hourly_stats', 1, undefined],
      ['position', 1, '1h'],
      ['profile', 1, undefined],
      ['ratings', 1, undefined],
      ['transformed_conv_rate', undefined, undefined],
    ])
    expect(body.services).toMatchObject([{ name: 'driver_activity', features: expect.any(Array) }])
  })

  test('materialize builds what is due, one run at a time', async () => {
    const answers = await Promise.all([post('/v1/materialize', {}), post('/v1/materialize', {})])
    const byStatus = answers.sort((a, b) => a.status - b.status)
    expect(byStatus.map(({ status }) => status)).toEqual([200, 409])
    expect(byStatus[0]?.body).toMatchObject({ status: 'done', results: [{ tenant: 'default', upToDate: true }] })
    expect(byStatus[1]?.body.error.code).toBe('BUSY')
    expect(await post('/v1/materialize', { groups: ['nothing'] })).toMatchObject({ status: 404 })
    // A page of another site can have a browser GET.
    expect(await get('/v1/materialize')).toMatchObject({ status: 403 })
    await served.store.suspendTenant('default')
    try {
      expect((await post('/v1/materialize', {})).body).toEqual({ status: 'done', results: [] })
      expect(await post('/v1/features', { entity: 'user', keys: ['u1'] })).toMatchObject({
        status: 403,
        body: { error: { code: 'TENANT_SUSPENDED' } },
      })
    } finally {
      await served.store.addTenant({ tenant: 'default' })
      await post('/v1/materialize', {})
    }
  })

  test('its state is told to probes, and its work to Prometheus', async () => {
    expect(await get('/health')).toMatchObject({ status: 200, body: { status: 'alive' } })
    const redis = kind === 'pglite' ? 'none' : 'ready'
    expect((await get('/ready')).body).toEqual({ ready: true, stopping: false, database: 'ready', redis })
    const { body, headers } = await get('/metrics')
    expect(headers.get('content-type')).toMatch(/^text\/plain; version=/)
    const lines = (body as string).split('\n')
    expect(lines).toContainEqual(
      expect.stringMatching(/^fstore_http_requests_total\{route="\/v1\/features",method="POST",status="200"\} \d/),
    )
    expect(lines).toContainEqual(expect.stringMatching(/^fstore_values_total\{source="none",status="NOT_FOUND"\} \d/))
    expect(lines).toContainEqual('fstore_backend_ready{backend="database"} 1')
    expect(lines).toContainEqual('fstore_http_requests_in_flight 1')
  })

  const refused: readonly [string, number, string, () => Promise<{ status: number; body: any }>][] = [
    ['no such route', 404, 'ROUTE_UNKNOWN', () => get('/v1/nothing')],
    ['another method', 405, 'METHOD_NOT_ALLOWED', () => get('/v1/features')],
    ['a body that is no JSON', 400, 'BODY_INVALID', () => post('/v1/features', '{"entity":')],
    ['an empty body', 400, 'BODY_INVALID', () => post('/v1/features', '')],
    ['a body of another type', 415, 'CONTENT_TYPE', () => post('/v1/features', '{}', { 'content-type': 'text/plain' })],
    ['a compressed body', 415, 'CONTENT_TYPE', () => post('/v1/features', 'x', { 'content-encoding': 'gzip' })],
    ['a list', 400, 'BODY_INVALID', () => post('/v1/features', [])],
    ['a word too many', 400, 'BODY_INVALID', () => post('/v1/features', { entity: 'user', keys: ['u1'], featurs: [] })],
    ['no keys', 400, 'BODY_INVALID', () => post('/v1/features', { entity: 'user', keys: [] })],
    ['too many keys', 400, 'BODY_INVALID', () => post('/v1/features', { entity: 'user', keys: Array(51).fill('u1') })],
    [
      'too many values',
      413,
      'BODY_TOO_LARGE',
      () => post('/v1/features', { entity: 'driver', keys: Array(50).fill(1) }),
    ],
    ['too long a body', 413, 'BODY_TOO_LARGE', () => post('/v1/features', ' '.repeat(10_001))],
    ['no such entity', 404, 'NAME_UNKNOWN', () => post('/v1/features', { entity: 'usr', keys: ['u1'] })],
    [
      'no such feature',
      404,
      'NAME_UNKNOWN',
      () => post('/v1/features', { entity: 'user', keys: ['u1'], features: ['x'] }),
    ],
    ['a wrong key', 400, 'KEY_INVALID', () => post('/v1/features', { entity: 'driver', keys: ['SFO'] })],
    [
      'a key lost in a number',
      400,
      'KEY_INVALID',
      () => post('/v1/features', '{"entity":"driver","keys":[9007199254740993]}'),
    ],
    ['a wrong age', 400, 'BODY_INVALID', () => post('/v1/features', { entity: 'user', keys: ['u1'], maxAge: 'old' })],
    ['no such service', 404, 'NAME_UNKNOWN', () => post('/v1/vectors', { service: 'x', keys: [{}] })],
    [
      'a join key missing',
      400,
      'KEY_INVALID',
      () => post('/v1/vectors', { service: 'driver_activity', keys: [{ driver_id: 1 }] }),
    ],
    [
      'Feast: nothing asked for',
      400,
      'BODY_INVALID',
      () => post('/get-online-features', { entities: { user_id: ['u1'] } }),
    ],
    [
      'Feast: no entities',
      400,
      'BODY_INVALID',
      () => post('/get-online-features', { features: ['profile:age'], entities: {} }),
    ],
    [
      'Feast: another join key',
      400,
      'BODY_INVALID',
      () => post('/get-online-features', { features: ['profile:age'], entities: { driver_id: [1] } }),
    ],
    [
      'Feast: lists of two lengths',
      400,
      'BODY_INVALID',
      () => post('/get-online-features', { features: ['profile:age'], entities: { user_id: ['u1'], x: [] } }),
    ],
    [
      'Feast: one name twice',
      400,
      'NAME_COLLISION',
      () =>
        post('/get-online-features', {
          features: ['profile:acc_rate', 'driver_hourly_stats:acc_rate'],
          entities: { user_id: ['u1'], driver_id: [1] },
        }),
    ],
    [
      'a tenant that is not',
      404,
      'TENANT_UNKNOWN',
      () => post('/v1/features', { entity: 'user', keys: ['u1'] }, { 'x-fstore-tenant': 'acme' }),
    ],
    ['a tenant that cannot be', 400, 'BODY_INVALID', () => get('/v1/catalog', { 'x-fstore-tenant': '%' })],
    ['another name of this machine', 403, 'FORBIDDEN', () => asHost('rebound.example')],
  ]
  test.each(refused)('%s is refused with %i %s', async (_, status, code, asked) => {
    const answer = await asked()
    expect(answer).toMatchObject({ status, body: { error: { code, message: expect.any(String) } } })
    expect(JSON.stringify(answer.body)).not.toMatch(/\.(ts|js):\d|node_modules|postgres:\/\//)
  })

  /** `fetch` sets the header itself. */
  const asHost = (host: string) =>
    new Promise<{ status: number; body: any }>((resolve, reject) => {
      const sent = httpRequest(`${served.url}/v1/catalog`, { headers: { host } }, async (response) => {
        const chunks = await response.toArray()
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) })
      })
      sent.on('error', reject).end()
    })

  test('what comes in pieces, or is no HTTP, ends in an answer too', async () => {
    const { hostname, port } = new URL(served.url)
    const raw = (text: string) =>
      new Promise<string>((resolve, reject) => {
        let heard = ''
        const socket = connect(Number(port), hostname, () => socket.write(text))
        socket
          .on('data', (chunk) => (heard += chunk))
          .on('close', () => resolve(heard))
          .on('error', reject)
      })
    const head = 'POST /v1/features HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
    const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n${`400\r\n${' '.repeat(1024)}\r\n`.repeat(11)}`
    expect(await raw(chunked)).toMatch(/^HTTP\/1.1 413 [\s\S]*Connection: close[\s\S]*BODY_TOO_LARGE/)
    expect(await raw('\x16\x03\x01 hello\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /)
    expect(await raw(`${head}X: ${'x'.repeat(17_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /)
    expect(await get('/health')).toMatchObject({ status: 200 })
  })

  test('the document names every route, and its schemas are those of the answers', async () => {
    const { body } = await get('/openapi.json')
    expect(body).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } })
    const named = Object.entries(body.paths).flatMap(([path, one]) =>
      Object.keys(one as object).map((m) => `${m} ${path}`),
    )
    expect(named.sort()).toEqual([
      'get /health',
      'get /metrics',
      'get /openapi.json',
      'get /ready',
      'get /v1/catalog',
      'get /v1/materialize',
      'post /get-online-features',
      'post /v1/events',
      'post /v1/features',
      'post /v1/materialize',
      'post /v1/vectors',
    ])
    const references = JSON.stringify(body).match(/#\/components\/\w+\/\w+/g) ?? []
    for (const reference of new Set(references)) {
      const [, , kind, name] = reference.split('/') as [string, string, string, string]
      expect(body.components[kind]).toHaveProperty(name)
    }
    const ids = Object.values(body.paths).flatMap((one) =>
      Object.values(one as object).map((operation) => operation.operationId),
    )
    expect(new Set(ids).size).toBe(named.length)
    expect(body.paths['/v1/features'].post.requestBody.content['application/json'].schema).toMatchObject({
      type: 'object',
      required: ['entity', 'keys'],
      additionalProperties: false,
      properties: { keys: { type: 'array', maxItems: 50 } },
    })
    const asked = { entity: 'driver', keys: [1001], features: ['conv_rate'] }
    const examples: Record<string, unknown> = {
      '/v1/features': asked,
      '/v1/vectors': { service: 'driver_activity', keys: [{ driver_id: 1003, user_id: 'u1' }] },
      '/get-online-features': exchanges[0]?.request,
      '/v1/events': { events: [{ id: 'e1', type: 'rated', timestamp: '2026-01-01T00:00:00Z', payload: {} }] },
      '/v1/materialize': {},
      '/v1/catalog': undefined,
      '/ready': undefined,
    }
    for (const [path, example] of Object.entries(examples)) {
      const { responses, requestBody } = body.paths[path][example === undefined ? 'get' : 'post']
      const fits = (content: any, value: unknown) =>
        z.fromJSONSchema(content['application/json'].schema).safeParse(value)
      expect([path, fits(responses['200'].content, (await ask(`${served.url}${path}`, example)).body).error]).toEqual([
        path,
        undefined,
      ])
      if (example !== undefined) expect(fits(requestBody.content, example).error).toBeUndefined()
    }
    expect(z.fromJSONSchema(body.components.schemas.Error).parse((await get('/nothing')).body)).toBeDefined()
  })

  test('HEAD is answered without a body, and a request id is kept', async () => {
    const response = await fetch(`${served.url}/health`, { method: 'HEAD', headers: { 'x-request-id': 'mine-1' } })
    expect([response.status, await response.text(), response.headers.get('x-request-id')]).toEqual([200, '', 'mine-1'])
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  })
})
