import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { Cluster, Redis as Single } from 'ioredis'
import { openRedis, type Redis, type RedisScript } from '../../src/db/redis.js'
import { FstoreError } from '../../src/errors.js'
import { compileScript } from '../compiled.js'
import { type OwnRedis, type OwnServer, startOwn, startOwnRedis } from '../servers/own.js'
import { givenProject } from '../servers/redis-project.js'
import { server } from '../servers/server.js'

const project = givenProject('redis', 'redis-cluster')
const name = (rest: string) => `fs:{${project}:${rest}}`
const opened: Redis[] = []
const unhandled: unknown[] = []
const onUnhandled = (reason: unknown) => unhandled.push(reason)

beforeAll(() => void process.on('unhandledRejection', onUnhandled))
afterEach(async () => {
  await Promise.all(opened.splice(0).map((redis) => redis.close()))
  await sleep(0)
  expect(unhandled.splice(0)).toEqual([])
})
afterAll(() => void process.off('unhandledRejection', onUnhandled))

function open(options: Parameters<typeof openRedis>[0]): Redis {
  const redis = openRedis(options)
  opened.push(redis)
  return redis
}

async function failure(work: Promise<unknown>): Promise<FstoreError> {
  try {
    await work
  } catch (error) {
    expect(error).toBeInstanceOf(FstoreError)
    expect(`${(error as Error).stack} ${JSON.stringify(error)} ${(error as Error).cause}`).not.toContain('hunter2')
    return error as FstoreError
  }
  throw new Error('It did not fail')
}

/** Again and again until it works. */
async function eventually<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const result = await work().then(
      (value) => ({ value }),
      () => undefined,
    )
    if (result) return result.value
    await sleep(100)
  }
  return work()
}

const lua = `for i, key in ipairs(KEYS) do redis.call('SET', key, ARGV[i]) end return #KEYS`
const setAll: RedisScript = { lua, sha: createHash('sha1').update(lua).digest('hex') }

test('a database that the server has not got is refused, and nothing is written to another', async () => {
  const url = new URL((await server('redis')).url)
  const key = name('elsewhere')
  for (const db of [999, 1]) {
    url.pathname = `/${db}`
    const redis = open({ url: url.href })
    for (let time = 0; time < 2; time++) {
      const sent = redis.send([['set', key, '1']])
      if (db === 1) expect(await sent).toEqual(['OK'])
      else
        expect(await failure(sent)).toMatchObject({ code: 'REDIS_REFUSED', fix: expect.stringContaining('databases') })
    }
    if (db === 1) await redis.send([['del', key]])
  }
  url.pathname = '/0'
  expect(await open({ url: url.href }).send([['exists', key]])).toEqual([0])
})

describe.each([
  ['a server', async () => ({ url: (await server('redis')).url })],
  ['a cluster', async () => ({ url: (await server('redis-cluster')).url })],
  ['a cluster, by one of its nodes', async () => ({ url: (await server('redis-cluster')).url.replace(/,.*/, '') })],
] as const)('%s', (_, reach) => {
  let redis: Redis
  const own = (rest: string) => `${name(rest)}:${opened.length}`
  beforeAll(async () => {
    redis = openRedis(await reach())
    await redis.script(setAll, [name('scanned*[a]')], ['1'])
  })
  afterAll(() => redis.close())

  test('a scan as the first of all finds every key that begins so, and no other', async () => {
    const keys = Array.from({ length: 300 }, (_, i) => `${name(`scanned*[${i}`)}:x`)
    await redis.send([...keys, `${name('scanned+[a')}:x`].map((key) => ['set', key, 'v']))
    const found: string[] = []
    for await (const some of open(await reach()).scan(`fs:{${project}:scanned*[`)) found.push(...some)
    expect(new Set(found)).toEqual(new Set([...keys, name('scanned*[a]')]))
    expect(await redis.unlink(keys)).toBe(300)
    expect(await redis.unlink(keys)).toBe(0)
  })

  test('replies come in the order of the commands', async () => {
    const keys = Array.from({ length: 100 }, (_, i) => own(`ordered${i}`))
    expect(await redis.send(keys.map((key, i) => ['SET', key, i]))).toEqual(keys.map(() => 'OK'))
    expect(await redis.send(keys.map((key) => ['GET', key]))).toEqual(keys.map((_, i) => String(i)))
    expect(await redis.command('get', keys[7] as string)).toBe('7')
    expect(await redis.send([])).toEqual([])
  })

  test('keys are grouped so that one command may name those of a group', async () => {
    const keys = Array.from({ length: 60 }, (_, i) => `${name(`grouped${i % 20}`)}:${i}`)
    const groups = await redis.together(keys)
    expect(groups.flat().sort((a, b) => a - b)).toEqual(keys.map((_, i) => i))
    const written = await Promise.all(
      groups.map((group) =>
        redis.script(
          setAll,
          group.map((i) => keys[i] as string),
          group,
        ),
      ),
    )
    expect(written).toEqual(groups.map(({ length }) => length))
    const found = await redis.send(groups.map((group) => ['mget', ...group.map((i) => keys[i] as string)]))
    expect(found).toEqual(groups.map((group) => group.map(String)))
    expect(await redis.together([])).toEqual(groups.length === 1 ? [[]] : [])
  })

  test('a script runs where it was never loaded', async () => {
    const other = { lua: `return KEYS[1] .. ARGV[1] .. '${project}'`, sha: '' }
    const script = { ...other, sha: createHash('sha1').update(other.lua).digest('hex') }
    const key = own('scripted')
    for (let again = 0; again < 2; again++) expect(await redis.script(script, [key], ['!'])).toBe(`${key}!${project}`)
  })

  test('a subscriber hears what is published, also after its connection broke', async () => {
    const listening = open(await reach())
    const channel = own('channel')
    const heard: string[] = []
    let gaps = 0
    await listening.subscribe(
      channel,
      (message) => heard.push(message),
      () => gaps++,
    )
    await eventually(async () => {
      await redis.command('publish', channel, 'one')
      expect(heard).toContain('one')
    })
    const before = gaps
    for (const { url } of (await server(redis.isCluster ? 'redis-cluster' : 'redis')).nodes) {
      const node = new Single(url)
      await node.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
      node.disconnect()
    }
    await eventually(async () => expect(gaps).toBeGreaterThan(before))
    await eventually(async () => {
      await redis.command('publish', channel, 'two')
      expect(heard).toContain('two')
    })
  })

  test('a command that is refused says why', async () => {
    const key = own('list')
    await redis.command('rpush', key, 'hunter2')
    expect(await failure(redis.command('get', key))).toMatchObject({
      code: 'REDIS_REFUSED',
      exitCode: 3,
      why: expect.stringContaining('WRONGTYPE'),
    })
    const mixed = redis.send([
      ['set', own('fine'), 1],
      ['get', key],
    ])
    expect(await failure(mixed)).toMatchObject({ code: 'REDIS_REFUSED' })
    const failing = { lua: `return redis.error_reply('ERR no')`, sha: createHash('sha1').update('x').digest('hex') }
    expect(await failure(redis.script(failing, [key], ['hunter2']))).toMatchObject({ code: 'REDIS_REFUSED' })
  })
})

describe('a server that cannot be reached', () => {
  let closed: string
  let secured: OwnRedis
  let tls: { url: string; ca: string }
  let sentinel: OwnServer

  beforeAll(async () => {
    ;[secured, tls, sentinel] = await Promise.all([
      startOwnRedis({ args: ['--requirepass', 'correct'] }),
      server('redis-tls'),
      startOwn('redis-sentinel'),
    ])
    const own = await startOwnRedis()
    await own.stop()
    closed = new URL(own.url).host
  })
  afterAll(() => Promise.all([secured?.stop(), sentinel?.stop()]))

  const host = (url: string) => new URL(url).host
  const cases: readonly (readonly [string, () => string, string | RegExp])[] = [
    ['nobody listens', () => `redis://me:hunter2@${closed}`, 'Nothing listens there.'],
    [
      'nobody listens, of a cluster',
      () => `redis-cluster://me:hunter2@${closed},${closed}`,
      'No node of the cluster answers.',
    ],
    ['no sentinel listens', () => `redis-sentinel://:hunter2@${closed}/0#fstore`, 'No sentinel answers.'],
    ['no such host', () => 'redis://:hunter2@nowhere.invalid', 'The host name does not resolve.'],
    ['a wrong password', () => `redis://:hunter2@${host(secured.url)}`, 'It refused the user or the password.'],
    ['no password', () => secured.url, 'It refused the user or the password.'],
    ['no such user', () => `redis://me:hunter2@${host(secured.url)}`, 'It refused the user or the password.'],
    ['it speaks no TLS', () => `rediss://:hunter2@${host(secured.url)}`, 'It did not answer in time.'],
    ['it speaks only TLS', () => `redis://:hunter2@${host(tls.url)}`, 'The connection was cut.'],
    ['a certificate that nobody vouches for', () => tls.url, 'Its certificate is not trusted.'],
    ['a master that no sentinel knows', () => sentinel.url.replace('#fstore', '#other'), /sentinel/],
    ['no cluster', () => `redis-cluster://:correct@${host(secured.url)}`, 'It is no cluster.'],
  ]
  test.each(cases)('%s', async (_, url, why) => {
    const redis = open({ url: url() })
    const error = await failure(redis.command('get', 'a'))
    expect(error).toMatchObject({
      code: 'REDIS_UNREACHABLE',
      exitCode: 5,
      message: `Cannot reach Redis at ${redis.place}.`,
      why: typeof why === 'string' ? why : expect.stringMatching(why),
      fix: expect.any(String),
    })
    // Also what comes after the first failure.
    const after = [() => redis.send([['get', 'a']], 2000), () => redis.script(setAll, ['a'], ['hunter2'])]
    for (const again of after) expect(await failure(again())).toMatchObject({ code: 'REDIS_UNREACHABLE' })
  })

  test('one that never answers is given up after the time allowed', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number }
    for (const scheme of ['redis', 'redis-cluster']) {
      const redis = open({ url: `${scheme}://:hunter2@127.0.0.1:${port}` })
      expect(await failure(redis.send([['get', 'a']], 300))).toMatchObject({ code: 'REDIS_UNREACHABLE' })
    }
    silent.close()
  })

  test('one that repeats what it does not understand gives no password away', async () => {
    const echo = createServer((socket) =>
      socket.on('data', (bytes) => {
        for (const [, name, word] of String(bytes).matchAll(/\*\d\r\n\$\d+\r\n(\w+)\r\n\$\d+\r\n(\S+)\r\n/g))
          socket.write(`-ERR unknown command '${name}', with args beginning with: '${word}'\r\n`)
      }),
    ).listen(0, '127.0.0.1')
    await once(echo, 'listening')
    const redis = open({ url: `redis://:hunter2@127.0.0.1:${(echo.address() as { port: number }).port}` })
    const { code, why } = await failure(redis.command('get', 'a'))
    expect([code, why]).toEqual(['REDIS_REFUSED', "It said: ERR unknown command 'auth'."])
    await redis.close()
    echo.close()
  })

  test('the right password, and a certificate that is trusted or need not be', async () => {
    expect(await open({ url: `redis://:correct@${host(secured.url)}` }).command('ping')).toBe('PONG')
    expect(await open({ url: `${tls.url}?rejectUnauthorized=false` }).command('set', 'kept', 'by TLS')).toBe('OK')
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: tls.ca }
    const script = await compileScript(new URL('redis-reader.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [script, tls.url, 'kept'], { env })
    expect(stdout).toBe('by TLS')
  })
})

describe('a server that comes back', () => {
  test('is used again: killed and started, and paused', async () => {
    const own = await startOwnRedis()
    const redis = open({ url: own.url })
    await redis.command('set', 'a', 1)
    await own.kill()
    expect(await failure(redis.command('get', 'a'))).toMatchObject({ code: 'REDIS_UNREACHABLE' })
    await own.restart()
    expect(await eventually(() => redis.command('get', 'a'))).toBe(null)
    await own.pause()
    expect(await failure(redis.send([['get', 'a']], 200))).toMatchObject({ code: 'REDIS_UNREACHABLE' })
    await own.resume()
    expect(await redis.command('set', 'a', 2)).toBe('OK')
    await own.stop()
  })

  test('a master is replaced by its replica, and all are gone for a while', async () => {
    const own = await startOwn('redis-sentinel')
    const redis = open({ url: own.url })
    await redis.command('set', 'a', 1)
    expect(await redis.command('wait', 1, 5000)).toBe(1)
    await own.nodes[0]?.kill()
    expect(await eventually(async () => redis.command('set', 'b', 2))).toBe('OK')
    expect(await eventually(() => redis.command('get', 'a'))).toBe('1')
    const left = own.nodes.slice(1)
    await Promise.all(left.map((node) => node.kill()))
    for (let again = 0; again < 3; again++)
      expect(await failure(redis.command('get', 'a'))).toMatchObject({ code: 'REDIS_UNREACHABLE' })
    await Promise.all(left.map((node) => node.restart()))
    expect(await eventually(() => redis.command('set', 'c', 3))).toBe('OK')
    await own.stop()
  })

  test('a node of a cluster', async () => {
    const own = await startOwn('redis-cluster')
    const redis = open({ url: own.url })
    const keys = Array.from({ length: 30 }, (_, i) => `k${i}`)
    const write = () => redis.send(keys.map((key) => ['set', key, key]))
    await write()
    const [node] = own.nodes
    await node?.kill()
    expect(
      await failure(
        redis.send(
          keys.map((key) => ['get', key]),
          2000,
        ),
      ),
    ).toMatchObject({ code: 'REDIS_UNREACHABLE' })
    await node?.restart()
    await eventually(write)
    expect(await redis.send(keys.map((key) => ['get', key]))).toEqual(keys)
    await own.stop()
  })
})

test('a slot that moves to another node while it is read and written loses no write', async () => {
  const own = await startOwn('redis-cluster')
  const { url, nodes } = own
  const redis = open({ url })
  const keys = Array.from({ length: 40 }, (_, i) => `${name('moved')}:${i}`)
  const direct = nodes.map((node) => new Single(node.url))
  try {
    const slot = Number(await redis.command('cluster', 'keyslot', keys[0] as string))
    await redis.script(
      setAll,
      keys,
      keys.map(() => 0),
    )
    const counts = await Promise.all(direct.map((node) => node.cluster('COUNTKEYSINSLOT', slot)))
    const from = counts.findIndex((count) => count > 0)
    const to = (from + 1) % nodes.length
    const [source, target] = [direct[from] as Single, direct[to] as Single]
    const [sourceId, targetId] = [
      await source.call('CLUSTER', 'MYID'),
      await target.call('CLUSTER', 'MYID'),
    ] as string[]

    let isMoving = true
    let acknowledged = 0
    const write = async () => {
      for (let n = 1; isMoving || n < 3; n++) {
        await redis.script(
          setAll,
          keys,
          keys.map(() => n),
        )
        acknowledged = n
      }
    }
    const read = async () => {
      for (let n = 0; isMoving || n < 3; n++) {
        const least = acknowledged
        const [alone, together] = (await redis.send([
          ['get', keys[n % keys.length] as string],
          ['mget', ...keys],
        ])) as [string, string[]]
        for (const value of [alone, ...together]) expect(Number(value)).toBeGreaterThanOrEqual(least)
      }
    }
    const move = async () => {
      await target.cluster('SETSLOT', slot, 'IMPORTING', sourceId as string)
      await source.cluster('SETSLOT', slot, 'MIGRATING', targetId as string)
      const { hostname, port } = new URL(nodes[to]?.url as string)
      for (let i = 0; i < keys.length; i += 8) {
        await source.call('MIGRATE', hostname, port, '', 0, 5000, 'KEYS', ...keys.slice(i, i + 8))
        await sleep(20)
      }
      for (const node of [target, source, ...direct]) await node.cluster('SETSLOT', slot, 'NODE', targetId as string)
      await sleep(100)
      isMoving = false
    }
    await Promise.all([write(), read(), read(), move()])
    expect(await target.cluster('COUNTKEYSINSLOT', slot)).toBe(keys.length)
    expect(await redis.send([['mget', ...keys]])).toEqual([keys.map(() => String(acknowledged))])
  } finally {
    for (const node of direct) node.disconnect()
    await own.stop()
  }
})

describe('a client of the caller’s', () => {
  test.each([
    ['a server', async () => new Single((await server('redis')).url)],
    ['a cluster', async () => new Cluster((await server('redis-cluster')).nodes.map(({ url }) => url))],
  ] as const)('%s: is used as it is, and not closed', async (_, connect) => {
    const client = await connect()
    const before = client.listenerCount('error')
    const redis = openRedis({ client })
    const [one, two] = [name('theirs'), name('ours')]
    expect(
      await redis.send([
        ['set', one, 1],
        ['set', two, 2],
      ]),
    ).toEqual(['OK', 'OK'])
    expect((await redis.together([one, two])).flat()).toEqual([0, 1])
    await redis.subscribe(
      name('channel'),
      () => {},
      () => {},
    )
    await redis.close()
    expect(await client.get(one)).toBe('1')
    expect(client.listenerCount('error')).toBe(before)
    client.disconnect()
  })
})
