/** Who may look, and what a browser is told to keep to. No database: who is refused never comes to one. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { FstoreError } from '../../src/errors.js'
import { createUi, type UiServer } from '../../src/ui/server.js'

const token = 'a-token-that-nobody-guesses'
let folder: string
let servers: UiServer[]
let open: URL
let guarded: URL
let opened = 0

/** Another process has the database. */
async function locked(): Promise<never> {
  opened++
  throw new FstoreError('LOCKED', 'Process 7 (fstore build) holds the project.')
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fstore-ui-assets-'))
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>page</title>')
  await writeFile(join(folder, 'app-0123abcd.js'), 'export {}')
  await writeFile(join(folder, 'secret.key'), 'secret')
  const options = { open: locked, assets: folder }
  servers = [createUi(options), createUi({ ...options, token: { name: 'ui', token } })]
  const [first, second] = await Promise.all(servers.map((server) => server.listen({ port: 0 })))
  open = new URL(first?.url as string)
  guarded = new URL(second?.url as string)
})
afterAll(async () => {
  for (const server of servers) await server.close()
  await rm(folder, { recursive: true, force: true })
})

interface Got {
  readonly status: number
  readonly headers: Record<string, any>
  readonly text: string
}

/** As it is sent: `fetch` would mend a Host or a path. */
function get(base: URL, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: base.hostname, port: base.port, path, method, headers, agent: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (piece) => {
        text += piece
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
    })
    sent.on('error', reject).end()
  })
}

const cookieOf = (base: URL, value: string) => ({ cookie: `other=1; fstore_ui_${base.port}=${value}` })

test('the page is told to load nothing from elsewhere, and is kept by its tag', async () => {
  const { status, headers, text } = await get(open, '/')
  expect({ status, text }).toMatchObject({ status: 200, text: expect.stringContaining('page') })
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  })
  expect(await get(open, '/', { 'if-none-match': headers.etag })).toMatchObject({ status: 304, text: '' })
  expect(await get(open, '/', {}, 'HEAD')).toMatchObject({ status: 200, text: '' })
  expect((await get(open, '/app-0123abcd.js')).headers['cache-control']).toContain('immutable')
  expect((await get(open, '/groups/spent')).text).toContain('page')
})

test.each(['/secret.key', '/../../package.json', '/..%2f..%2fpackage.json', '/%2e%2e/%2e%2e/etc/passwd', '/app-9.js'])(
  '%s is no file of the page',
  async (path) => {
    const { status, text } = await get(open, path)
    expect(text).not.toMatch(/secret|featurestore|root:/)
    expect(status === 404 || text.includes('page')).toBe(true)
  },
)

test.each([
  ['another name', { host: 'evil.example' }],
  ['a name that begins alike', { host: 'localhost.evil.example' }],
  ['an address of the net', { host: '192.168.1.2:6567' }],
  ['another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }],
])('%s is refused', async (_, headers: Record<string, string>) => {
  for (const path of ['/ui/api/overview', '/']) {
    const { status, headers: told } = await get(open, path, headers)
    expect({ status, policy: told['content-security-policy'] }).toEqual({ status: 403, policy: expect.any(String) })
  }
})

test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s changes nothing', async (method) => {
  for (const path of ['/', '/ui/api/overview']) {
    const answer = await get(open, path, {}, method)
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
  }
})

test('a database that another process has is locked for now, and not kept as an answer', async () => {
  const { status, headers, text } = await get(open, '/ui/api/overview', { host: `localhost:${open.port}` })
  expect(status).toBe(423)
  expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  expect(JSON.parse(text)).toEqual({
    error: { code: 'LOCKED', message: 'Process 7 (fstore build) holds the project.' },
  })
})

test('with a token nobody comes in without it', async () => {
  const before = opened
  const wrong = [{}, cookieOf(guarded, 'wrong'), cookieOf(guarded, ''), { authorization: 'Bearer wrong' }]
  for (const headers of wrong)
    for (const path of [
      '/',
      '/app-0123abcd.js',
      '/ui/api/overview',
      '/?token=wrong',
      `/ui/api/overview?token=${token}`,
    ])
      expect(await get(guarded, path, headers)).toMatchObject({ status: 401 })
  expect(opened).toBe(before)
})

test('the printed address gives a cookie that no script reads, and that no other site sends', async () => {
  const { status, headers, text } = await get(guarded, `/?token=${token}`)
  expect(status).toBe(200)
  expect(text).not.toContain(token)
  const [cookie] = headers['set-cookie']
  expect(cookie).toBe(`fstore_ui_${guarded.port}=${token}; Path=/; HttpOnly; SameSite=Strict`)
  expect(await get(guarded, '/', cookieOf(guarded, token))).toMatchObject({ status: 200 })
  const named = { ...cookieOf(guarded, token), host: `store.example:${guarded.port}` }
  expect(await get(guarded, '/ui/api/overview', named)).toMatchObject({ status: 423 })
  expect(await get(guarded, '/', { authorization: `Bearer ${token}` })).toMatchObject({ status: 200 })
})

test('without a token it listens on this machine alone', async () => {
  await expect(servers[0]?.listen({ host: '0.0.0.0', port: 0 })).rejects.toMatchObject({ code: 'USAGE' })
})
