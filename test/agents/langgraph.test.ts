/** The tool inside a compiled LangGraph: a scripted model calls it through a ToolNode, and reads what comes back. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { createFeatureStoreTool } from '../../src/agents/langchain.js'
import { createFeatureStore, enrichContextWithFeatures } from '../../src/index.js'
import { createDatabase, type OwnDatabase } from '../servers/databases.js'
import { givenProject } from '../servers/redis-project.js'
import { server } from '../servers/server.js'
import { configOf } from './config.js'
import { agentOf } from './example.js'
import { type Line, ScriptedModel } from './scripted-model.js'

const project = givenProject('redis')
const talk = { user_id: 'u1', conversation_id: '9007199254740993' }

test('the documentation shows the graph that is run here', async () => {
  const example = await readFile(new URL('example.ts', import.meta.url), 'utf8')
  const docs = await readFile(new URL('../../docs/agents.md', import.meta.url), 'utf8')
  expect(docs).toContain(example.replace('../../src/agents/langchain.js', 'featurestore/langchain'))
})

describe.each(['embedded', 'PostgreSQL and Redis'])('%s', (kind) => {
  let root: string
  let own: OwnDatabase | undefined
  let store: ReturnType<typeof open>

  const open = (database: string, redis: string) =>
    createFeatureStore(configOf(project, { default: { database, redis } }), { root })

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'fstore-agents-'))
    if (kind !== 'embedded') own = await createDatabase()
    store = open(own?.ownerUrl ?? '', own === undefined ? '' : (await server('redis')).url)
    await store.build({ select: ['profile', 'offers', 'secrets', 'talk'], online: own !== undefined })
    const features = { clicks: 3, balance: 2n ** 60n, score: NaN, plan: 'pro', seen: '2024-02-29T12:00:00Z' } as const
    await store.setFeatures({ group: 'profile', rows: [{ key: 'u1', features }] })
    const past = new Date(Date.now() - 3_600_000)
    await store.setFeatures({ group: 'offers', rows: [{ key: 'u1', features: { open: 1 }, eventTimestamp: past }] })
  })
  afterAll(async () => {
    await store.close()
    await own?.drop()
    await rm(root, { recursive: true, force: true })
  })

  async function run(script: readonly Line[]) {
    const model = new ScriptedModel(script)
    const { messages } = await agentOf(store, model).invoke({ messages: [new HumanMessage('How is u1 doing?')] })
    const answers = (messages as BaseMessage[]).filter((message) => message instanceof ToolMessage)
    return { model, last: messages.at(-1)?.text, answers }
  }

  test('the model is told what there is, asks, and is answered what the store answers', async () => {
    const entities = {
      user: { keys: [{ user_id: 'u1' }, { user_id: 'nobody' }], features: ['profile.*', 'offers.open'] },
      conversation: { keys: [talk] },
    }
    const services = { turn: { keys: [talk] } }
    const script = [{ tool: 'get_features', args: { entities, services } }, 'Fine.']
    const { model, last, answers } = await run(script)
    expect(model.offered.map((tool) => tool.function.name)).toEqual(['get_features', 'list_features'])
    expect(model.offered[0]?.function.description).toContain('profile.clicks int64: Clicks in all.')
    expect(last).toBe('Fine.')
    const [{ status, content }] = answers as [ToolMessage]
    expect(status).toBe('success')
    const told = JSON.parse(content as string)
    const features = ['profile.clicks', 'profile.balance', 'profile.score', 'profile.plan', 'profile.seen'] as const
    const read = await store.getFeatures({ entity: 'user', key: 'u1', features })
    expect(read.values).toMatchObject({ 'profile.clicks': 3, 'profile.balance': 2n ** 60n, 'profile.plan': 'pro' })
    const { eventTimestampText: eventTimestamp } = read.features['profile.clicks']
    const present = (value: unknown) => ({
      value,
      status: 'PRESENT',
      eventTimestamp,
      age: expect.stringMatching(/^\d+s$/),
    })
    const [u1, nobody] = told.entities.user
    expect(u1).toEqual({
      key: { user_id: 'u1' },
      features: {
        'profile.clicks': present(3),
        'profile.balance': present('1152921504606846976'),
        'profile.score': present('NaN'),
        'profile.plan': present('pro'),
        'profile.seen': present('2024-02-29T12:00:00.000Z'),
        'offers.open': { value: null, status: 'EXPIRED', eventTimestamp: expect.any(String), age: '60m' },
      },
    })
    expect(nobody.features['profile.clicks']).toEqual({ value: null, status: 'NOT_FOUND' })
    expect(told.entities.conversation[0].features).toMatchObject({
      'talk.is_open': { value: true },
      'talk.messages': { value: 4 },
    })
    const vector = await store.getVector({ service: 'turn', keys: talk })
    const values = Object.entries<{ value: unknown }>(told.services.turn[0].features).map(([name, { value }]) => [
      name,
      value,
    ])
    expect(Object.fromEntries(values)).toEqual(vector.values)
  })

  test('what cannot be read says how to put it right, and the agent goes on', async () => {
    const ask = (entities: unknown, tool = 'get_features') => ({ tool, args: { entities } as Record<string, unknown> })
    const script: Line[] = [
      ask({ user: { keys: [{ user_id: 'u1' }], features: ['profile.click'] } }),
      ask({ user: { keys: [{ user_id: 'u1' }], features: ['clicks'] } }),
      ask({ usr: { keys: [{ user_id: 'u1' }] } }),
      ask({ conversation: { keys: [{ user_id: 'u1', conversation_id: 'first' }] } }),
      ask({ user: { keys: [{ user_id: 'u1' }], features: ['idle.never'] } }),
      { tool: 'list_features', args: { search: 'click' } },
      'I give up.',
    ]
    const { answers, last } = await run(script)
    const texts = answers.map(({ status, content }) => `${status}: ${content}`)
    expect(texts).toEqual([
      expect.stringContaining('The entity user has no feature "profile.click". Did you mean "profile.clicks"?'),
      expect.stringContaining('Write it in full: profile.clicks.'),
      expect.stringContaining('There is no entity "usr". Did you mean "user"?'),
      expect.stringContaining('must be a whole number'),
      expect.stringContaining('"code":"NOT_BUILT"'),
      'success: entity user\n    profile.clicks int64: Clicks in all.',
    ])
    for (const text of texts.slice(0, 5)) expect(text).toMatch(/^error: (?!.*\n\s+at )/)
    expect(last).toBe('I give up.')
  })

  test('outside a graph the tool answers text, and a call by its id a message', async () => {
    const tool = createFeatureStoreTool(store, { features: ['clicks'], name: 'clicks_of' })
    const args = { entities: { user: { keys: [{ user_id: 'u1' }] } } }
    expect(JSON.parse(await tool.invoke(args))).toMatchObject({ entities: { user: [{ key: { user_id: 'u1' } }] } })
    const call = { id: '1', name: 'clicks_of', type: 'tool_call' as const }
    expect(await tool.invoke({ ...call, args })).toMatchObject({ status: 'success', tool_call_id: '1' })
    const aborted = AbortSignal.abort(new Error('no longer needed'))
    await expect(tool.invoke({ ...call, args }, { signal: aborted })).rejects.toThrow('no longer needed')
  })

  test('a context of several entities, typed by the config', async () => {
    const context = await enrichContextWithFeatures(store, {
      entities: {
        user: { key: 'u1', features: ['profile.clicks', 'offers.open'] },
        conversation: { key: { user_id: 'u1', conversation_id: 1 }, features: ['talk.messages'] },
      },
    })
    const clicks: number | null = context.userFeatures['profile.clicks']
    expect(clicks).toBe(3)
    expect(context).toEqual({
      userFeatures: { 'profile.clicks': 3, 'offers.open': null },
      conversationFeatures: { 'talk.messages': null },
    })
  })
})
