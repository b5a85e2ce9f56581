/** `fstore mcp` as agents run it: the official client starts the command, and talks to it over its stdin and stdout. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { Fstore, type Project } from '../cli/fstore.js'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'
import { givenProject } from '../servers/redis-project.js'
import { server } from '../servers/server.js'

const name = givenProject('redis')
const config = `import { defineConfig, entity, env, int64, service, stream } from 'featurestore'
console.log('a config may print')
const user = entity('user', { user_id: 'string' })
const profile = stream('profile', { entity: user, features: { clicks: int64({ description: 'Clicks in all.' }) } })
export default defineConfig({
  project: '${name}',
  groups: [profile],
  services: [service('turn', [profile.pick('clicks')])],
  profiles: { default: { database: env('DATABASE_URL', ''), redis: env('REDIS_URL', '') } },
})
`

let fstore: Fstore
let own: OwnDatabase
let project: Project
let env: Record<string, string>

beforeAll(async () => {
  own = await createDatabase()
  fstore = await Fstore.compile({ databaseUrl: own.ownerUrl })
  env = fstore.environment({ REDIS_URL: (await server('redis')).url })
  project = await fstore.directory('agents')
  await project.write('featurestore.config.ts', config)
  await project.write('rows.jsonl', '{"user_id":"u1","clicks":3}\n')
  for (const line of ['build --online', 'tenants add acme', 'push profile rows.jsonl --tenant acme'])
    expect(await project.run(line.split(' '), { env })).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await fstore?.remove()
  await own?.drop()
})

async function served(words: readonly string[], use: (client: Client) => Promise<void>): Promise<string> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [fstore.binary, 'mcp', ...words],
    cwd: project.folder,
    env,
    stderr: 'pipe',
  })
  let stderr = ''
  transport.stderr?.on('data', (text) => {
    stderr += text
  })
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(transport)
  try {
    await use(client)
  } finally {
    await client.close()
  }
  return stderr
}

const call = async (client: Client, name: string, args: Record<string, unknown>) => {
  const { content, isError } = await client.callTool({ name, arguments: args })
  return { text: (content[0] as { text: string }).text, isError }
}

test('the official client lists the tools, and reads a tenant’s features', async () => {
  // What is loaded anew prints; what is cached does not.
  await project.write('featurestore.config.ts', `${config}// changed`)
  const stderr = await served(['--tenant', 'acme'], async (client) => {
    expect(client.getServerVersion()).toMatchObject({
      name: 'fstore',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    })
    const { tools } = await client.listTools()
    expect(tools).toMatchObject([
      { name: 'get_features', annotations: { readOnlyHint: true } },
      { name: 'list_features', annotations: { readOnlyHint: true } },
    ])
    expect(tools[0]?.description).toContain('profile.clicks int64: Clicks in all.')
    expect(JSON.stringify(tools[0]?.inputSchema)).toContain('"enum":["profile.clicks","profile.*"]')
    const keys = [{ user_id: 'u1' }]
    const asked = { entities: { user: { keys, features: ['profile.clicks'] } }, services: { turn: { keys } } }
    const { text } = await call(client, 'get_features', asked)
    const clicks = { value: 3, status: 'PRESENT', eventTimestamp: expect.any(String), age: expect.any(String) }
    const user = { key: { user_id: 'u1' }, features: { 'profile.clicks': clicks } }
    expect(JSON.parse(text)).toEqual({ entities: { user: [user] }, services: { turn: [user] } })
    const listed = await call(client, 'list_features', { search: 'click' })
    expect(listed.text).toBe('entity user\n    profile.clicks int64: Clicks in all.')
  })
  expect(stderr).toContain('a config may print')
  expect(stderr).toContain('tenant acme, on stdin and stdout')
})

test('what is wrong comes back as a result that says how to mend it', async () => {
  await served([], async (client) => {
    const keys = [{ user_id: 'u1' }]
    const wrong = await call(client, 'get_features', { entities: { user: { keys, features: ['profile.clics'] } } })
    expect(wrong).toMatchObject({ isError: true, text: expect.stringContaining('Did you mean "profile.clicks"?') })
    const { text, isError } = await call(client, 'get_features', { entities: { user: { keys } } })
    expect(isError).toBe(false)
    expect(JSON.parse(text).entities.user[0].features).toEqual({
      'profile.clicks': { value: null, status: 'NOT_FOUND' },
    })
    await expect(client.callTool({ name: 'get_feature', arguments: {} })).rejects.toThrow('get_feature')
  })
})

test('it ends when its client hangs up, and when it is told to; a broken config never starts', async () => {
  const start = () => {
    const child = spawn(process.execPath, [fstore.binary, 'mcp'], { cwd: project.folder, env })
    return { child, end: once(child, 'close'), ready: once(child.stderr, 'data') }
  }
  const hung = start()
  await hung.ready
  hung.child.stdin.end()
  expect(await hung.end).toEqual([0, null])
  const told = start()
  let stdout = ''
  told.child.stdout.on('data', (text) => {
    stdout += text
  })
  await told.ready
  told.child.kill('SIGTERM')
  expect(await told.end).toEqual([0, null])
  expect(stdout).toBe('')
  const broken = await fstore.directory('broken')
  await broken.write('featurestore.config.ts', config.replace("'user'", "'not a name'"))
  expect(await broken.run(['mcp'], { env })).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('CONFIG_INVALID'),
  })
})
